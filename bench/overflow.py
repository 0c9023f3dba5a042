"""Kernel queue overflow, forced: the watcher is stopped with 20,000 watched folders, and more happens than is kept.

While it is stopped, each folder's log gets a row and each folder a new file, and 200 fresh folders are filled: more
than twice what the kernel queues. Measured from its going on: until all is handed over, its share of a core from 10 s
later on, and how soon a change is heard then (less the quiet time). Beside it watchdog alone, stopped in the same way
before the same changes.
"""

import signal
import tempfile
import time
from pathlib import Path
from typing import Any

from bench.cpu import share
from bench.figures import in_ms
from bench.figures import share as quantile
from bench.rivals import Listener
from bench.watched import Watched

FOLDERS, SHORT_FOLDERS = 20_000, 10_000
"""The short form still makes more than one queue of events."""
FRESH = 200
FILES_A_FRESH_FOLDER = 10
ROW = b"     1          1     1     2  0.100000E+00  0.100000E+00  0.100000E+00\n"
AFTER_S, CPU_S = 10.0, 10.0
PATIENCE_S = 120.0
PROBES, PROBE_S = 50, 60.0
QUIET_S = 0.2
SETTINGS = f"[logs]\nquiet_s = {QUIET_S}\n"
QUEUED_EVENTS = Path("/proc/sys/fs/inotify/max_queued_events")


def run(short: bool) -> dict[str, Any]:
    folders = SHORT_FOLDERS if short else FOLDERS
    return {
        "unit": "s",
        "folders": folders,
        "max_queued_events": int(QUEUED_EVENTS.read_text()),
        **_ours(folders),
        **{f"watchdog_{name}": value for name, value in _watchdog(folders).items()},
    }


def _ours(folders: int) -> dict[str, Any]:
    with Watched(SETTINGS) as watched:
        runs = make_runs(watched.tree, folders)
        watched.consumer.hint("bench", runs)
        watched.start()
        watched.await_files(folders, PATIENCE_S)
        ready = watched.await_ready(PATIENCE_S)
        watched.account.forget()
        watched.send(signal.SIGSTOP)
        changes = _change(watched.tree, runs)
        watched.send(signal.SIGCONT)
        begun = time.monotonic()
        watched.await_files(folders * 2 + FRESH * FILES_A_FRESH_FOLDER, PATIENCE_S)
        missed = len(watched.await_none_missed(PATIENCE_S))
        delivered_s, twice = watched.account.last_at - begun, watched.account.twice
        time.sleep(AFTER_S)
        cpu = share(watched.process, CPU_S)
        lags = _probe(watched, runs)
        return {
            "delivered_s": round(delivered_s, 2),
            "changes": changes,
            "missed": missed,
            "twice": twice,
            "cpu_percent": cpu,
            "probes_heard": len(lags),
            "probe_p95_ms": in_ms(quantile(lags, 0.95) - QUIET_S) if lags else None,
            "watches": ready.get("watches"),
            "overflows": watched.state().get("overflows"),
            "rescans": watched.state().get("rescans"),
        }


def _watchdog(folders: int) -> dict[str, Any]:
    with tempfile.TemporaryDirectory(prefix="pdfjobs-bench-") as scratch:
        tree = Path(scratch) / "tree"
        runs = make_runs(tree, folders)
        with Listener("watchdog", tree) as listener:
            listener.process.suspend()
            _change(tree, runs)
            listener.process.resume()
            time.sleep(AFTER_S)  # it says nothing of what it lost, so there is no end to wait for
            time.sleep(AFTER_S)
            cpu = share(listener.process, CPU_S)
            heard = listener.end()
        there = {str(path.relative_to(tree)) for path in tree.rglob("*.*")}
    return {"missed": len(there - heard.paths), "cpu_percent": cpu}


def make_runs(tree: Path, folders: int) -> list[str]:
    """So many run folders with a log each; their paths relative to the tree."""
    runs = [f"project_{number // 100}/run_{number}" for number in range(folders)]
    for run in runs:
        (tree / run).mkdir(parents=True)
        (tree / run / "beam.sta").write_bytes(ROW)
    return runs


def _change(tree: Path, runs: list[str]) -> int:
    """Rows in all logs, a new file in all folders, fresh folders; how many files that were."""
    for run in runs:
        _append(tree / run / "beam.sta")
        (tree / run / "beam.cvg").write_bytes(ROW)
    for fresh in range(FRESH):
        folder = tree / f"fresh_{fresh}" / "deeper"
        folder.mkdir(parents=True)
        for number in range(FILES_A_FRESH_FOLDER):
            (folder / f"case_{number}.sta").write_bytes(ROW)
    return 2 * len(runs) + FRESH * FILES_A_FRESH_FOLDER


def _append(path: Path) -> None:
    with path.open("ab") as file:
        file.write(ROW)


def _probe(watched: Watched, runs: list[str]) -> list[float]:
    """Appends to logs all over the tree; seconds until each was handed over, those that were in time."""
    account = watched.account
    chosen = runs[:: max(1, len(runs) // PROBES)][:PROBES]
    written: dict[str, float] = {}
    for run in chosen:
        path = f"{run}/beam.sta"
        _append(watched.tree / path)
        written[path] = time.monotonic()
        time.sleep(0.02)
    deadline = time.monotonic() + PROBE_S
    while time.monotonic() < deadline and not all(
        account.told_at.get(path, 0.0) >= at for path, at in written.items()
    ):
        time.sleep(0.02)
    told = account.told_at
    return [told[path] - at for path, at in written.items() if told.get(path, 0.0) >= at]
