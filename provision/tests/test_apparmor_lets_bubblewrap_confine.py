"""On the host as the other tests made it, whose kernel asks for no profile: it is said to, and AppArmor's own program reads what comes."""

import pytest
from container import SUITE

pytestmark = [
    pytest.mark.usefixtures("first_play"),
    pytest.mark.skipif(
        SUITE == "bookworm", reason="AppArmor of Debian 12 knows no namespaces: SUITE=trixie"
    ),
]

PROFILE = "/etc/apparmor.d/pdfjobs-bwrap"
OTHER = "/etc/apparmor.d/bwrap"
PLAY = """
- hosts: pdfjobs
  tasks:
    - ansible.builtin.import_role:
        name: host
        tasks_from: confinement.yml
"""


@pytest.fixture
def confine(play, tmp_path):
    playbook = tmp_path / "confine.yml"
    playbook.write_text(PLAY)

    def confining(*more):
        return play("confine", str(playbook), *more)

    return confining


@pytest.fixture
def asked(confine):
    """As where the kernel asks for one."""
    return lambda: confine("--extra-vars", '{"host_bubblewrap_profile": true}')


def test_where_the_kernel_asks_for_none_there_is_none(host, confine):
    recap = confine()

    assert (recap["changed"], recap["failed"]) == (0, 0)
    assert host.run("ls", PROFILE, check=False).returncode != 0


def test_a_profile_of_somebody_elses_stays_the_only_one(host, asked):
    host.run("mkdir", "-p", "/etc/apparmor.d")
    host.run("sh", "-c", f"echo 'profile bwrap /usr/bin/bwrap {{ }}' >{OTHER}")

    asked()

    host.run("rm", OTHER)
    assert host.run("ls", PROFILE, check=False).returncode != 0


def test_a_profile_lets_bubblewrap_make_namespaces(host, asked):
    asked()

    names = host.say("apparmor_parser", "--names", PROFILE)
    rules = host.say("apparmor_parser", "--skip-kernel-load", "--skip-cache", "--debug", PROFILE)
    assert names == "pdfjobs-bwrap"
    assert "userns" in rules


def test_once_more_nothing_changes(asked):
    assert asked()["changed"] == 0
