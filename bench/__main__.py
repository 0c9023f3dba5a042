"""Runs the benchmarks named, or all: `python -m bench [NAME...]`; a JSON line each, the machine's first."""

import argparse
import json
import signal
import sys
from collections.abc import Callable
from types import FrameType
from typing import Any

from bench import deck_to_row, floor, log_to_facts, machine, parse

BENCHMARKS: dict[str, Callable[[int], dict[str, Any]]] = {
    "floor": floor.run,
    "deck_to_row": deck_to_row.run,
    "log_to_facts": log_to_facts.run,
    "parse": parse.run,
}


def main() -> int:
    parser = argparse.ArgumentParser("python -m bench", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(BENCHMARKS))
    parser.add_argument(
        "--changes", type=int, default=200, metavar="N", help="how many are timed (200)"
    )
    options = parser.parse_args()
    unknown = [name for name in options.names if name not in BENCHMARKS]
    if unknown or options.changes < 1:
        parser.error(f"no benchmark {unknown}" if unknown else "--changes must be 1 or more")
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _end)  # a shell's `&` may have SIGINT ignored
    _say(machine.describe())
    for name in options.names or BENCHMARKS:
        _say({"bench": name, **BENCHMARKS[name](options.changes)})
    return 0


def _say(figures: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(figures) + "\n")
    sys.stdout.flush()


def _end(number: int, frame: FrameType | None) -> None:
    """Everything that was started is ended on the way out."""
    sys.exit(128 + number)


if __name__ == "__main__":
    sys.exit(main())
