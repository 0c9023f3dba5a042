"""How fast a log is read: CalculiX's screen log, parsed with all its facts, beside tools that only count lines.

The log is a recorded one, repeated. `wc -l` and `grep -c` are no rivals, they find nothing that the diary needs;
they say how fast the machine gets through the same bytes.
"""

import os
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bench.figures import share
from workers.parsers.calculix.screen import CalculixScreen

SAMPLE = "workers/tests/samples/calculix/2.20-normal-cutbacks/bar.log"
SIZE = 20_000_000
CHUNK = 1 << 20
ROUNDS = 5
APP = Path(__file__).resolve().parent.parent


def run(changes: int) -> dict[str, Any]:
    """Always a few rounds: `changes` is for what happens one by one."""
    sample = (APP / SAMPLE).read_bytes()
    log = sample * (SIZE // len(sample) + 1)
    with tempfile.TemporaryDirectory(prefix="pdfjobs-bench-") as scratch:
        path = Path(scratch) / "screen.log"
        path.write_bytes(log)
        ways: dict[str, Callable[[], None]] = {
            "": lambda: _parse(log),
            "grep_": lambda: _count("grep", "-c", "ERROR", str(path)),
            "wc_": lambda: _count("wc", "-l", str(path)),
        }
        speeds: dict[str, list[float]] = {name: [] for name in ways}
        for _ in range(ROUNDS):  # in turns, so that a busy moment meets all alike
            for name, way in ways.items():
                begun = time.monotonic()
                way()
                speeds[name].append(len(log) / 1e6 / (time.monotonic() - begun))
    figures = {}
    for name, speed in speeds.items():
        figures |= {f"{name}p50": round(share(speed, 0.5), 1), f"{name}best": round(max(speed), 1)}
    return {"unit": "MB/s", "n": ROUNDS, **figures, "bytes": len(log), "sample": SAMPLE}


def _parse(log: bytes) -> None:
    parser = CalculixScreen()
    view = memoryview(log)
    for start in range(0, len(log), CHUNK):
        parser.feed(bytes(view[start : start + CHUNK]))
    parser.finish()
    if parser.report().status is None:
        raise ValueError("the parser found no end of the run")


def _count(*command: str) -> None:
    """A counting tool in the plain locale; grep says 1 when it counts none."""
    done = subprocess.run(
        command, env={**os.environ, "LC_ALL": "C"}, stdout=subprocess.DEVNULL, check=False
    )
    if done.returncode not in (0, 1):
        raise ChildProcessError(f"{command[0]}: exit code {done.returncode}")
