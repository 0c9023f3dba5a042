"""How soon a solver's news are seen: from a line written to a log to its facts in the diary.

A run that nobody announced lies in the run tree; its .sta gets a row twenty times a second, whether the diary has
shown the last one or not, so a slow moment counts for every row that waits through it. Blocks of rows and blocks of
the floor's changes take turns. The quiet time that the watcher is set to wait is taken off.
"""

import time
from pathlib import Path
from typing import Any

from bench.database import place
from bench.figures import spread
from bench.floor import Floor
from bench.instance import running
from bench.reader import POLL_S, Reader, wait_until

QUIET_S = 0.02
PACE_S = 0.05
BLOCK = 20
WARM_UP = 20
SETTINGS = f"""
[logs]
quiet_s = {QUIET_S}
"""
HEADER = (
    "SUMMARY OF JOB INFORMATION\n"
    "  STEP      INC     ATT  ITRS     TOT TIME     STEP TIME      INC TIME\n"
)
TIME_STEP = 0.0001
CYCLE = "SELECT facts ->> 'cycle' FROM pdfjobs_run WHERE folder = 'case'"


def run(changes: int, database: str) -> dict[str, Any]:
    with (
        place(database) as kept,
        running(SETTINGS + kept.settings) as service,
        Floor(database) as floor,
    ):
        table = service.runs / "case" / "beam.sta"
        table.parent.mkdir()
        table.write_text(HEADER + row(1))
        reader = Reader(kept.beside(service.var / "diary.sqlite3"))
        wait_until(lambda: _cycle(reader) == 1, "the first row's facts")
        _append(table, reader, range(2, 2 + WARM_UP))
        last, times, bare = 1 + WARM_UP, [], []
        while len(times) < changes:
            block = range(last + 1, last + 1 + min(BLOCK, changes - len(times)))
            times += _append(table, reader, block)
            bare += [floor.change().total_s for _ in block]
            last = block[-1]
        reader.close()
    return {
        "unit": "ms",
        "n": changes,
        **spread([seen_s - QUIET_S for seen_s in times]),
        **spread(bare, "floor_"),
        "quiet_s": QUIET_S,
    }


def row(increment: int) -> str:
    """A converged increment's row as CalculiX 2.20 prints it."""
    time_now = fortran(increment * TIME_STEP)
    return f"{1:6d}{increment:11d}{1:6d}{2:6d}  {time_now}  {time_now}  {fortran(TIME_STEP)}\n"


def fortran(value: float) -> str:
    """A number of at least zero in Fortran's E12.6, e.g. 0.833333E-01."""
    digits, exponent = f"{value:.5E}".split("E")
    shift = 1 if value else 0
    return f"0.{digits.replace('.', '')}E{int(exponent) + shift:+03d}"


def _append(table: Path, reader: Reader, increments: range) -> list[float]:
    """Writes the rows at their pace; for each the seconds from its write until the diary knew it or a later one."""
    written: dict[int, float] = {}
    times: list[float] = []
    begun = time.monotonic()
    left = list(increments)
    with table.open("ab", buffering=0) as file:
        while left or written:
            if left and time.monotonic() >= begun + PACE_S * (left[0] - increments[0]):
                written[left[0]] = time.monotonic()
                file.write(row(left.pop(0)).encode("ascii"))
            known, now = _cycle(reader), time.monotonic()
            for increment in [i for i in written if i <= known]:
                times.append(now - written.pop(increment))
            if written and now - min(written.values()) > 60:
                raise TimeoutError(f"row {min(written)} is not in the diary; it knows {known}")
            time.sleep(POLL_S)
    return times


def _cycle(reader: Reader) -> int:
    """The last increment that the diary knows; 0 before it knows the run."""
    found = reader.first(CYCLE)
    return int(found[0] or 0) if found else 0
