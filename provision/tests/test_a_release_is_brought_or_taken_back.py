"""Releases are brought while people ask for pages and a solver runs; the tests are one story, in this order."""

import re
import subprocess
from pathlib import Path

import pytest
import releases
from conftest import command, environment, reason
from container import FOLDER, Container
from crowd import Crowd
from visits import ask, ended_as, job, put

from tests.decks import beam
from tests.service import wait_for

pytestmark = pytest.mark.usefixtures("first_play")

COLUMN = releases.sql(
    "ALTER TABLE pdfjobs_job ADD COLUMN tried integer",
    "ALTER TABLE pdfjobs_job DROP COLUMN tried",
)
HARM = releases.sql("UPDATE pdfjobs_job SET title = 'changed'; ALTER TABLE auth_user ADD nick text")
"""Cannot be taken back by a migration."""
FAULT = releases.sql("SELECT 1 / 0")
SLOW = releases.sql("SELECT pg_sleep(40)", "SELECT 1")
NO_PAGES = """
try:
    import uwsgi
except ImportError:
    pass
else:
    raise ImportError("no pages today")
"""


def deploy(play, made: Path, *, fails: bool = False) -> dict[str, int]:
    more = ("--extra-vars", f"pdfjobs_release_dir={made}")
    return play(f"deploy-{made.name}", "deploy.yml", *more, fails=fails)


def said(made: Path) -> str:
    """Why it was not brought."""
    return reason(f"deploy-{made.name}")


def current(host: Container) -> str:
    return Path(host.say("readlink", "/opt/pdfjobs/current")).name


def data(host: Container) -> tuple[str, str]:
    """All that is in the database, its schema and the migrations that it has had; and which databases there are."""
    whole = "cd /; runuser -u postgres -- pg_dump pdfjobs | grep -v restrict | sort | sha256sum"
    names = "cd /; runuser -u postgres -- psql -Atc 'SELECT datname FROM pg_database ORDER BY 1'"
    return host.say("sh", "-c", whole), host.say("sh", "-c", names)


def page(host: Container, tls) -> str:
    """Which release the login page is of."""
    found = re.search(rb"<!-- release (\S+) -->", ask(host, "/login/", tls).body)
    return found[1].decode() if found else ""


def test_a_release_is_brought_without_a_dropped_request(host, play, tls, tmp_path):
    first = current(host)
    for day in range(1, 8):
        old = f"/opt/pdfjobs/releases/old-{day}"
        host.run("mkdir", "-p", old)
        host.run("touch", "-d", f"2026-01-0{day}", f"{old}/.complete")
    made = releases.make(tmp_path, "second", releases.migration("tried", COLUMN))
    (tmp_path / "through.inp").write_text(beam(increments=5000, length=24, width=4))
    put(host, "jens", tmp_path, "through.inp")
    wait_for(lambda: job(host, "through.inp", "running"), "its start", 120)
    solver = wait_for(lambda: host.run("pgrep", "-x", "ccx", check=False).stdout.strip(), "ccx")

    with Crowd(host, tls) as crowd:
        recap = deploy(play, made)
        crowd.wait_for_more()

    assert host.say("pgrep", "-x", "ccx") == solver
    assert crowd.dropped == []
    assert [crowd.releases(who) for who in crowd.everybody] == [["", "second"]] * 6
    assert (recap["failed"], current(host)) == (0, "second")
    assert host.say("ls", "/opt/pdfjobs/releases").split() == sorted(
        [first, "old-5", "old-6", "old-7", "second"]
    )
    (FOLDER / "crowd.txt").write_text(
        f"{len(crowd.seen)} answers, the longest after {crowd.longest_s:.1f} s\n"
    )
    reached = job(host, "through.inp", "running")["progress"]
    wait_for(
        lambda: job(host, "through.inp", "running")["progress"] > reached, "the run's news", 60
    )
    host.run("pdfjobs", "stop", str(job(host, "through.inp", "running")["number"]))
    assert ended_as(host, "through.inp") == "other"
    host.run("pdfjobs", "verify")


def test_the_same_release_again_changes_nothing(play, tmp_path):
    recap = deploy(play, releases.make(tmp_path, "second"))

    assert (recap["changed"], recap["failed"]) == (0, 0)


def test_a_broken_migration_leaves_everything_as_it_was(host, play, tls, tmp_path):
    changes = (
        releases.migration("tried", COLUMN),
        releases.migration("good", HARM),
        releases.migration("bad", FAULT),
    )
    made = releases.make(tmp_path, "broken", *changes)

    with Crowd(host, tls) as crowd:
        before = data(host)
        deploy(play, made, fails=True)
        crowd.wait_for_more()

    assert data(host) == before
    assert crowd.dropped == []
    assert [crowd.releases(who) for who in crowd.everybody] == [["second"]] * 6
    assert current(host) == "second"
    assert re.fullmatch(
        r"Release broken was not brought: a migration failed: Applying pdfjobs\.\d+_bad\.\.\."
        r" django\.db\.utils\.DataError: division by zero\."
        r" Release second runs as before; the database is as it was before\.",
        said(made),
    )
    host.run("pdfjobs", "verify")


def test_pages_that_do_not_start_leave_everything_as_it_was(host, play, tls, tmp_path):
    changes = (
        releases.migration("tried", COLUMN),
        releases.migration("good", HARM),
        releases.ending("pdfjobs/wsgi.py", NO_PAGES),
    )
    made = releases.make(tmp_path, "pageless", *changes)

    with Crowd(host, tls) as crowd:
        before = data(host)
        deploy(play, made, fails=True)
        crowd.wait_for_more()

    assert data(host) == before
    assert crowd.dropped == []
    assert [crowd.releases(who) for who in crowd.everybody] == [["second"]] * 6
    assert said(made) == (
        "Release pageless was not brought: pdfjobs-web.service does not start:"
        " ImportError: no pages today. Release second runs as before;"
        " the database is as it was before."
    )
    host.run("pdfjobs", "verify")


def test_what_cannot_be_loaded_is_not_brought(host, play, tmp_path):
    made = releases.make(
        tmp_path, "unloadable", releases.ending("workers/__main__.py", "import nothing_like_it\n")
    )
    pages = host.say("systemctl", "show", "--property=MainPID", "pdfjobs-web")

    deploy(play, made, fails=True)

    assert current(host) == "second"
    assert host.say("systemctl", "show", "--property=MainPID", "pdfjobs-web") == pages
    assert said(made) == (
        "Nothing was changed: release unloadable cannot be loaded:"
        " ModuleNotFoundError: No module named 'nothing_like_it'."
    )


def test_a_release_without_what_ldap_needs_is_refused_where_the_inventory_asks_for_it(
    host, play, tmp_path
):
    made = releases.make(
        tmp_path, "ldapless", lambda files: (files / "provision/requirements-ldap.txt").unlink()
    )

    deploy(play, made, fails=True)

    assert said(made) == (
        "Nothing was changed: release ldapless has nothing for LDAP; make release LDAP=1."
    )
    assert current(host) == "second"


def test_a_release_for_another_python_is_refused(host, play, tmp_path):
    made = releases.make(tmp_path, "foreign", releases.migration("tried", COLUMN))
    releases.say_made_for(made, "Python 3.9 on x86_64")

    recap = deploy(play, made, fails=True)

    assert said(made).startswith(
        "Nothing was changed: release foreign was made for Python 3.9 on x86_64,"
        " and pdfjobs-test has Python 3."
    )
    assert host.run("ls", "/opt/pdfjobs/releases/foreign", check=False).returncode != 0
    assert (recap["changed"], current(host)) == (0, "second")


def test_without_room_nothing_is_changed(host, play, tmp_path):
    made = releases.make(tmp_path, "roomless", releases.migration("tried", COLUMN))
    before = data(host)
    host.run("mount", "-t", "tmpfs", "-o", "size=16m", "tmpfs", "/var/backups/pdfjobs")

    deploy(play, made, fails=True)

    host.run("umount", "/var/backups/pdfjobs")
    assert re.fullmatch(
        r"Nothing was changed: the disk of /var/backups/pdfjobs has no room for a backup:"
        r" \d+ MB are needed, 17 MB are free\.",
        said(made),
    )
    assert host.run("ls", "/opt/pdfjobs/releases/roomless", check=False).returncode != 0
    assert (current(host), data(host)) == ("second", before)


def test_without_a_backup_nothing_is_changed(host, play, tmp_path):
    made = releases.make(tmp_path, "unsaved", releases.migration("tried", COLUMN))
    before = data(host)
    host.run("chown", "root", "/var/backups/pdfjobs")

    deploy(play, made, fails=True)

    host.run("chown", "pdfjobs", "/var/backups/pdfjobs")
    assert said(made).startswith("Nothing was changed: no backup could be made: CommandError: ")
    assert host.run("ls", "/opt/pdfjobs/releases/unsaved", check=False).returncode != 0
    assert (current(host), data(host)) == ("second", before)


def test_a_second_deploy_at_the_same_time_is_refused_and_the_first_ends_without_its_controller(
    host, play, tls, tmp_path
):
    slow = releases.make(
        tmp_path, "slow", releases.migration("tried", COLUMN), releases.migration("slow", SLOW)
    )
    other = releases.make(tmp_path, "other")
    with (FOLDER / "deploy-slow.log").open("wb") as log:
        controller = subprocess.Popen(
            command("deploy.yml", "--extra-vars", f"pdfjobs_release_dir={slow}"),
            env=environment(host),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    wait_for(lambda: "pg_sleep" in doing(host), "the slow migration", 300)

    by_hand = host.run("pdfjobs-release", "--back", check=False)
    deploy(play, other, fails=True)
    controller.kill()
    controller.wait()

    assert said(other).startswith("Nothing was changed: another release is being deployed to ")
    assert by_hand.stderr.startswith("Nothing was changed: another release is being brought")
    wait_for(lambda: not is_active(host, "pdfjobs-bring"), "its end", 120)
    assert (current(host), page(host, tls)) == ("slow", "slow")
    host.run("systemctl", "stop", "pdfjobs-deploying")


def is_active(host: Container, unit: str) -> bool:
    return host.run("systemctl", "is-active", unit, check=False).stdout.strip() == "active"


def test_the_release_before_is_brought_back_by_hand(host, tls):
    done = host.run("pdfjobs-release", "--back")

    assert "Release second runs in the place of slow" in done.stdout
    assert (current(host), page(host, tls)) == ("second", "second")
    assert "slow  ran before" in host.say("pdfjobs-release")
    host.run("pdfjobs", "verify")


def test_a_change_that_was_killed_is_taken_back(host, tls):
    before = data(host)
    host.run("sh", "-c", "pdfjobs-release slow --backed-up >/dev/null 2>&1 &")
    wait_for(lambda: "pg_sleep" in doing(host), "the slow migration", 120)

    host.run("systemctl", "kill", "--signal=KILL", "pdfjobs-bring")
    wait_for(lambda: "runs as before" in host.say("cat", "/run/pdfjobs-bring.log"), "mending", 120)

    # People may have written since; so what was half changed is kept, too.
    kept = re.search(r"database (pdfjobs_failed_\d+)", host.say("cat", "/run/pdfjobs-bring.log"))
    host.run("sh", "-c", f"cd /; runuser -u postgres -- dropdb {kept[1]}")
    assert (current(host), page(host, tls), data(host)) == ("second", "second", before)
    host.run("pdfjobs", "verify")


def doing(host: Container) -> str:
    query = "SELECT query FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND state = 'active'"
    return host.say("sh", "-c", f'cd /; runuser -u postgres -- psql -Atc "{query}"')
