"""200 people have the list open while 500 jobs run, on the real service: each asks anew 0.8 s after its last answer.

`unchanged` are the answers that said so (304), `changed` those that brought the list's new state. `closed_s` is how long
an account that was closed meanwhile still got answers.
"""

import asyncio
import json
import random
import threading
import time
from dataclasses import dataclass, field
from typing import Any

from bench import growing
from bench.cpu import Meter
from bench.database import DATABASES
from bench.figures import spread

PEOPLE, SHORT_PEOPLE = 200, 40
JOBS, SHORT_JOBS = 500, 50
SECONDS, SHORT_SECONDS = 30.0, 8.0
ROWS_PER_JOB_S = 0.2
POLL_S = 0.8
CLOSED_AFTER = 0.2
"""Of the time."""
PATIENCE_S = 70.0
SESSIONS = """
from django.conf import settings
from django.contrib.auth.models import User
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
keys = []
for number in range({people}):
    user = User.objects.create_user(f"bench{{number}}")
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.create()
    keys.append(session.session_key)
import json
print(json.dumps([settings.SESSION_COOKIE_NAME, keys]))
"""


@dataclass
class Heard:
    """Seconds of the answers, by what they were."""

    unchanged: list[float] = field(default_factory=list)
    changed: list[float] = field(default_factory=list)
    bytes: int = 0
    closed_at: float = 0.0
    closed_s: float | None = None


def run(short: bool) -> dict[str, Any]:
    """A group of figures for each database."""
    people, jobs = (SHORT_PEOPLE, SHORT_JOBS) if short else (PEOPLE, JOBS)
    seconds = SHORT_SECONDS if short else SECONDS
    figures: dict[str, Any] = {"unit": "ms", "people": people, "jobs": jobs, "poll_s": POLL_S}
    for database in DATABASES:
        with growing.field("", database) as field:
            field.logs.make(jobs)
            said = field.service.manage("shell", "-v", "0", "-c", SESSIONS.format(people=people))
            cookie, keys = json.loads(said.stdout.splitlines()[-1])
            meter = Meter(field.roles())
            with _growing(field, jobs):
                heard = asyncio.run(_all(field, cookie, keys, seconds))
            figures[database] = _figures(heard, seconds) | {"cpu": meter.shares()}
    return figures


def _figures(heard: Heard, seconds: float) -> dict[str, Any]:
    everything = heard.unchanged + heard.changed
    return {
        "n": len(everything),
        "asked_per_s": round(len(everything) / seconds, 1),
        **spread(everything),
        "unchanged": {"n": len(heard.unchanged), **spread(heard.unchanged or [0.0])},
        "changed": {"n": len(heard.changed), **spread(heard.changed or [0.0])},
        "closed_s": heard.closed_s,
    }


class _growing:
    """Lets the jobs' logs grow for as long as this."""

    def __init__(self, field: growing.Field, jobs: int) -> None:
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._grow, args=(field.logs, jobs))

    def _grow(self, logs: growing.Logs, jobs: int) -> None:
        number = 0
        while not self._over.wait(1 / (jobs * ROWS_PER_JOB_S)):
            logs.append(number % jobs)
            number += 1

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()


async def _all(field: growing.Field, cookie: str, keys: list[str], seconds: float) -> Heard:
    heard, until = Heard(), time.monotonic() + seconds
    waits = random.Random(1)
    people = [
        _person(field.service.port, f"{cookie}={key}", waits.random() * POLL_S, until, heard)
        for key in keys[1:]
    ]
    closed = _closed(field, f"{cookie}={keys[0]}", seconds * CLOSED_AFTER, heard)
    await asyncio.gather(closed, *people)
    return heard


async def _person(port: int, cookie: str, wait: float, until: float, heard: Heard) -> None:
    etag = ""
    await asyncio.sleep(wait)
    while time.monotonic() < until:
        begun = time.monotonic()
        status, etag, size = await _poll(port, cookie, etag)
        taken = time.monotonic() - begun
        assert status in (200, 304), status
        (heard.unchanged if status == 304 else heard.changed).append(taken)
        heard.bytes += size
        await asyncio.sleep(POLL_S)


async def _closed(field: growing.Field, cookie: str, after: float, heard: Heard) -> None:
    """Of an account that is closed from outside the web's processes."""
    await asyncio.sleep(after)
    assert (await _poll(field.service.port, cookie, ""))[0] == 200
    close = "from django.contrib.auth.models import User;"
    close += 'User.objects.filter(username="bench0").update(is_active=False)'
    await asyncio.to_thread(field.service.manage, "shell", "-v", "0", "-c", close)
    begun = time.monotonic()
    answered = begun
    # Each process remembers for itself: it is over when none answers any more.
    while time.monotonic() - answered < PATIENCE_S / 2 and time.monotonic() - begun < PATIENCE_S:
        status, _, _ = await _poll(field.service.port, cookie, "")
        if status == 200:
            answered = time.monotonic()
        await asyncio.sleep(0.5)
    heard.closed_s = round(answered - begun, 1)


async def _poll(port: int, cookie: str, etag: str) -> tuple[int, str, int]:
    """Status, ETag and size of an answer."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    known = f"If-None-Match: {etag}\r\n" if etag else ""
    writer.write(
        f"GET / HTTP/1.0\r\nHost: localhost\r\nHX-Request: true\r\nCookie: {cookie}\r\n{known}\r\n".encode()
    )
    answer = await reader.read()
    writer.close()
    head, _, body = answer.partition(b"\r\n\r\n")
    lines = head.decode("latin-1").split("\r\n")
    found = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines[1:])}
    return int(lines[0].split()[1]), found.get("etag", ""), len(body)
