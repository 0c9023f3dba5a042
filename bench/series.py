"""How soon a plot of a very long series is there: whole, and zoomed in to the samples.

A run's log has a million points of one series, another's ten millions: noise that does not compress, as residuals
are. Asked is the real view, in this process, by one account, with 2,000 points for the plot. Beside it, in turns and on the same rows, what the view
did before: every point is read, and thinned by the extremes of stretches. Cold is a new connection, in SQLite with
the file dropped from the system's cache. `cpu_mean` is this process' own, which a busy machine does not stretch.
"""

import json
import math
import multiprocessing
import os
import random
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from bench.database import place
from bench.diary import in_process
from bench.figures import in_ms, spread

SIZES = (1_000_000, 10_000_000)
POINTS = 2_000
"""As a plot asks for."""
STEP = 250_000
"""Points of one reading."""
BEFORE = 3
"""Times that the former way is asked; it takes seconds."""
NAME = "residual.p"


def run(changes: int, database: str) -> dict[str, Any]:
    with place(database) as kept, multiprocessing.get_context("spawn").Pool(1) as process:
        return process.apply(_measure, (kept.settings, min(changes, 40), database))


def _measure(settings_text: str, times: int, database: str) -> dict[str, Any]:
    figures: dict[str, Any] = {"unit": "ms", "n": times, "points": POINTS}
    with in_process(settings_text):
        for number, size in enumerate(SIZES, 1):
            figures[f"{size:_}"] = _sized(number, size, times, database)
    return figures


def _sized(number: int, size: int, times: int, database: str) -> dict[str, Any]:
    begun = time.perf_counter()
    _lay_down(number, size)
    laid_s = time.perf_counter() - begun
    client = _client()
    _ask(client, 404, -math.inf, math.inf, status=404)  # what the first request of a process loads
    chance = random.Random(size)
    found: dict[str, Any] = {"laid_down_s": round(laid_s, 1)}
    windows: dict[str, Callable[[], tuple[float, float]]] = {
        "whole": lambda: (-math.inf, math.inf),
        "tenth": lambda: _window(chance, size, size // 10),
        "thousandth": lambda: _window(chance, size, size // 1000),
        "samples": lambda: _window(chance, size, 1500),
    }
    for what, window in windows.items():
        _forget(database)
        used = time.process_time()
        asked = [_ask(client, number, *window()) for _ in range(times)]
        used = (time.process_time() - used) / times
        former = [_ask_formerly(number, *window()) for _ in range(BEFORE)]
        found[what] = {"cold": in_ms(asked[0]), **spread(asked[1:] or asked)}
        found[what] |= {"cpu_mean": in_ms(used), "formerly_p50": spread(former)["p50"]}
    _check(client, number, size, chance)
    return found


def _lay_down(number: int, size: int) -> None:
    """As readings do."""
    from django.utils import timezone

    from pdfjobs.models import Job, LogFile, Run
    from pdfjobs.services.points import Growth, keep_points

    job = Job.objects.create(number=number, name="long.inp", submitted_at=timezone.now())
    series = {NAME: {"n": size, "x": "time", "unit": None}}
    run = Run.objects.create(
        job=job, root="runs", folder=str(number), stem="", facts={"series": series}
    )
    log = LogFile.objects.create(
        run=run, path="log", parser="x", parser_version=1, device=1, inode=number, head_len=0, head_sha=""
    )  # fmt: skip
    for at in range(0, size, STEP):
        points = [_point(k) for k in range(at, min(at + STEP, size))]
        keep_points([Growth.of(log, {NAME: points}, fresh=False, over=False)], [])


def _point(k: int) -> tuple[float, float]:
    """The same for the same k, without a second copy of the series."""
    noise = (k * 2654435761 % 4294967296) / 4294967296
    return k * 0.001, math.exp(-k / 3e6) * (1.0 + noise)


def _client() -> Any:
    from django.contrib.auth.models import User
    from django.test import Client

    user, _ = User.objects.get_or_create(username="bench")
    client = Client(SERVER_NAME="localhost")
    client.force_login(user)
    return client


def _window(chance: random.Random, size: int, width: int) -> tuple[float, float]:
    first = chance.randrange(size - width)
    return first * 0.001, (first + width) * 0.001


def _ask(client: Any, number: int, low: float, high: float, status: int = 200) -> float:
    begun = time.perf_counter()
    _answer(client, number, low, high, status)
    return time.perf_counter() - begun


def _answer(client: Any, number: int, low: float, high: float, status: int = 200) -> dict[str, Any]:
    asked = {"names": NAME, "points": POINTS}
    asked |= {} if math.isinf(low) else {"from": repr(low), "to": repr(high)}
    answer = client.get(f"/jobs/{number}/series.json", asked)
    assert answer.status_code == status, answer.content
    return answer.json()["series"][NAME] if status == 200 else {}


def _ask_formerly(number: int, low: float, high: float) -> float:
    """Every point of the log, thinned; zoomed too, which the former way could not do: it sent the whole once more."""
    from django.db.models import Q

    from pdfjobs.points.pointrows import stored

    begun = time.perf_counter()
    xs: list[float] = []
    ys: list[float] = []
    for row in stored(Q(file__run__job__number=number), [NAME]):
        for _, more_xs, more_ys in row.columns():
            xs += more_xs
            ys += more_ys
    kept = [k for k, x in enumerate(xs) if low <= x <= high]
    chosen = []
    stretches = max(1, min(POINTS // 2, len(kept)))
    for i in range(stretches):
        stretch = kept[len(kept) * i // stretches : len(kept) * (i + 1) // stretches]
        chosen += sorted({min(stretch, key=ys.__getitem__), max(stretch, key=ys.__getitem__)})
    json.dumps({"xs": [xs[k] for k in chosen], "ys": [ys[k] for k in chosen]})
    return time.perf_counter() - begun


def _forget(database: str) -> None:
    from django.db import connection

    file = str(connection.settings_dict["NAME"])
    if database == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    if database == "sqlite":
        with suppress(OSError):
            descriptor = os.open(file, os.O_RDONLY)
            os.fsync(descriptor)
            os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
            os.close(descriptor)


def _check(client: Any, number: int, size: int, chance: random.Random) -> None:
    """What was measured is right: the samples of a window one by one, and the whole's highest and lowest."""
    for _ in range(5):
        first = chance.randrange(2, size - 1502)
        answer = _answer(client, number, first * 0.001, (first + 1500) * 0.001)
        points = [_point(k) for k in range(first - 1, first + 1502)]
        assert answer["exact"], (first, answer["n"])
        assert list(zip(answer["xs"], answer["ys"], strict=True)) == points, first
    answer = _answer(client, number, -math.inf, math.inf)
    every = [_point(k)[1] for k in range(size)]
    assert (min(answer["ys"]), max(answer["ys"])) == (min(every), max(every))
