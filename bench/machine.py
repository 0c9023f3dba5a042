"""What the figures were measured on."""

import os
import platform
import sqlite3
import tempfile
from pathlib import Path
from typing import Any

import psutil


def describe() -> dict[str, Any]:
    """The first line; `load` is the minute before the start, so a busy machine shows."""
    scratch = Path(tempfile.gettempdir()).resolve()
    return {
        "bench": "machine",
        "cores": len(os.sched_getaffinity(0)),
        "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version,
        "load": round(os.getloadavg()[0], 2),
        "scratch": _file_system(scratch),
    }


def _file_system(path: Path) -> str:
    """Type of the file system that a path is on, e.g. ext4."""
    mounts = {Path(part.mountpoint): part.fstype for part in psutil.disk_partitions(all=True)}
    return next((mounts[above] for above in (path, *path.parents) if above in mounts), "unknown")
