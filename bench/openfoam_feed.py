"""How fast an OpenFOAM log is read with every point kept, beside PyFoam's StandardLogAnalyzer and counting tools.

`python -m bench.openfoam_feed LOG [PYTHON]`: the log is repeated to 200 MB; PYTHON is an interpreter that has
PyFoam, which reads the first 20 MB of it. Each side runs in a process of its own.
"""

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from workers.parsers.openfoam.log import OpenfoamSolver

SIZE = 200_000_000
PYFOAM_SIZE = 20_000_000
CHUNK = 1 << 20

PYFOAM = """
import json, resource, sys, time
from PyFoam.LogAnalysis.StandardLogAnalyzer import StandardLogAnalyzer
analyzer = StandardLogAnalyzer(progress=False, doTimelines=True, doFiles=False)
with open(sys.argv[1]) as log:
    begun = time.process_time()
    analyzer.analyze(log)
    took = time.process_time() - begun
kept = {}
for name, one in analyzer.analyzers.items():
    lines = getattr(one, "lines", None)
    values = getattr(lines, "values", {}) if lines is not None else {}
    for key, column in values.items():
        kept[name + "." + key] = len(column)
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(json.dumps({"s": took, "series": len(kept), "points": sum(kept.values()), "peak_kb": peak, "kept": kept}))
"""


def feed(path: Path) -> dict[str, object]:
    """Reads as the worker does: in chunks, the points taken off after each."""
    parser, counts, took = OpenfoamSolver(), {}, 0.0
    with path.open("rb") as log:
        while chunk := log.read(CHUNK):
            begun = time.process_time()
            news = parser.feed(chunk)
            took += time.process_time() - begun
            for name, points in news.points.items():
                counts[name] = counts.get(name, 0) + len(points)
    parser.finish()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    total = sum(counts.values())
    return {"s": took, "series": len(counts), "points": total, "peak_kb": peak, "kept": counts}


def main(sample: Path, pyfoam: str | None) -> None:
    size = sample.stat().st_size
    say = sys.stdout.write
    with tempfile.TemporaryDirectory(prefix="pdfjobs-bench-") as scratch:
        log, short = Path(scratch) / "log", Path(scratch) / "short"
        for path, most in ((log, SIZE), (short, PYFOAM_SIZE)):
            with path.open("wb") as file:  # piece by piece: a child's peak memory begins with ours
                for _ in range(most // size):
                    file.write(sample.read_bytes())
        ours = [sys.executable, "-m", "bench.openfoam_feed", "--one", str(log)]
        sides = {"feed()": (ours, log)}
        if pyfoam:
            sides["PyFoam"] = ([pyfoam, "-c", PYFOAM, str(short)], short)
        for name, (command, path) in sides.items():
            done = subprocess.run(command, capture_output=True, text=True, check=True)
            found = json.loads(done.stdout.splitlines()[-1])
            speed = path.stat().st_size / found["s"] / 1e6
            say(f"{name}: {speed:.1f} MB/s of processor time, {found['series']} series, ")
            say(f"{found['points']} points, peak {found['peak_kb'] // 1000} MB\n")
            say(f"  keeps {', '.join(found['kept'])}\n")
        for counting in (["wc", "-l"], ["grep", "-c", "Solving for"]):
            begun = time.monotonic()
            subprocess.run(
                [*counting, str(log)],
                env={**os.environ, "LC_ALL": "C"},
                capture_output=True,  # grep stops at the first match when nobody reads it
                check=True,
            )
            say(
                f"{' '.join(counting)}: {log.stat().st_size / (time.monotonic() - begun) / 1e6:.0f} MB/s\n"
            )


if __name__ == "__main__":
    if sys.argv[1] == "--one":
        sys.stdout.write(json.dumps(feed(Path(sys.argv[2]))) + "\n")
    else:
        main(Path(sys.argv[1]), sys.argv[2] if len(sys.argv) > 2 else None)
