"""Following 200 logs that each grow by a line a second: what it costs, and how far the diary is behind.

Ours is all processes of the service together, pages included, and every row is parsed and recorded. Beside it
`tail -F` and rsyslog's imfile, which only copy, each following copies that get the same rows at the same times. `lag`
is from a row's write until the diary shows it, with all waits in it; the quiet time is that of the latency benchmark.
"""

import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from bench import growing
from bench.copyists import rsyslog, tail
from bench.cpu import Meter
from bench.figures import share
from bench.log_to_facts import HEADER, row

SETTINGS = """
[logs]
quiet_s = 0.02
"""
LOGS, SHORT_LOGS = 200, 50
ROWS_PER_S = 1.0
WARM_UP_S = 10.0
SECONDS, SHORT_SECONDS = 60.0, 15.0


def run(short: bool) -> dict[str, Any]:
    count, seconds = (SHORT_LOGS, SHORT_SECONDS) if short else (LOGS, SECONDS)
    with ExitStack() as stack:
        scratch = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="pdfjobs-bench-")))
        work = scratch / "work"
        work.mkdir()
        tailed, logged = (_Copies(scratch / name, count) for name in ("tailed", "logged"))
        field = stack.enter_context(growing.field(SETTINGS))
        logs = field.logs
        logs.make(count)
        others = {
            "tail": stack.enter_context(tail(tailed.files, work)),
            "rsyslog": stack.enter_context(rsyslog(logged.top, work)),
        }
        copies = (tailed, logged)
        _grow(logs, copies, WARM_UP_S)
        meters = Meter(field.roles()), Meter({n: [p] for n, p in others.items() if p})
        times = _grow(logs, copies, seconds)
        ours, theirs = (meter.shares() for meter in meters)
        copied = {name: _lines(work / name) for name in ("tailed", "copy")}
        times += logs.await_all()
    return {
        "unit": "% of a core",
        "logs": count,
        "cpu_percent": round(sum(ours.values()), 2),
        "lag_p50_s": round(share(times, 0.5), 3),
        "lag_p95_s": round(share(times, 0.95), 3),
        **{f"{name}_cpu_percent": theirs.get(name) for name in others},
        "cpu": ours,
        "rows": logs.written,
        "tail_copied": copied["tailed"],
        "rsyslog_copied": copied["copy"],
    }


class _Copies:
    """Logs for somebody else to follow."""

    def __init__(self, top: Path, count: int) -> None:
        self.top = top
        self.files = [top / f"case_{number}" / "beam.sta" for number in range(count)]
        for file in self.files:
            file.parent.mkdir(parents=True)
            file.write_text(HEADER + row(1))

    def append(self, number: int, text: bytes) -> None:
        with self.files[number].open("ab", buffering=0) as file:
            file.write(text)


def _grow(logs: growing.Logs, copies: Sequence[_Copies], seconds: float) -> list[float]:
    """A row a second for each, evenly spread; how long the diary took for those that it has by the end."""
    times: list[float] = []
    begun, done = time.monotonic(), 0
    while (passed := time.monotonic() - begun) < seconds:
        while done < passed * len(logs) * ROWS_PER_S:
            number = done % len(logs)
            text = logs.append(number)
            for copy in copies:
                copy.append(number, text)
            done += 1
        times += [lag for _, lag in logs.seen()]
        time.sleep(growing.POLL_S)
    return times


def _lines(path: Path) -> int:
    return path.read_bytes().count(b"\n") if path.exists() else 0
