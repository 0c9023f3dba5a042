"""Many changes at once: 500 a second spread over 500 running jobs, and the most that can be kept up.

The jobs are CalculiX runs that lie in a tree of their own; a change is a row more in a run's .sta, and counts as seen
when the diary shows it to others. The quiet time is taken off; slower readings of steady logs are switched off. For
the highest rate each of 2,000 logs gets its next row as soon as the diary has the last. Beside it, one RQ task for
each file. `cpu` is what each of our processes used of a core meanwhile: the busiest is the limit, unless all of them
together leave the machine nothing; this benchmark writes and asks with a process of its own.
"""

from typing import Any

import psutil

from bench import growing, job_per_file
from bench.cpu import Meter
from bench.database import DATABASES
from bench.figures import spread
from bench.roles import Roles

QUIET_S = 0.02
SETTINGS = f"""
[logs]
quiet_s = {QUIET_S}
readings_per_s = 100000
"""
JOBS, SHORT_JOBS = 500, 100
MORE_JOBS, SHORT_MORE_JOBS = 1_500, 200
CHANGES_PER_JOB_S = 1.0
WARM_UP_S = 5.0
SECONDS, SHORT_SECONDS = 30.0, 10.0
TASKS = 2_000


def run(short: bool) -> dict[str, Any]:
    """A group of figures for each database."""
    plain = job_per_file.rate(TASKS)
    figures: dict[str, Any] = {"unit": "ms", "quiet_s": QUIET_S, "job_per_file_per_s": round(plain)}
    for database in DATABASES:
        with growing.field(SETTINGS, database) as field:
            found = {**_steady(field, short), **_highest(field, short)}
            found["times"] = round(found["highest_per_s"] / plain, 1)
            found["differences"] = len(field.service.differences())
            figures[database] = found
    return figures


def _steady(field: growing.Field, short: bool) -> dict[str, Any]:
    jobs, seconds = (SHORT_JOBS, SHORT_SECONDS) if short else (JOBS, SECONDS)
    rate = jobs * CHANGES_PER_JOB_S
    field.logs.make(jobs)
    field.logs.grow(jobs, rate, WARM_UP_S)
    meter = Meter(_processes(field))
    times = field.logs.grow(jobs, rate, seconds)
    return {
        "n": len(times),
        "changes_per_s": rate,
        **spread([one - QUIET_S for one in times]),
        "cpu": meter.shares(),
    }


def _highest(field: growing.Field, short: bool) -> dict[str, Any]:
    field.logs.make(SHORT_MORE_JOBS if short else MORE_JOBS)
    field.logs.saturate(WARM_UP_S)
    meter = Meter(_processes(field))
    highest = field.logs.saturate(SHORT_SECONDS if short else SECONDS)
    shares = meter.shares()
    return {"highest_per_s": round(highest), "highest_cpu": shares, "limit": next(iter(shares))}


def _processes(field: growing.Field) -> Roles:
    """Also this one: it must not be the limit."""
    return {**field.roles(), "benchmark": [psutil.Process()]}
