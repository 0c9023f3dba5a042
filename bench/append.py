"""What 1 kB more costs at the end of a log of 2 GB, beside one of 1 MB: from the task's first line to the commit.

Both are CalculiX screen logs: the increments of a recorded one over and over, read before. Appends take turns.
`python -m bench.append BYTES` measures in its own process, since it becomes a diary.
"""

import json
import subprocess
import sys
import time
from itertools import cycle
from pathlib import Path
from typing import Any

from bench.diary import in_process
from bench.figures import in_ms, share
from bench.parse import SAMPLE
from bench.watched import APP

LARGE, SHORT_LARGE = 2_000_000_000, 100_000_000
SMALL = 1_000_000
APPENDED = 1_000
ROUNDS = 200
BEGIN, END = b" increment 1 attempt 1", b" Job finished"
BLOCK = 1 << 23


def run(short: bool) -> dict[str, Any]:
    large = SHORT_LARGE if short else LARGE
    done = subprocess.run(
        [sys.executable, "-m", "bench.append", str(large)],
        cwd=APP,
        stdout=subprocess.PIPE,
        check=True,
        text=True,
    )
    figures: dict[str, Any] = json.loads(done.stdout)
    return figures


class Log:
    """A screen log that ends anywhere in an increment and can go on for ever."""

    def __init__(self, path: Path, size: int) -> None:
        sample = (APP / SAMPLE).read_bytes()
        begin, end = sample.index(BEGIN), sample.index(END)
        self.path = path
        self._body = sample[begin:end]
        self._at = 0
        path.parent.mkdir()
        with path.open("wb") as file:
            file.write(sample[:begin])
            for _ in range(size // BLOCK):
                file.write(self._next(BLOCK))
            file.write(self._next(size % BLOCK))

    def append(self, count: int) -> None:
        with self.path.open("ab") as file:
            file.write(self._next(count))

    def _next(self, count: int) -> bytes:
        """The bytes that come next."""
        repeats = (self._at + count) // len(self._body) + 1
        text = (self._body * repeats)[self._at : self._at + count]
        self._at = (self._at + count) % len(self._body)
        return text


def measure(runs: Path, large: int) -> dict[str, Any]:
    logs = {
        "large": Log(runs / "large" / "beam.log", large),
        "small": Log(runs / "small" / "beam.log", SMALL),
    }
    read_s = {name: _read(log.path) for name, log in logs.items()}
    used: dict[str, list[float]] = {name: [] for name in logs}
    wall: dict[str, list[float]] = {name: [] for name in logs}
    for _, name in zip(range(2 * ROUNDS), cycle(logs), strict=False):
        logs[name].append(APPENDED)
        begun = time.process_time()
        wall[name].append(_read(logs[name].path))
        used[name].append(time.process_time() - begun)
    figures = {
        "unit": "ms",
        "n": ROUNDS,
        "bytes": large,
        "read_mb_per_s": round(large / 1e6 / read_s["large"], 1),
    }
    for name in logs:
        figures |= {
            f"{name}_p50": in_ms(share(wall[name], 0.5)),
            f"{name}_p95": in_ms(share(wall[name], 0.95)),
            f"{name}_cpu_p50": in_ms(share(used[name], 0.5)),
        }
    figures["times"] = round(share(wall["large"], 0.5) / share(wall["small"], 0.5), 2)
    figures["cpu_times"] = round(share(used["large"], 0.5) / share(used["small"], 0.5), 2)
    return figures


def _read(path: Path) -> float:
    """Seconds until the diary holds all of a log."""
    from workers.tasks import reading

    begun = time.monotonic()
    left = [f"{path.parent.name}/{path.name}"]
    while left:
        left = reading.read_turns("runs", left)
    return time.monotonic() - begun


def main() -> None:
    large = int(sys.argv[1])
    with in_process() as runs:
        figures = measure(runs, large)
        figures["known"] = _known(runs)
    sys.stdout.write(json.dumps(figures) + "\n")


def _known(runs: Path) -> int:
    """How many of the logs the diary holds to their last whole line; 2."""
    from pdfjobs.models import LogFile

    known = 0
    for file in LogFile.objects.select_related("run"):
        size = (runs / file.run.folder / file.path).stat().st_size
        known += size - APPENDED < file.offset <= size
    return known


if __name__ == "__main__":
    main()
