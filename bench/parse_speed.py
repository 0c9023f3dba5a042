"""How fast large logs are read, one kind after the other, with every fact, message and point kept.

Each log is a real one of the shared samples, repeated to its size and fed in chunks as the workers do. `wc -l` and
`grep -c` are no rivals, they find nothing that the diary needs; they say how fast the machine gets through the same
bytes. The OpenFOAM log is read by PyFoam's StandardLogAnalyzer too, its first part only. A process of its own reads each log, so that its peak memory is that of the reading.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from bench.figures import share
from workers.parsers import claimant
from workers.parsers.report import HEAD_BYTES

SHARED = Path(__file__).resolve().parents[2] / "shared" / "samples"
KINDS = {
    "d3hsp": "ls-dyna/bouncyball/d3hsp",
    "messag": "ls-dyna/bolt_b_explicit/messag",
    "abaqus_msg": "abaqus/long_sta_100_increments/Job-1.msg",
    "nastran_f06": "nastran/joined_wing_nonlinear/nl_static.f06",
    "openfoam": "openfoam/simplefoam_v2506_2000its/log.simpleFoam",
}
SIZE = 200_000_000
SHORT = 20_000_000
PYFOAM_SIZE = 20_000_000
CHUNK = 1 << 20
ROUNDS = 3


def run(short: bool) -> dict[str, Any]:
    """Figures by kind, the median of a few rounds; kinds whose sample or parser is not there are named."""
    figures: dict[str, Any] = {"unit": "MB/s", "n": ROUNDS, "bytes": SHORT if short else SIZE}
    missing = []
    with tempfile.TemporaryDirectory(prefix="pdfjobs-bench-") as scratch:
        for kind, sample in KINDS.items():
            source = SHARED / sample
            if not source.exists() or claimant(source.read_bytes()[:HEAD_BYTES]) is None:
                missing.append(kind)
                continue
            log = Path(scratch) / kind
            repeat(source, log, figures["bytes"])
            figures[kind] = measure(log)
            if kind == "openfoam":
                figures[kind] |= beside_pyfoam(log, figures[kind]["feed"])
            log.unlink()
    return {**figures, "missing": missing}


def repeat(source: Path, log: Path, size: int) -> None:
    """One long run: the log's beginning, its middle again and again, and its end."""
    lines = source.read_bytes().splitlines(keepends=True)
    begin, end = len(lines) * 3 // 10, len(lines) * 9 // 10
    middle = b"".join(lines[begin:end])
    with log.open("wb") as file:
        file.write(b"".join(lines[:begin]))
        for _ in range(size // len(middle) + 1):
            file.write(middle)
        file.write(b"".join(lines[end:]))


def measure(log: Path) -> dict[str, Any]:
    """Rounds in turns, so that a busy moment meets all alike."""
    size = log.stat().st_size
    speeds: dict[str, list[float]] = {"feed": [], "grep": [], "wc": []}
    kept: dict[str, Any] = {}
    for _ in range(ROUNDS):
        kept = json.loads(_run(sys.executable, "-m", "bench.parse_speed", str(log)))
        speeds["feed"].append(size / 1e6 / kept.pop("seconds"))
        for name, command in (("grep", ("grep", "-c", "ERROR")), ("wc", ("wc", "-l"))):
            begun = time.monotonic()
            _run(*command, str(log))
            speeds[name].append(size / 1e6 / (time.monotonic() - begun))
    return {**{name: round(share(speed, 0.5), 1) for name, speed in speeds.items()}, **kept}


def beside_pyfoam(log: Path, ours: float) -> dict[str, Any]:
    """What PyFoam makes of the log's beginning, and how many times as fast we are."""
    part = log.with_name("part")
    with log.open("rb") as whole:
        part.write_bytes(whole.read(PYFOAM_SIZE).rpartition(b"\n")[0] + b"\n")
    found = json.loads(_run(sys.executable, "-m", "bench.pyfoam_reader", str(part)))
    speed = part.stat().st_size / 1e6 / found["seconds"]
    return {
        "pyfoam": round(speed, 1),
        "times": round(ours / speed, 1),
        "pyfoam_series": found["series"],
        "pyfoam_points_of_bytes": [found["points"], part.stat().st_size],
    }


def _run(*command: str) -> bytes:
    """A tool in the plain locale; grep says 1 when it counts none."""
    done = subprocess.run(
        command, env={**os.environ, "LC_ALL": "C"}, stdout=subprocess.PIPE, check=False
    )
    if done.returncode not in (0, 1) or not done.stdout:
        raise ChildProcessError(f"{command[0]}: exit code {done.returncode}")
    return done.stdout


def read(log: Path) -> dict[str, Any]:
    """Reads one log as the workers do: chunks in, points counted as they come, the state as JSON at the end."""
    points, begun = 0, time.monotonic()
    with log.open("rb") as file:
        chunk = file.read(CHUNK)
        parser_type = claimant(chunk[:HEAD_BYTES])
        if parser_type is None:
            raise ValueError("no parser claims the log")
        parser = parser_type()
        while chunk:
            points += sum(map(len, parser.feed(chunk).points.values()))
            chunk = file.read(CHUNK)
    points += sum(map(len, parser.finish().points.values()))
    report = parser.report()
    seconds = time.monotonic() - begun
    # Not getrusage: there a process starts with what the one that forked it had.
    status = Path("/proc/self/status").read_text()
    peak = int(status.partition("VmHWM:")[2].split()[0]) * 1024
    return {
        "seconds": seconds,
        "parser": parser.name,
        "points": points,
        "series": len(report.series),
        "warnings": report.warnings,
        "peak_bytes": peak,
        "state_bytes": len(json.dumps(parser.state)),
    }


if __name__ == "__main__":
    sys.stdout.write(json.dumps(read(Path(sys.argv[1]))))
