"""What watching costs when nothing happens: per cent of a core with 20,000 watched folders, over half a minute.

Beside it watchdog and watchfiles idle over the same tree.
"""

import tempfile
import time
from pathlib import Path
from typing import Any

from bench.cpu import share
from bench.overflow import make_runs
from bench.rivals import Listener
from bench.watched import Watched

FOLDERS, SHORT_FOLDERS = 20_000, 2_000
SECONDS, SHORT_SECONDS = 30.0, 10.0
REST_S = 10.0
"""After the start, before it counts as idle."""
PATIENCE_S = 120.0
RIVALS = ("watchdog", "watchfiles")


def run(short: bool) -> dict[str, Any]:
    folders = SHORT_FOLDERS if short else FOLDERS
    seconds = SHORT_SECONDS if short else SECONDS
    with Watched() as watched:
        runs = make_runs(watched.tree, folders)
        watched.consumer.hint("bench", runs)
        watched.start()
        watched.await_files(folders, PATIENCE_S)
        ready = watched.await_ready(PATIENCE_S)
        time.sleep(REST_S)
        figures = {"cpu_percent": share(watched.process, seconds)}
        beat = watched.beat()
    with tempfile.TemporaryDirectory(prefix="pdfjobs-bench-") as scratch:
        tree = Path(scratch) / "tree"
        make_runs(tree, folders)
        for kind in RIVALS:
            with Listener(kind, tree) as listener:
                time.sleep(REST_S)
                figures[f"{kind}_cpu_percent"] = share(listener.process, seconds)
    return {
        "unit": "% of a core",
        "folders": folders,
        **figures,
        "seconds": seconds,
        "watches": ready.get("watches"),
        "rss_mb": round(beat["rss_bytes"] / 1e6, 1),
    }
