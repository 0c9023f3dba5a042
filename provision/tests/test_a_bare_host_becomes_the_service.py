"""From a bare Debian to a deck that was dropped, solved and seen; the tests are one story, in this order."""

import http.client
import re
import socket
import ssl
import threading
import time

import pytest
import releases
from conftest import reason
from container import SUITE
from visits import ADMINISTRATOR, PASSWORD, ask, ended_as, job, pid_of, put

from tests.decks import beam
from tests.service import wait_for

UNITS = (
    "pdfjobs-web",
    "pdfjobs-watcher",
    "pdfjobs-workers",
    "nginx",
    "smbd",
    "redis-server@pdfjobs",
)
BACK_WITHIN_S = 10.0
SOLVERS = """
- hosts: pdfjobs
  tasks:
    - ansible.builtin.import_role:
        name: host
        tasks_from: solvers.yml
"""


MADE_FOR = (releases.MADE / "MADE_FOR").read_text()
"""Such as "Python 3.11 on x86_64, Debian 12"."""


@pytest.mark.parametrize(
    "another",
    [
        re.sub(r"3\.\d+", "3.9", MADE_FOR),
        re.sub(r" on \w+", " on riscv64", MADE_FOR),
        re.sub(r", .+", ", Debian 11", MADE_FOR),
        re.sub(r"3\.\d+ on \w+, .+", "3.1 on x86_64", MADE_FOR),
    ],
    ids=["Python", "machine", "distribution", "Python that begins alike"],
)
def test_a_release_for_another_host_is_refused_before_anything_is_changed(
    host, play, tmp_path, another
):
    made = releases.make(tmp_path, "foreign")
    releases.say_made_for(made, another)
    ldap = " LDAP=1" if "," in another else ""

    recap = play(
        "site-foreign", "site.yml", "--extra-vars", f"pdfjobs_release_dir={made}", fails=True
    )

    assert reason("site-foreign") == (
        f"Nothing was changed: release foreign was made for {another}, and pdfjobs-test has {MADE_FOR}."
        " Make it anew on a machine that has the same, or on one with the same processor by"
        f" make release{ldap} SUITE={SUITE}, as root."
    )
    assert recap["changed"] == 0
    assert host.run("ls", "/opt/pdfjobs", check=False).returncode != 0


def test_without_a_release_nothing_is_changed(play, tmp_path):
    recap = play(
        "site-without", "site.yml", "--extra-vars", f"pdfjobs_release_dir={tmp_path}", fails=True
    )

    assert reason("site-without") == (
        f"Nothing was changed: no release, or one of an older checkout, lies in {tmp_path}: make release."
    )
    assert recap["changed"] == 0


@pytest.mark.skipif(SUITE == "bookworm", reason="Debian 12 has CalculiX: SUITE=trixie")
def test_where_debian_has_no_solver_that_is_said_and_the_play_goes_on(play, tmp_path):
    (tmp_path / "solvers.yml").write_text(SOLVERS)

    recap = play(
        "solverless", str(tmp_path / "solvers.yml"), "--extra-vars", '{"host_solver_suite": ""}'
    )

    assert (recap["changed"], recap["failed"]) == (0, 0)
    assert reason("solverless").startswith("Debian 13.")
    assert " has no CalculiX, so none is installed" in reason("solverless")


def test_site_makes_a_bare_host_serve_pages(host, first_play):
    assert (first_play["failed"], first_play["unreachable"]) == (0, 0)
    assert host.say("systemctl", "is-active", *UNITS).split() == ["active"] * len(UNITS)
    assert host.say("systemctl", "--failed", "--plain", "--no-legend") == ""


def test_pages_come_by_tls_alone(host, tls):
    page = ask(host, "/login/", tls)
    plain = ask(host, "/login/?next=/")

    assert page.status == 200
    assert b"csrfmiddlewaretoken" in page.body
    assert page.headers["Strict-Transport-Security"]
    assert "Secure" in page.headers["Set-Cookie"]
    assert plain.status == 301
    assert plain.headers["Location"] == f"https://localhost:{host.ports['HTTPS']}/login/?next=/"


def test_browsers_are_offered_http_2(host, first_play):
    browser = ssl.create_default_context(cadata=host.say("cat", "/etc/ssl/pdfjobs/host.crt"))
    browser.set_alpn_protocols(["h2", "http/1.1"])

    with (
        socket.create_connection(("localhost", host.ports["HTTPS"]), 60) as line,
        browser.wrap_socket(line, server_hostname="localhost") as speaking,
    ):
        assert speaking.selected_alpn_protocol() == "h2"


def test_a_deck_from_the_share_is_solved(host, tmp_path):
    (tmp_path / "shared.inp").write_text(beam(heading="dropped into the share"))

    assert put(host, "mara", tmp_path, "shared.inp") == ""

    found = wait_for(
        lambda: job(host, "shared.inp", "normal", "error", "other", "none"), "its end", 300
    )
    assert (found["status"], found["title"]) == ("normal", "dropped into the share")
    assert host.say("stat", "--format=%U", found["deck"]) == "mara"


def test_who_is_not_known_puts_nothing_there(host, tmp_path):
    (tmp_path / "strange.inp").write_text(beam())

    said = put(host, "mara", tmp_path, "strange.inp", "wrong")

    assert "NT_STATUS_LOGON_FAILURE" in said
    assert host.say("ls", "/srv/pdfjobs/hotfolder") == ""


def test_chromium_sees_it_through_nginx(host, browser):
    url = f"https://localhost:{host.ports['HTTPS']}"
    number = job(host, "shared.inp", "normal")["number"]
    context = browser.new_context(ignore_https_errors=True)
    page = context.new_page()
    broken: list[str] = []
    page.on("response", lambda answer: broken.append(answer.url) if answer.status >= 400 else None)

    page.goto(f"{url}/")
    page.fill("input[name=username]", ADMINISTRATOR)
    page.fill("input[name=password]", PASSWORD)
    page.press("input[name=password]", "Enter")
    page.wait_for_url(f"{url}/")
    page.get_by_text("shared.inp").first.click()
    page.wait_for_url(f"{url}/jobs/{number}/")

    assert page.locator("h1").inner_text() != ""
    assert "dropped into the share" in page.content()
    assert "normal" in page.locator("main").inner_text().lower()

    deck = context.request.get(f"{url}/jobs/{number}/raw/shared.inp?plain")
    log = context.request.get(f"{url}/jobs/{number}/raw/shared.log")
    queues = context.request.get(f"{url}/rq/")
    stranger = browser.new_context(ignore_https_errors=True)
    assert deck.text() == beam(heading="dropped into the share")
    assert deck.headers["content-security-policy"] == "default-src 'none'; sandbox"
    assert deck.headers["x-content-type-options"] == "nosniff"
    assert "Job finished" in log.text()
    assert queues.status == 200
    assert "rq" in queues.text().lower()
    assert stranger.request.get(f"{url}/rq/", max_redirects=0).status == 302
    assert stranger.request.get(f"{url}/runfiles/runs/").status == 404
    assert broken == []
    stranger.close()
    context.close()


def test_what_ldap_needs_came_with_the_release(host):
    said = host.say(
        "pdfjobs",
        "shell",
        "--command",
        "import django_auth_ldap, ldap; print(ldap.OPT_X_TLS_NEWCTX)",
    )

    assert said.splitlines()[-1].isdigit()


def list_of(host, browser, name):
    """The words of somebody's job list, by a one-time link."""
    url = f"https://localhost:{host.ports['HTTPS']}"
    context = browser.new_context(ignore_https_errors=True)
    page = context.new_page()
    page.goto(url + host.say("pdfjobs", "login_link", name))
    page.locator("form.entry button").click()
    page.wait_for_url(f"{url}/")
    words = page.locator("#job-table").inner_text()
    context.close()
    return words


def test_people_see_their_own_jobs_alone(host, browser):
    for name in ("mara", "eve"):
        made = f"from django.contrib.auth.models import User; User.objects.create_user({name!r})"
        host.run("pdfjobs", "shell", "--command", made)

    seen = {name: list_of(host, browser, name) for name in ("mara", "eve")}

    assert "shared.inp" in seen["mara"]
    assert "shared.inp" not in seen["eve"]
    assert "You belong to no project yet." in seen["eve"]


def test_the_audit_log_goes_on_when_it_was_rotated(host, browser):
    log = "/srv/pdfjobs/logs/audit.log"
    before = host.say("cat", log)

    host.run("logrotate", "--force", "/etc/logrotate.d/pdfjobs")
    list_of(host, browser, "eve")

    assert host.say("cat", f"{log}.1") == before
    assert [line.split(": ", 1)[1].split()[:2] for line in host.say("cat", log).splitlines()] == [
        ["login.login", 'by="eve"']
    ]
    assert (
        host.say("sh", "-c", f"stat --format='%U %G %a' {log} {log}.1").splitlines()
        == ["pdfjobs pdfjobs 600"] * 2
    )


def test_solvers_go_on_while_the_workers_restart(host, tmp_path):
    (tmp_path / "long.inp").write_text(beam(increments=400, length=24, width=4))
    put(host, "jens", tmp_path, "long.inp")
    wait_for(lambda: job(host, "long.inp", "running"), "its start", 120)
    solver = wait_for(lambda: host.run("pgrep", "-x", "ccx", check=False).stdout.strip(), "ccx")

    host.run("systemctl", "restart", "pdfjobs-workers")

    assert host.say("pgrep", "-x", "ccx") == solver
    found = wait_for(lambda: job(host, "long.inp", "normal", "error", "other"), "its end", 600)
    assert found["status"] == "normal"


def test_starting_the_pages_anew_drops_no_request(host, tls):
    answers: list[object] = []
    over = threading.Event()

    def ask_on() -> None:
        while not over.is_set():
            try:
                answers.append(ask(host, "/readyz", tls).status)
            except (OSError, http.client.HTTPException) as error:
                answers.append(repr(error))

    asking = threading.Thread(target=ask_on)
    asking.start()
    before = host.say("pgrep", "--full", "--parent", pid_of(host, "pdfjobs-web"), "uwsgi")
    try:
        wait_for(lambda: len(answers) > 20, "requests")
        host.run("touch", "/srv/pdfjobs/reload")
        wait_for(
            lambda: (
                host.run(
                    "pgrep", "--full", "--parent", pid_of(host, "pdfjobs-web"), "uwsgi", check=False
                ).stdout.split()
                not in ([], before.split())
            ),
            "new processes",
        )
        host.run("systemctl", "restart", "pdfjobs-web")
        count = len(answers)
        wait_for(lambda: len(answers) > count + 20, "requests after it")
    finally:
        over.set()
        asking.join()

    assert set(answers) == {200}


def kill(host, unit):
    """With all of nginx' processes: in a container systemd may not end those that it leaves, and they keep its ports."""
    if unit == "nginx":
        host.run("pkill", "-9", "-x", "nginx")
    else:
        host.run("kill", "-9", pid_of(host, unit))


def wait_until_back(host, tls, unit):
    wait_for(
        lambda: (
            host.run("systemctl", "is-active", unit, check=False).stdout.strip() == "active"
            and ask(host, "/healthz", tls).status == 200
        ),
        f"{unit} and all that needs it",
        BACK_WITHIN_S,
    )


@pytest.mark.parametrize(
    "unit",
    [
        "pdfjobs-web",
        "pdfjobs-watcher",
        "pdfjobs-workers",
        "redis-server@pdfjobs",
        "postgresql@{}-main",
        "nginx",
        "smbd",
    ],
)
def test_what_is_killed_is_back_soon(host, tls, unit):
    unit = unit.format(host.postgresql)
    kill(host, unit)
    killed = time.monotonic()

    wait_until_back(host, tls, unit)
    assert time.monotonic() - killed <= BACK_WITHIN_S
    host.run("pdfjobs", "verify")


@pytest.mark.parametrize(
    ("unit", "needs"),
    [
        ("pdfjobs-web", "/opt/pdfjobs/uwsgi"),
        ("pdfjobs-watcher", "/opt/pdfjobs/run"),
        ("pdfjobs-workers", "/opt/pdfjobs/run"),
        ("redis-server@pdfjobs", "/etc/redis/redis-pdfjobs.conf"),
        ("postgresql@{}-main", "/var/lib/postgresql/{}/main/PG_VERSION"),
        ("nginx", "/etc/ssl/pdfjobs/host.crt"),
        ("smbd", "/usr/sbin/smbd"),
    ],
)
def test_what_could_not_start_is_there_when_the_cause_is_gone(host, tls, unit, needs):
    unit, needs = unit.format(host.postgresql), needs.format(host.postgresql)

    def tries():
        return int(host.say("systemctl", "show", "--property=NRestarts", "--value", unit))

    before = tries()
    host.run("mv", needs, f"{needs}.away")
    kill(host, unit)
    # Of itself systemd gives up after the fifth.
    wait_for(lambda: tries() - before > 6, "tries to start it", 120)

    host.run("mv", f"{needs}.away", needs)

    wait_until_back(host, tls, unit)
    host.run("pdfjobs", "verify")


def test_the_queue_server_comes_back_without_its_data(host, tls, tmp_path):
    """What it knew is made anew: a run that goes on is followed to its end, and new decks are taken in."""
    (tmp_path / "going.inp").write_text(beam(increments=200, length=24, width=4))
    (tmp_path / "after.inp").write_text(beam())
    put(host, "jens", tmp_path, "going.inp")
    wait_for(lambda: job(host, "going.inp", "running"), "its start", 120)
    pid = pid_of(host, "redis-server@pdfjobs")

    host.run("sh", "-c", f"rm -r /var/lib/redis/pdfjobs/*; kill -9 {pid}")
    killed = time.monotonic()

    wait_for(
        lambda: (
            pid_of(host, "redis-server@pdfjobs") not in ("0", pid)
            and ask(host, "/healthz", tls).status == 200
        ),
        "the service",
        BACK_WITHIN_S,
    )
    assert time.monotonic() - killed <= BACK_WITHIN_S
    put(host, "mara", tmp_path, "after.inp")
    ended = [ended_as(host, name) for name in ("after.inp", "going.inp")]
    assert ended == ["normal", "normal"]
    host.run("pdfjobs", "verify")


def test_a_backup_is_made_as_the_timer_makes_it(host):
    host.run("systemctl", "start", "pdfjobs-backup.service")

    assert host.say("pdfjobs", "backup", "--list") != ""
    assert host.say("systemctl", "is-enabled", "pdfjobs-backup.timer") == "enabled"


def test_guessing_passwords_is_slowed_down(host, tls):
    statuses = [ask(host, "/login/", tls, "username=admin&password=x").status for _ in range(15)]

    assert 429 in statuses


def test_a_second_run_changes_nothing(play):
    recap = play("site-second", "site.yml")

    assert (recap["changed"], recap["failed"], recap["unreachable"]) == (0, 0, 0)
