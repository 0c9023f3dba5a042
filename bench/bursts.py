"""Nothing missed, nothing twice: two processes write as many files as they can into a watched tree.

Flat, and into fresh nested folders that each get ten files at once. Ours is counted at the queue, by the look of
each file when it is handed over; then the watcher is restarted, and must find nothing to add. Beside it watchdog as it comes, watchdog told of created or closed files only, and watchfiles, each alone on a burst of its
own: missed is a file that no event named. `rate` is files a second from the first write to the last news, so it is
never above what the writers write (`written`); ours waits until a file is quiet, and that is in its rate.
"""

import shutil
import tempfile
import time
from pathlib import Path
from typing import Any

from bench.cpu import share
from bench.rivals import Listener
from bench.watched import Watched
from bench.writers import Shape, burst

SIZES = (10_000, 100_000, 300_000)
SHORT_SIZES = (10_000,)
SHAPES: tuple[Shape, ...] = ("flat", "nested")
RIVALS = ("watchdog", "watchdog-closed", "watchfiles")
PATIENCE_S = 60.0
"""Ours has a scan every so often as its last net: it is given the time to use it."""
IDLE_PERCENT = 2.0
SCAN_S = 300.0


def run(short: bool) -> dict[str, Any]:
    """A group of figures for each burst: files, then shape, then who watched."""
    figures: dict[str, Any] = {"unit": "files"}
    for files in SHORT_SIZES if short else SIZES:
        for shape in SHAPES:
            ours = _ours(shape, files)
            rivals = {kind: _rival(kind, shape, files) for kind in RIVALS}
            figures[f"{shape}_{files}"] = {"ours": ours, **rivals}
    return figures


def _ours(shape: Shape, files: int) -> dict[str, Any]:
    with Watched() as watched:
        watched.start()
        watched.await_ready()
        written = burst(watched.tree, shape, files)
        watched.await_files(written.files, PATIENCE_S)
        watched.await_none_missed(PATIENCE_S)
        last_at, state = watched.account.last_at, watched.state()
        watched.stop()
        watched.start_and_scan(SCAN_S)
        watched.await_calm(PATIENCE_S)
        account = watched.account
        return {
            "missed": len(account.missed()),
            "twice": account.twice,
            "rate": round(written.files / (last_at - written.began)),
            "written": round(written.rate),
            "last_s": round(last_at - written.ended, 2),
            "tasks": account.tasks,
            "after_restart": sum(at > last_at for at in list(account.told_at.values())),
            "overflows": state.get("overflows"),
        }


def _rival(kind: str, shape: Shape, files: int) -> dict[str, Any]:
    with tempfile.TemporaryDirectory(prefix="pdfjobs-bench-") as scratch:
        tree = Path(scratch) / "tree"
        tree.mkdir()
        with Listener(kind, tree) as listener:
            written = burst(tree, shape, files)
            _await_quiet(listener)
            heard = listener.end()
        there = {str(path.relative_to(tree)) for path in tree.rglob("*.sta")}
        shutil.rmtree(tree)
    found = len(there & heard.paths)
    seconds = heard.last_at - written.began
    return {
        "missed": len(there) - found,
        "rate": round(found / seconds) if seconds > 0 else 0,
        "written": round(written.rate),
        "events": heard.events,
    }


def _await_quiet(listener: Listener) -> None:
    """Until the process has nothing more to do: what it has heard by then is what it hears."""
    deadline = time.monotonic() + PATIENCE_S
    time.sleep(1.0)
    while share(listener.process, 1.0) > IDLE_PERCENT and time.monotonic() < deadline:
        pass
