"""How the service is, told to people on the page, to scripts by command, to machines by address."""

import json
import re
import stat
import time
from io import StringIO

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from prometheus_client.parser import text_string_to_metric_families

from pdfjobs import health, known
from pdfjobs.config import ConfigError
from pdfjobs.health import program
from pdfjobs.queue import key
from pdfjobs.tests import queue_server
from pdfjobs.tests.test_health_takes_the_watchers_word_with_care import ROOT, WORD
from tests.servers import chosen

pytestmark = pytest.mark.django_db

HTMX = {"HX-Request": "true"}


@pytest.fixture(scope="module")
def running():
    with queue_server.running() as (client, _):
        yield client


@pytest.fixture
def no_server(monkeypatch):
    monkeypatch.setenv("REDIS_URL", "unix:///nowhere/queue.sock")
    health.forget()
    yield
    health.forget()


@pytest.fixture
def server(running, settings):
    """A queue server in which the watcher has just spoken of one root."""
    for folder in ("hotfolder", "runs"):
        (settings.INSTANCE.var / folder).mkdir(exist_ok=True)
    health.forget()
    running.flushall()
    speak(running)
    yield running
    health.forget()


def speak(client, **values):
    now = time.time()
    root = ROOT | {"scan_at": now - 30, "oldest_s": None}
    word = WORD | {"at": now, "started_at": now - 86400, "roots": [root], "advice": []} | values
    client.set(key("watcher"), json.dumps(word))


@pytest.fixture
def staff(client):
    client.force_login(User.objects.create_user("rune", is_staff=True))
    return client


def facts(page):
    """The page's text with single blanks."""
    return " ".join(re.sub(r"<[^>]+>", " ", page.text).split())


def test_the_page_tells_watcher_roots_queues_database_and_disks(mara, server):
    text = facts(mara.get("/status/"))

    assert "Watcher ✓ running" in text
    assert "4242 on vm" in text
    assert "/srv/pdfjobs/runs" in text
    assert "events and polling" in text
    assert "another host may write in scratch (nfs4)" in text
    assert "import: 41 of 98 folders" in text
    assert "212 of 192 536" in text
    assert "logs that changed" in text
    assert f"Version {chosen.queue_name} " in text
    assert "SQLite" in text or "PostgreSQL" in text
    assert "VAR, hotfolder, runs" in text


def test_without_a_worker_the_page_says_so_and_where_to_look(mara, server, settings):
    """On a host systemd keeps what `make run` writes into a file."""
    logs = settings.INSTANCE.logs
    logs.mkdir(exist_ok=True)
    host = facts(mara.get("/status/"))
    (logs / "service.log").touch()
    own = facts(mara.get("/status/"))
    (logs / "service.log").unlink()

    assert "No worker serves the queue ingest (logs that changed)." in host
    assert ("journalctl -u" in host, "service.log" in host) == (True, False)
    assert ("journalctl -u" in own, "service.log" in own) == (False, True)


@pytest.mark.parametrize("path", ["/status/", "/", "/intake/"])
def test_without_queue_server_the_pages_come_and_say_so(mara, no_server, path):
    page = mara.get(path)

    assert page.status_code == 200
    assert "The queue server does not answer" in page.text
    assert 'class="alarm is-bad"' in page.text


def test_a_root_that_is_missing_fails_on_every_page(mara, server):
    speak(server, roots=[ROOT | {"state": "missing", "why": "no such folder"}])

    for path in ("/", "/status/", "/intake/"):
        assert "The root runs is missing (no such folder)" in mara.get(path).text


def test_names_full_of_markup_stay_text(mara, server):
    evil = "<img src=x onerror=alert(1)>"
    speak(server, roots=[ROOT | {"why": evil, "oldest_path": evil, "oldest_s": 3.0}], advice=[evil])

    assert evil not in mara.get("/status/").text


def test_a_poll_without_news_is_answered_by_304(mara, server):
    first = mara.get("/status/", headers=HTMX)
    again = mara.get("/status/", headers=HTMX | {"If-None-Match": first["ETag"]})

    assert "<html" not in first.text
    assert 'id="status-watcher"' in first.text
    assert (again.status_code, again.content) == (304, b"")


def test_a_poll_with_news_brings_them(mara, server):
    first = mara.get("/status/", headers=HTMX)
    speak(server, roots=[ROOT | {"overflows": 3}])
    health.forget()
    again = mara.get("/status/", headers=HTMX | {"If-None-Match": first["ETag"]})

    assert again.status_code == 200


def test_every_part_of_the_answer_has_its_place_in_the_page(mara, server):
    """What has no id, or an id the page lacks, would never be shown."""
    parts = re.findall(r"^<(?:div|ol|section|span)\b[^>]*>", mara.get("/status/", headers=HTMX).text, re.M)  # fmt: skip
    page = mara.get("/status/").text

    ids = [re.search(r'id="([^"]+)"', part)[1] for part in parts if "card" not in part or "id=" in part]  # fmt: skip
    assert {"banners", "status-head", "status-problems", "status-watcher", "status-work", "status-stores"} <= {*ids}  # fmt: skip
    assert all(f'id="{each}"' in page for each in ids)


def test_the_page_costs_few_queries(mara, server):
    mara.get("/status/")
    health.forget()

    with CaptureQueriesContext(connection) as queries:
        mara.get("/status/")

    assert len(queries) <= 5  # and at most five more, in the database's own look


def test_staff_is_led_to_the_failed_tasks_and_others_are_not(mara, server):
    assert 'href="/rq/' not in mara.get("/status/").text
    User.objects.update(is_staff=True)
    known.forget()  # what a few seconds do

    assert 'href="/rq/"' in mara.get("/status/").text


def status(*words):
    out = StringIO()
    with pytest.raises(SystemExit) as end:
        call_command("status", *words, stdout=out)
    return end.value.code, out.getvalue()


def test_the_command_prints_what_is_wrong_first(server):
    code, said = status()

    assert code == 2
    lines = said.splitlines()
    assert lines[0] == "The service FAILS:"
    assert lines[1].startswith("  FAIL  No worker serves the queue arrivals")
    assert "  runs  mixed" in said
    assert "41 of 98 folders" in said


def test_the_command_as_json_says_the_same(server):
    code, said = status("--json")
    told = json.loads(said)

    assert (code, told["level"]) == (2, "fail")
    assert told["watcher"]["roots"][0]["importing"] == {"done": 41, "total": 98}
    assert {problem["level"] for problem in told["problems"]} == {"fail"}
    assert {*told} == {
        *("level", "at", "watcher", "queues", "disks"),
        *("program", "backup", "database", "address", "problems"),
    }


@pytest.mark.parametrize(("level", "code"), [("ok", 0), ("warn", 1), ("fail", 2)])
def test_the_commands_exit_tells_the_worst(server, monkeypatch, level, code):
    found = health.look()
    problems = tuple(problem for problem in found.problems if level == "fail")
    if level == "warn":
        problems = (health.Problem("warn", "disk", "nearly full", "make room"),)
    monkeypatch.setattr(health, "look", lambda: health.replace(found, problems=problems))

    assert status()[0] == code


def test_the_command_works_without_anything(settings, no_server, monkeypatch, tmp_path):
    monkeypatch.setattr(settings.INSTANCE, "var", tmp_path / "nowhere")

    code, said = status()

    assert code == 2
    assert "There is no instance at" in said


def test_health_is_ok_while_database_queue_server_and_watcher_are_there(client, server):
    answer = client.get("/healthz")

    assert (answer.status_code, answer.text) == (200, "ok")


@pytest.mark.parametrize("silent_s", [15.5, 3600])
def test_health_names_a_silent_watcher(client, server, silent_s):
    speak(server, at=time.time() - silent_s)

    answer = client.get("/healthz")

    assert (answer.status_code, answer.text) == (503, "watcher")


def test_a_missing_root_is_not_ill_health(client, server):
    speak(server, roots=[ROOT | {"state": "missing"}])

    assert client.get("/healthz").status_code == 200


def test_health_names_the_queue_server(client, no_server):
    answer = client.get("/healthz")

    assert (answer.status_code, answer.text) == (503, "queue")


def test_health_names_the_database_and_readiness_does(client, server, monkeypatch):
    monkeypatch.setattr(health, "_DATABASE_ANSWERS", health.Probe(lambda: False, 1))

    answers = [client.get(path) for path in ("/healthz", "/readyz")]

    assert [(answer.status_code, answer.text) for answer in answers] == [(503, "database")] * 2


def test_a_service_that_has_just_begun_is_given_time(client, no_server, monkeypatch):
    began = program.Program((), serving_since=time.time() - 3, died=False)
    monkeypatch.setattr(health, "read_program", lambda: began)

    assert client.get("/healthz").status_code == 200


def test_readiness_needs_no_queue_server(client, no_server):
    answer = client.get("/readyz")

    assert (answer.status_code, answer.text) == (200, "ok")


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_machines_may_only_look(client, no_server, path):
    assert client.post(path).status_code == 405


def samples(answer):
    families = text_string_to_metric_families(answer.text)
    return {
        (sample.name, *sorted(sample.labels.values())): sample.value
        for family in families
        for sample in family.samples
    }


def test_metrics_tell_the_same_facts(staff, server):
    answer = staff.get("/metrics")
    told = samples(answer)

    assert answer["Content-Type"].startswith("text/plain; version=0.0.4")
    assert told["pdfjobs_up", "watcher"] == told["pdfjobs_up", "queue_server"] == 1
    assert told["pdfjobs_up", "database"] == 1
    assert told["pdfjobs_root_overflows_total", "runs"] == 2
    assert told["pdfjobs_root_state", "mixed", "runs"] == 1
    assert told["pdfjobs_root_state", "missing", "runs"] == 0
    assert told["pdfjobs_root_import_total_folders", "runs"] == 98
    assert told["pdfjobs_inotify_max_user_watches",] == 192536
    assert told["pdfjobs_queue_waiting_tasks", "ingest"] == 0
    assert told["pdfjobs_problems", "fail"] >= 5  # no worker serves any queue
    assert ("pdfjobs_root_oldest_news_seconds", "runs") not in told  # there are none


def test_what_is_not_known_is_no_metric(staff, no_server):
    told = samples(staff.get("/metrics"))

    assert told["pdfjobs_up", "queue_server"] == told["pdfjobs_up", "watcher"] == 0
    assert not any(name.startswith("pdfjobs_queue_w") for name, *_ in told)


TOKEN = "a-long-token-that-nobody-guesses"


@pytest.mark.parametrize(
    ("given", "sent", "code"),
    [
        (TOKEN, f"Bearer {TOKEN}", 200),
        (TOKEN, f"bearer {TOKEN}", 200),
        (TOKEN, f"Bearer {TOKEN}x", 401),
        (TOKEN, "Bearer", 401),
        (TOKEN, "Bearer ", 401),
        (TOKEN, f"Basic {TOKEN}", 401),
        (TOKEN, "Bearer ütf", 401),
        ("", "Bearer ", 401),
        ("", "Bearer x", 401),
        (TOKEN, None, 302),
    ],
)
def test_metrics_are_for_who_has_the_token(client, no_server, monkeypatch, given, sent, code):
    monkeypatch.setenv("PDFJOBS_METRICS_TOKEN", given)
    headers = {} if sent is None else {"Authorization": sent}

    answer = client.get("/metrics", headers=headers)

    assert answer.status_code == code


def test_the_token_may_stand_in_a_file_that_nobody_else_reads(
    client, no_server, settings, monkeypatch, tmp_path
):
    monkeypatch.delenv("PDFJOBS_METRICS_TOKEN", raising=False)
    monkeypatch.setattr(settings.INSTANCE, "var", tmp_path)
    file = tmp_path / "metrics.token"
    file.touch(mode=0o600)
    file.write_text(f"{TOKEN}\n")

    assert client.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"}).status_code == 200
    file.chmod(stat.S_IRUSR | stat.S_IRGRP)
    with pytest.raises(ConfigError, match="chmod 600"):
        client.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"})


def test_metrics_are_not_for_everybody_who_is_logged_in(mara, no_server):
    assert mara.get("/metrics").status_code == 403
