"""The program itself: what it is made of, and since when it serves."""

import functools
import os
import platform
import tomllib
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from django.conf import settings

PARTS = ("Django", "rq", "redis", "watchdog", "pyuwsgi", "psycopg", "rq-dashboard", "django-htmx")


@dataclass(frozen=True)
class Program:
    """Versions of the parts, and the web server of this instance on this host."""

    versions: tuple[tuple[str, str], ...]
    serving_since: float | None
    """Unix time of the web server's start; None: none runs here."""
    died: bool
    """There was one, and it did not end in order."""


def read_program() -> Program:
    pid = _pid()
    since = None if pid is None else _started_at(pid)
    return Program(versions(), since, died=pid is not None and since is None)


@functools.cache
def versions() -> tuple[tuple[str, str], ...]:
    """Ours, Python's and those of the packages that are there."""
    found = [("pdfjobs", _ours()), ("Python", platform.python_version())]
    for part in PARTS:
        try:
            found.append((part, metadata.version(part)))
        except metadata.PackageNotFoundError:
            continue
    return tuple(found)


def _ours() -> str:
    try:
        table = tomllib.loads((settings.BASE_DIR / "pyproject.toml").read_text())
        return str(table["project"]["version"])
    except (OSError, KeyError, tomllib.TOMLDecodeError):
        return "unknown"


def _pid() -> int | None:
    """Of the web server, from the file that it keeps while it lives."""
    try:
        return int((settings.INSTANCE.var / "uwsgi.pid").read_text())
    except (OSError, ValueError):
        return None


def _started_at(pid: int) -> float | None:
    """Unix time of a process's start; None when it is gone, or its number is another program's by now."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")
        boot = next(
            line for line in Path("/proc/stat").read_text().splitlines() if line.startswith("btime")
        )
    except OSError:
        return None
    if "uwsgi" not in fields[0]:
        return None
    ticks = int(fields[2].split()[19])
    return int(boot.split()[1]) + ticks / os.sysconf("SC_CLK_TCK")
