"""In a language that says everything in marks, no page, message or report says a word without: but data."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from django.template.loader import render_to_string
from django.utils import timezone

from pdfjobs.health import printed
from pdfjobs.health.judge import judge
from pdfjobs.health.program import PARTS
from pdfjobs.models import Channel, Event, LoginRecord, Member, Notice, Project, Run, SavedView
from pdfjobs.notify import texts
from pdfjobs.notify.restarts import Restart
from pdfjobs.services import audit, digests, families, spreading
from pdfjobs.tests.notice_rows import make_channel, make_person, make_running
from pdfjobs.tests.pseudo import english, plain
from pdfjobs.tests.test_health_says_what_is_wrong import NOW as HEALTH_NOW
from pdfjobs.tests.test_health_says_what_is_wrong import RUNS, WELL, WORKER, WRONG, watcher
from pdfjobs.tests.web_rows import NOW, make_intake, make_job, make_log, make_message

pytestmark = [pytest.mark.django_db, pytest.mark.timeout(60), pytest.mark.usefixtures("pseudo")]
DATA = (
    r"mara|rune|jens|pdfjobs|b[1-4]\.inp|beam\.\w+|calculix|su2|ls-dyna|runs|\d+_deck|UTC|rib|[kMG]B"
    r"|Django.R[qQ]|residual\.p|too many rib|SIG\w+|steel|thin|P1|127\.0\.0\.1|http://\S+|/jobs/\S+"
)
"""What the rows of this test say themselves."""
OF_HEALTH = DATA + (
    r"|vm|ingest|solve|archive|pgdata|VAR|hotfolder|Valkey|SQLite|/srv/?\S*|/data|/run/\S+|\bx\b"
    r"|journalctl -u 'pdfjobs-\*'|maxmemory|redis-cli CONFIG SET"
    r"|Connection refused|no such folder|No such file or directory|Input/output error|disk I/O error|Raise it\."
    r"|sysctl|fs\.inotify\S+|/etc/sysctl\.d/|/rq/\S+|ms\b|a/b\.sta|Python|/tmp/\S+|PostgreSQL|00\d\d_\w+|post\d|"
    + "|".join(sorted(PARTS, reverse=True))
)
PAGES = (
    *("/", "/?shape=cards", "/?cause=no+convergence&q=b", "/?status=error", "/jobs/filters/"),
    *("/jobs/1000001/", "/jobs/1000002/", "/jobs/1000003/", "/jobs/1000004/"),
    *("/jobs/1000001/live/", "/jobs/1000001/history/", "/jobs/1000002/history/"),
    *("/jobs/1000001/files/", "/jobs/1000001/family/", "/jobs/1000002/report/"),
    *("/jobs/1000002/difference/?base=1000001", "/compare/?jobs=1000001,1000002", "/compare/"),
    *("/projects/", "/projects/1/", "/upload/", "/intake/", "/help/", "/views/", "/status/"),
    *("/notifications/", "/account/tokens/", "/password/", "/audit/", "/audit/?source=jobs"),
    *("/nowhere/", "/jobs/7/", "/admin/"),
)
ALERTS = [
    {"rule": "energy ratio", "level": "red", "words": "total energy is 1.2 of initial energy and external work: energy is made or lost", "line": 7},
    {"rule": "residual stalled", "level": "yellow", "words": "residual of p stays at 0.1: no new lowest in the last 80 % of the log", "line": None},
]  # fmt: skip
FAILED = {"cause": "no convergence", "cause_text": "too many rib", "cause_line": 686}
NOTES = (
    *("asked to end", "run 2", "b1.inp from the hot folder", "a log of su2 in runs", "not handed in: The job has not ended yet."),
    *("gone from the disk", "together with 1 other job", "together with 3 other jobs", "undo of a change by mara", "handed in as b1.inp"),
)  # fmt: skip


@pytest.fixture
def browser(client):
    """Of somebody who may see everything."""
    client.force_login(User.objects.create_user("rune", is_staff=True, is_superuser=True))
    return client


@pytest.fixture
def scene(browser):
    """A bit of everything that pages can show."""
    mara = make_person("mara")
    job = make_job(
        name="b1.inp", solver="calculix", status="running", analysis_status="ongoing", owner="mara",
        facts={"warnings": 3, "errors": 1, "time": 1.0, "end_time": 2.0, "wall_time_s": 3000, "alerts": ALERTS},
        run_values={"started_at": NOW, "progress": 0.4}, status_reason="set by mara", status_source="person", project="P1",
    )  # fmt: skip
    make_message(make_log(job, "beam.log"), severity="warning", text="rib")
    second = make_job(
        1000002, name="b2.inp", solver="su2", status="error", result_assessment="not_ok", cause="no convergence",
        facts=FAILED, status_reason="the solver crashed (SIGSEGV): rib", result_summary="thin", info="thin",
    )  # fmt: skip
    families.set_base_runs(second, [1000001])
    make_job(
        1000003, name="b3.inp", status="other", status_reason="silent since 2026-03-01 12:00 UTC"
    )
    make_job(1000004, name="b4.inp", status="none", status_reason="no log says how it stands")
    for note in NOTES:
        job.history.create(field="folder", actor="mara", note=note)
    job.history.create(field="result_assessment", before="", after="not_ok", actor="mara")
    second.history.create(field="status", before="running", after="error", note="killed by SIGKILL")
    make_intake("b1.inp", "refused", reason="It is neither a file nor a folder; drop a deck.")
    make_intake("b2.inp", "gone", reason="taken away before it had settled")
    make_intake("b3.inp", "claimed", reason="cannot be taken in yet: b3.inp; tried again by itself")
    project = Project.objects.create(pk=1, name="P1")
    Member.objects.create(project=project, user=mara, role="manager")
    rune = User.objects.get(username="rune")
    audit.note(rune, project, "changed", "mara added as manager")
    LoginRecord.objects.create(
        act="failed", account="mara", folded="mara", address="127.0.0.1", how="link"
    )
    SavedView.objects.create(owner=rune, name="steel", query="status=error", shared=True)
    channel = make_channel(rune, address="rib")
    Channel.objects.update(
        trouble="no answer within 45 s", held_until=timezone.now(), digest_hour=7
    )
    Notice.objects.create(
        channel=channel, event="test", key="x", title="rib", due_at=timezone.now(),
        state="dropped", trouble="The job is not yours to see any more.", tries=2,
    )  # fmt: skip


@pytest.mark.parametrize("address", PAGES)
def test_a_page(browser, scene, address):
    page = browser.get(address, headers={"accept-language": "de"})

    assert page.status_code == (404 if address in ("/nowhere/", "/jobs/7/") else 200)
    assert "«" in page.text
    data = OF_HEALTH if address == "/status/" else DATA
    assert "\n".join(english(page.text, data)) == ""


@pytest.mark.parametrize("address", ["/login/", "/enter/nothing"])
def test_a_page_for_strangers(client, address):
    page = client.get(address, headers={"accept-language": "de"})

    assert "«" in page.text
    assert "\n".join(english(page.text, DATA)) == ""


@pytest.mark.parametrize("health", [row[0] for row in WRONG], ids=range(len(WRONG)))
def test_a_problem_of_the_service(health):
    for problem in judge(health):
        assert english(f"<p>{problem.what} {problem.remedy}</p>", OF_HEALTH) == []


@pytest.mark.parametrize("health", [WELL, *(row[0] for row in WRONG)], ids=range(len(WRONG) + 1))
def test_the_status_in_a_terminal_and_on_the_page(rf, health):
    health = replace(health, problems=judge(health))
    busy = replace(WORKER, state="busy", task="take in a/b.sta", since=HEALTH_NOW)
    health = replace(health, queues=replace(health.queues, workers=(busy,)))

    said = "\n".join(printed.lines(health))
    page = render_to_string("pdfjobs/_status.html", {"health": health}, rf.get("/status/"))

    assert "«" in said and english(f"<p>{said}</p>", OF_HEALTH) == []
    assert "«" in page and english(page, OF_HEALTH) == []


def test_the_status_for_programs_is_english(capsys):
    with pytest.raises(SystemExit):
        call_command("status", "--json")

    said = capsys.readouterr().out
    assert "«" not in said and json.loads(said)["problems"]


def test_why_a_root_is_not_watched(rf):
    health = watcher(
        roots=(replace(RUNS, state="polled", why="another host may write here (nfs4)"),)
    )

    page = render_to_string("pdfjobs/_status.html", {"health": health}, rf.get("/status/"))

    assert "«another host may write here (nfs4)»" in page
    assert "«another host may write here (nfs4)»" in "\n".join(printed.lines(health))


@pytest.fixture
def job(monkeypatch):
    """Followed by mara, whose language is the one with marks, and by jens, whose is not known."""
    monkeypatch.setattr("pdfjobs.services.notices.ask_for_delivery", lambda: None)
    mara, jens = make_person("mara"), make_person("jens")
    made = make_running(name="b1.inp", solver="ls-dyna", owner="mara", reviewer="jens")
    make_channel(mara)
    make_channel(jens)
    Channel.objects.filter(user=jens).update(language="")
    return made


EVENTS = {
    "ended": {"status": "normal", "reason": "", "time": 2.0, "end_time": 2.0, "cycle": 7},
    "failed": {"status": "error", "reason": "killed by SIGKILL", "warnings": 1, "errors": 2, "time": 1.0, "progress": 0.5} | FAILED,
    "warning": {"status": "running", "reason": "", "alert": ALERTS[0]},
    "assigned": {"status": "normal", "reason": "", "reviewer": "jens", "by": ""},
}  # fmt: skip
RESTART = Restart("d3dump01", 2 * 10**6, 1_700_000_000.0)
OF_MAILS = DATA + r"|d3dump01|too many rib"


@pytest.mark.parametrize("kind", EVENTS)
def test_a_message(job, kind):
    event = Event(job=job, kind=kind, key="x", facts=EVENTS[kind], at=NOW)

    said = [texts.title_of(event), texts.text_of(event, RESTART)]

    assert all("«" in text for text in said)
    assert [found for text in said for found in english(f"<p>{text}</p>", OF_MAILS)] == []


def test_each_person_is_told_in_their_own_language_and_else_in_that_of_the_site(job):
    Event.objects.create(job=job, kind="failed", key="x", facts=EVENTS["failed"], at=NOW)

    spreading.spread()

    said = {row.channel.user.username: row.title for row in Notice.objects.all()}
    assert said == {
        "mara": "«Failed: 1000001 b1.inp: «no convergence»»",
        "jens": "Failed: 1000001 b1.inp: no convergence",
    }


def test_the_site_has_a_language_too(job, settings):
    settings.LANGUAGE_CODE = "de"
    Channel.objects.update(language="xx")  # its catalogue was taken away
    Event.objects.create(job=job, kind="ended", key="x", facts=EVENTS["ended"], at=NOW)

    spreading.spread()

    assert {row.title for row in Notice.objects.all()} == {"«Ended: 1000001 b1.inp»"}


def test_the_daily_digest(job):
    moment = timezone.now() - timedelta(hours=3)
    for number, status in ((1000002, "error"), (1000003, "normal"), (1000004, "error")):
        facts = FAILED if number == 1000002 else {}
        run_values = {"ended_at": moment, "finished": True}
        values = {"owner": "mara", "status": status, "ended_at": moment, "name": "b2.inp"}
        make_job(number, facts=facts, run_values=run_values, **values)
    late = timezone.now() + timedelta(hours=2)
    ends = {name: late.isoformat() for name in ("best", "early", "late")}
    Run.objects.filter(job=job).update(facts={"ends": ends}, progress=0.42)
    due = timezone.now() - timedelta(minutes=1)
    Channel.objects.filter(user__username="mara").update(digest_hour=7, digest_at=due, zone="UTC")

    digests.sum_up()

    digest = Notice.objects.get()
    assert "«no convergence»" in digest.text and "«error termination»" in digest.text
    assert english(f"<p>{digest.title}\n{digest.text}</p>", OF_MAILS) == []


def test_several_messages_in_one():
    notices = [Notice(event="failed", title="b1.inp", text="rib")] * 4

    assert texts.title_of_many(notices) == "«4 messages», «4 jobs failed»"
    assert english(f"<p>{texts.text_of_many(notices)}</p>", DATA) == []


def test_what_is_english_alone_is_found():
    assert plain("«Failed: «x»» at 7") == " at 7"
    assert english("<p title='Half'>«whole» part</p>", DATA) == ["Half", "part"]


def test_what_is_stored_and_what_programs_read_stays_english(browser, scene):
    german = {"accept-language": "de"}

    refused = browser.post("/api/v1/jobs/1000002/stop", headers=german)
    job = browser.get("/api/v1/jobs/1000002", headers=german)
    table = browser.get("/jobs/export.csv", headers=german)

    said = b"".join(table.streaming_content).decode()
    for text in (refused.text, job.text, said):
        assert "«" not in text
    assert "no convergence" in said and "The diary did not start this run" in refused.text
