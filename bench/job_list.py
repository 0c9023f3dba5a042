"""The job list with 1,000,000 jobs: the pages of `list_queries.txt`, beside the earlier diary's way on the same rows.

Times are the server's, from request to rendered page, in ms. The earlier diary kept keywords of their own, tied to jobs
many to many, and looked for `istartswith` with distinct; only its questions to the database are timed.
"""

import argparse
import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from bench.database import DATABASES, place
from bench.diary import in_process

JOBS, SHORT_JOBS = 1_000_000, 20_000
ROUNDS, SHORT_ROUNDS = 20, 5
APP = Path(__file__).resolve().parent.parent


def run(short: bool) -> dict[str, Any]:
    """A group of figures for each database, each in a process of its own."""
    words = ["--jobs", str(SHORT_JOBS if short else JOBS)]
    words += ["--rounds", str(SHORT_ROUNDS if short else ROUNDS)]
    found = {}
    for database in DATABASES:
        done = subprocess.run(
            [sys.executable, "-m", "bench.job_list", database, *words],
            cwd=APP,
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        )
        found[database] = json.loads(done.stdout)
    return {"unit": "ms", **found}


def main() -> None:
    parser = argparse.ArgumentParser("python -m bench.job_list", description=__doc__)
    parser.add_argument("database", choices=DATABASES)
    parser.add_argument("--jobs", type=int, default=JOBS)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument(
        "--no-keywords", action="store_true", help="without the earlier diary's way: half the time"
    )
    options = parser.parse_args()
    with place(options.database) as at, in_process(at.settings):
        json.dump(_measure(options.jobs, options.rounds, not options.no_keywords), sys.stdout)


def _measure(jobs: int, rounds: int, keywords: bool) -> dict[str, Any]:
    from bench import list_pages, million_jobs

    begun = time.monotonic()
    million_jobs.fill(jobs, keywords=keywords)
    found = {"jobs": jobs, "made_in_s": round(time.monotonic() - begun)}
    found |= list_pages.measure(rounds)
    if keywords:
        from bench.keywords import earlier

        found["earlier"] = earlier(list_pages.values())
    return found


if __name__ == "__main__":
    main()
