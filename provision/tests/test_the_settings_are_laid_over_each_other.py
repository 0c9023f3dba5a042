"""pdfjobs.toml as Ansible writes it from the inventory's variables, on this machine alone; it needs no host."""

import json
import os
import subprocess
import sys
import tomllib

import pytest
from conftest import PLAYBOOK, PROVISION

from pdfjobs import config

PLAY = """
- hosts: localhost
  gather_facts: false
  tasks:
    - ansible.builtin.import_role:
        name: settings
        tasks_from: toml.yml
    # Before the handlers: this machine's services are none of it.
    - ansible.builtin.meta: end_play
"""
NAME = "diary.example.com"
WRITTEN = {
    "production": True,
    "web": {
        "allowed_hosts": [NAME],
        "address": f"https://{NAME}",
        "open_to_all": False,
        "accel": "/runfiles",
    },
    "database": {
        "engine": "postgresql",
        "name": "pdfjobs",
        "host": "/run/postgresql",
        "port": 5432,
        "user": "root",
    },
    "backup": {"to": "/var/backups/pdfjobs", "keep": 14},
    "diary": {"staging": False},
    "launcher": {"slots": 2},
    "trees": [],
}


@pytest.fixture
def written(tmp_path):
    """The text of the file; what Ansible said where it `fails`."""

    def write(*, fails=False, **variables):
        (tmp_path / "play.yml").write_text(PLAY)
        given = {
            **{"pdfjobs_etc": str(tmp_path), "pdfjobs_user": "root", "pdfjobs_name": NAME},
            **{"ansible_python_interpreter": sys.executable},
        }
        done = subprocess.run(
            [
                *(str(PLAYBOOK), "--inventory", "localhost,", "--connection", "local"),
                *("--extra-vars", f"@{PROVISION}/group_vars/all.yml"),
                *("--extra-vars", json.dumps(given | variables), str(tmp_path / "play.yml")),
            ],
            env={
                **os.environ,
                "ANSIBLE_CONFIG": str(PROVISION / "ansible.cfg"),
                "ANSIBLE_ROLES_PATH": str(PROVISION / "roles"),
                "ANSIBLE_HOME": str(tmp_path / "ansible"),
                "ANSIBLE_NOCOLOR": "1",
            },
            capture_output=True,
            text=True,
        )
        assert (done.returncode != 0) is fails, done.stdout + done.stderr
        return done.stdout + done.stderr if fails else (tmp_path / "pdfjobs.toml").read_text()

    return write


def tables(text):
    """Without the password's file, which lies where the test does."""
    found = tomllib.loads(text)
    del found["database"]["password_file"]
    config.parse(text.encode(), "pdfjobs.toml")
    return found


def laid_over(**tables):
    return {
        **WRITTEN,
        **{
            name: {**WRITTEN.get(name, {}), **table} if isinstance(table, dict) else table
            for name, table in tables.items()
        },
    }


def test_without_more_there_is_what_the_roles_say(written):
    assert tables(written()) == WRITTEN


def test_keys_come_into_tables_that_are_written_and_into_others(written):
    more = {
        "language": "de",
        "web": {"max_upload_bytes": 10**9, "open_to_all": True},
        "logs": {"quiet_s": 0.5},
        "solvers": {"abaqus": {"command": ["abaqus", 'job="{stem}"'], "network": True}},
        "mail": {"host": "mail.example.com", "sender": "jobs@example.com"},
        "ldap": {
            "url": "ldaps://ldap.example.com",
            "people": "ou=people,dc=example,dc=com",
            "person": "(&(uid=%(user)s)(employeeType=active))",
            "groups": "ou=groups,dc=example,dc=com",
            "roles": [
                {"group": f"cn={name},ou=groups", "project": name, "role": "member"}
                for name in ("P1", "P2")
            ],
        },
    }

    assert tables(written(settings_more=more)) == laid_over(**more)


def test_lists_are_added_to(written):
    trees = [{"name": "old", "path": "/data/old"}, {"name": "new", "path": "/data/new"}]
    more = {"web": {"allowed_hosts": ["jobs.example.com"]}, "trees": trees[1:]}

    assert tables(written(settings_more=more, pdfjobs_trees=trees[:1])) == laid_over(
        web={"allowed_hosts": [NAME, "jobs.example.com"]}, trees=trees
    )


@pytest.mark.parametrize(
    "word", ['a "b" \\ c', "zwölf 😀", "two\nlines\t\x7f", "[web]", "# no comment"]
)
def test_any_text_stays_what_it_is(written, word):
    found = tomllib.loads(written(settings_more={"ldap": {word: word}}))

    assert found["ldap"] == {word: word}


def test_numbers_and_switches_of_the_command_line_are_none_of_their_letters(written):
    found = tables(
        written(settings_slots="4", settings_open_to_all="yes", settings_backup_keep="7")
    )

    assert found == laid_over(
        launcher={"slots": 4}, web={"open_to_all": True}, backup={"keep": 7}
    ) | {"backup": {"to": "/var/backups/pdfjobs", "keep": 7}}


def test_a_text_comes_at_the_end_as_before(written):
    more = '[mail]\nhost = "mail.example.com"\nsender = "jobs@example.com"\n'

    assert tables(written(settings_more=more)) == laid_over(
        mail={"host": "mail.example.com", "sender": "jobs@example.com"}
    )


def test_a_key_without_a_value_is_refused_by_its_name(written):
    said = written(settings_more={"web": {"feedback_to": None}}, fails=True)

    assert "web.feedback_to has no value" in said
