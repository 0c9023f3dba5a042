"""Runs the benchmarks named, or all: `python -m bench [NAME...]`; a JSON line each, the machine's first."""

import argparse
import json
import signal
import sys
from collections.abc import Callable
from types import FrameType
from typing import Any

from bench import (
    append,
    bursts,
    deck_to_row,
    floor,
    follow,
    idle,
    job_list,
    list_polls,
    log_to_facts,
    log_viewer,
    machine,
    overflow,
    parse,
    parse_speed,
    polling,
    series,
    soak,
    start,
    sustained,
)
from bench.database import DATABASES

KEPT: dict[str, Callable[[int, str], dict[str, Any]]] = {
    "floor": floor.run,
    "deck_to_row": deck_to_row.run,
    "log_to_facts": log_to_facts.run,
    "series": series.run,
}
"""What happens one by one, so many times, and ends in a database."""
TIMED: dict[str, Callable[[int], dict[str, Any]]] = {"parse": parse.run}
"""What happens one by one, so many times."""
SIZED: dict[str, Callable[[bool], dict[str, Any]]] = {
    "bursts": bursts.run,
    "overflow": overflow.run,
    "start": start.run,
    "idle": idle.run,
    "polling": polling.run,
    "sustained": sustained.run,
    "follow": follow.run,
    "append": append.run,
    "soak": soak.run,
    "parse_speed": parse_speed.run,
    "log_viewer": log_viewer.run,
    "list": job_list.run,
    "list_polls": list_polls.run,
}
"""What is about large numbers, with a short form."""
BENCHMARKS = (*KEPT, *TIMED, *SIZED)


def main() -> int:
    parser = argparse.ArgumentParser("python -m bench", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(BENCHMARKS))
    parser.add_argument(
        "--changes", type=int, default=200, metavar="N", help="how many are timed (200)"
    )
    parser.add_argument(
        "--database", choices=DATABASES, help=f"one only, for {', '.join(KEPT)}; else both"
    )
    parser.add_argument(
        "--short", action="store_true", help=f"smaller sizes for {', '.join(SIZED)}"
    )
    options = parser.parse_args()
    unknown = [name for name in options.names if name not in BENCHMARKS]
    if unknown or options.changes < 1:
        parser.error(f"no benchmark {unknown}" if unknown else "--changes must be 1 or more")
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _end)  # a shell's `&` may have SIGINT ignored
    _say(machine.describe())
    for name in options.names or BENCHMARKS:
        if name in KEPT:
            for database in [options.database] if options.database else DATABASES:
                figures = KEPT[name](options.changes, database)
                _say({"bench": name, "database": database, **figures})
        else:
            figures = TIMED[name](options.changes) if name in TIMED else SIZED[name](options.short)
            _say({"bench": name, **figures})
    return 0


def _say(figures: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(figures) + "\n")
    sys.stdout.flush()


def _end(number: int, frame: FrameType | None) -> None:
    """Everything that was started is ended on the way out."""
    sys.exit(128 + number)


if __name__ == "__main__":
    sys.exit(main())
