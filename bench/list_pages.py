"""Asks the job list's pages of `list_queries.txt` through the real view, in this process."""

import gc
import random
import time
from pathlib import Path
from typing import Any

from django.contrib.auth.models import User
from django.core.cache import cache
from django.db import connection
from django.db.models import Count, F
from django.test import Client
from django.test.utils import CaptureQueriesContext

from bench.figures import in_ms, share
from pdfjobs import known
from pdfjobs.models import Job
from pdfjobs.views import shared

LISTED = Path(__file__).with_name("list_queries.txt")
HTMX = {"HX-Request": "true"}


def pages() -> dict[str, str]:
    """Name to address, with values of the jobs that there are."""
    known_values = values()
    found = {}
    for line in LISTED.read_text().splitlines():
        if line and not line.startswith("#"):
            name, address = line.rsplit(maxsplit=1)
            found[name.strip()] = address.format(**known_values)
    return found


def measure(rounds: int) -> dict[str, Any]:
    """Each page so many times, in another order each round; the worst p95, the most questions, and whose they are.

    `first` are the times of pages that nobody asked for lately: the counts of large lists are remembered for a minute.
    """
    user, _ = User.objects.get_or_create(username=values()["new_owner"])
    client = Client(SERVER_NAME="localhost")
    client.force_login(user)
    asked = pages()
    taken: dict[str, list[float]] = {name: [] for name in asked}
    _time(client, "?")
    gc.collect()
    gc.freeze()  # as pdfjobs.wsgi does
    questions = {name: _questions(client, address) for name, address in asked.items()}
    first = {name: _first_time(client, address) for name, address in asked.items()}
    for number in range(rounds):
        for name in random.Random(number).sample([*asked], len(asked)):
            taken[name].append(_time(client, asked[name]))
    p95 = {name: share(times, 0.95) for name, times in taken.items()}
    worst = sorted(p95, key=lambda name: p95[name], reverse=True)
    everything = [each for times in taken.values() for each in times]
    return {
        "pages": len(asked),
        "asked": len(everything),
        "p50": in_ms(share(everything, 0.5)),
        "p95": in_ms(share(everything, 0.95)),
        "worst_p95": {name: in_ms(p95[name]) for name in worst[:8]},
        "beyond_50_ms": sum(each > 0.05 for each in p95.values()),
        "first": {
            "p50": in_ms(share([*first.values()], 0.5)),
            "p95": in_ms(share([*first.values()], 0.95)),
            "worst": {
                name: in_ms(first[name]) for name in sorted(first, key=lambda n: -first[n])[:8]
            },
        },
        "most_questions": max(questions.values()),
        "beyond_10_questions": {n: each for n, each in questions.items() if each > 10},
        "poll": _poll(client, rounds * 5),
    }


def _questions(client: Client, address: str) -> int:
    known.forget()
    cache.clear()
    with CaptureQueriesContext(connection) as asked:
        client.get("/" + address)
    return len(asked)


def _first_time(client: Client, address: str) -> float:
    known.forget()
    cache.clear()
    return _time(client, address)


def _time(client: Client, address: str) -> float:
    begun = time.perf_counter()
    page = client.get("/" + address)
    taken = time.perf_counter() - begun
    assert page.status_code == 200, (address, page.status_code)
    return taken


def _poll(client: Client, times: int) -> dict[str, float]:
    """With nothing new, each one checked in the database."""
    shared.FRESH_S = 0.0
    etag = client.get("/", headers=HTMX)["ETag"]
    taken = []
    with CaptureQueriesContext(connection) as asked:
        for _ in range(times):
            begun = time.perf_counter()
            answer = client.get("/", headers=HTMX | {"If-None-Match": etag})
            taken.append(time.perf_counter() - begun)
            assert answer.status_code == 304
    return {
        "p50": in_ms(share(taken, 0.5)),
        "p95": in_ms(share(taken, 0.95)),
        "questions": len(asked) / times,
    }


def values() -> dict[str, Any]:
    numbers = Job.objects.order_by("number").values_list("number", flat=True)
    first, last = numbers[0], numbers.last() or 0
    tenth = (last - first) // 10
    old = Job.objects.filter(number__lt=first + tenth)
    new = Job.objects.filter(number__gt=last - tenth)
    serial = Job.objects.filter(number__gt=last - tenth, name__contains="_0").first()
    texts = " ".join(new.exclude(info="").values_list("info", flat=True)[:2000]).split()
    common = sorted(set(texts), key=lambda word: (-texts.count(word), word))
    name = (serial.name if serial else "x_000000.y").lower()
    return {
        "old_owner": _first(old, "owner"),
        "new_owner": _first(new, "owner"),
        "old_project": _first(old, "project"),
        "new_project": _first(new, "project"),
        "common_word": common[0],
        "rare_word": common[-1],
        "number": first + 5 * tenth,
        "middle": first + 5 * tenth,
        "serial_name": name,
        "serial_start": name[:-6],
    }


def _first(jobs: Any, column: str) -> str:
    """The value that most of them have."""
    counted = jobs.exclude(**{column: ""}).values(value=F(column)).annotate(n=Count("id"))
    return str(counted.order_by("-n", "value").values_list("value", flat=True)[0])
