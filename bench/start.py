"""Starts on an archive of 100,000 run folders with 1,000,000 files: the first, one with nothing changed, one with 1,000 changes.

The first hands over everything, in the background. The second has to find that nothing is new: until its scan of the
tree has ended, beside `find -printf` of inode, size and time of the same files, both with a warm cache. The third has
to hand over exactly what was appended to, made and deleted while the watcher was down.
"""

import shutil
import subprocess
import time
from pathlib import Path
from typing import Any

from bench.figures import share
from bench.watched import Watched
from bench.writers import FILES_A_FOLDER, Burst, burst

FILES, SHORT_FILES = 1_000_000, 50_000
CHANGES = 1_000
"""Rows appended; one of ten is a new file, one of a hundred a folder that was deleted."""
FINDS = 3
PATIENCE_S = 120.0
SCAN_S = 300.0
ROW = b"     1          1     1     2  0.100000E+00  0.100000E+00  0.100000E+00\n"


def run(short: bool) -> dict[str, Any]:
    with Watched() as watched:
        made = burst(watched.tree, "archive", SHORT_FILES if short else FILES)
        first = _first(watched, made)
        finds = [_find_s(watched.tree) for _ in range(FINDS)]
        again = _again(watched)
        finds.append(_find_s(watched.tree))
        changed = _changed(watched)
    find_s = share(finds, 0.5)
    return {
        "unit": "s",
        "files": made.files,
        "folders": made.files // FILES_A_FOLDER,
        "scan_s": again.pop("scan_s"),
        "find_s": round(find_s, 2),
        **first,
        **{f"unchanged_{name}": value for name, value in again.items()},
        **{f"changed_{name}": value for name, value in changed.items()},
    }


def _first(watched: Watched, made: Burst) -> dict[str, Any]:
    begun = watched.start()
    watched.await_files(made.files, PATIENCE_S)
    watched.await_calm(SCAN_S)
    import_s = watched.account.last_at - begun
    figures = {
        "import_s": round(import_s, 1),
        "import_rate": round(made.files / import_s),
        "import_missed": len(watched.account.missed()),
        "import_twice": watched.account.twice,
        "import_peak_mb": _mb(watched.peak_bytes()),
    }
    watched.await_ready(SCAN_S)
    watched.stop()
    watched.account.forget()
    return figures


def _again(watched: Watched) -> dict[str, Any]:
    """With nothing changed: a heartbeat says when the scan ended."""
    scan_s = watched.start_and_scan(SCAN_S)
    watched.await_calm(PATIENCE_S)
    figures = {
        "scan_s": round(scan_s, 2),
        "handed": watched.account.handed,
        "peak_mb": _mb(watched.peak_bytes()),
    }
    watched.stop()
    watched.account.forget()
    return figures


def _changed(watched: Watched) -> dict[str, Any]:
    wanted = _change(watched.tree, watched.account.stamps)
    scan_s = watched.start_and_scan(SCAN_S)
    watched.await_calm(PATIENCE_S)
    handed = set(watched.account.told_at)
    return {
        "files": len(wanted),
        "scan_s": round(scan_s, 2),
        "missed": len(wanted - handed),
        "needless": len(handed - wanted),
        "twice": watched.account.twice,
    }


def _change(tree: Path, known: dict[str, Any]) -> set[str]:
    """Changes files all over the tree; the paths to be told of."""
    step = max(1, len(known) // CHANGES)
    changed = set()
    for number, path in enumerate(sorted(known)[::step][:CHANGES]):
        folder = path.rpartition("/")[0]
        if number % 100 == 7:
            shutil.rmtree(tree / folder)
            path = f"{folder}/"
        elif number % 10 == 8:
            path = f"{folder}/new_{number}.sta"
        if not path.endswith("/"):
            with (tree / path).open("ab") as file:
                file.write(ROW)
        if number % 100 == 9:  # a lone file that is gone leaves its facts, so nobody is told
            next(one for one in (tree / folder).iterdir() if one != tree / path).unlink()
        changed.add(path)
    return changed


def _find_s(tree: Path) -> float:
    begun = time.monotonic()
    subprocess.run(
        ["find", str(tree), "-printf", r"%i %s %T@ %p\n"], stdout=subprocess.DEVNULL, check=True
    )
    return time.monotonic() - begun


def _mb(count: int) -> float:
    return round(count / 1e6, 1)
