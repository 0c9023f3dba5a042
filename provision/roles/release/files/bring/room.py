"""Whether the disks have room for what a change of release writes beside the diary: a backup, and a copy of the database.

Asked before anything is done: a disk that is full in the middle holds up everybody.
"""

import json
import os
import socket
import struct
import tomllib
from collections import defaultdict
from pathlib import Path
from typing import Any, NamedTuple

from host import Host, ReleaseError

SPARE_BYTES = 64 * 2**20
"""Of each disk, for all that goes on meanwhile."""
CREDENTIALS = struct.Struct("3i")
"""What the kernel says of who listens on a socket: process, account, group."""


class Need(NamedTuple):
    """So many bytes in this folder."""

    place: Path
    bytes: int
    words: str


def check(host: Host, name: str, *, with_backup: bool) -> None:
    """ReleaseError with every disk that has too little; asks by the release `name`."""
    try:
        faults = _faults(_needs(host, name, with_backup=with_backup))
    except (OSError, ReleaseError) as error:
        raise ReleaseError(f"how much room there must be cannot be told: {error}") from error
    if faults:
        raise ReleaseError("; ".join(faults))


def _needs(host: Host, name: str, *, with_backup: bool) -> list[Need]:
    """A backup is tried in a database of its own, which is gone before the copy is made: one copy in any case."""
    settings: dict[str, Any] = tomllib.loads(host.settings.read_text())
    size: dict[str, int] = json.loads(host.own(name, "database.py", "size"))
    of_the_backup = _of_the_backup(host, settings, size) if with_backup else []
    return [*_of_the_copy(settings["database"], size), *of_the_backup]


def _of_the_copy(database: dict[str, Any], size: dict[str, int]) -> list[Need]:
    """Twice, since PostgreSQL writes the copy into its log first; none where the server's disk is not to be seen."""
    path = Path(database.get("host", "")) / f".s.PGSQL.{database.get('port', 5432)}"
    if not path.is_absolute():
        return []  # another host
    with socket.socket(socket.AF_UNIX) as server:
        server.connect(str(path))
        told = server.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, CREDENTIALS.size)
    data = Path(f"/proc/{CREDENTIALS.unpack(told)[0]}/cwd").resolve()
    log = min(size["whole"], size["log"])
    words = "a copy of the database"
    return [Need(data, size["whole"], words), Need(data / "pg_wal", log, words)]


def _of_the_backup(host: Host, settings: dict[str, Any], size: dict[str, int]) -> list[Need]:
    """What it takes at most: packed tables are no larger than the tables, and two of them lie in VAR for a while."""
    to = settings.get("backup", {}).get("to", "") or str(host.var / "backups")
    needs = [Need(host.var, 2 * size["tables"], "a backup")]
    if not to.startswith("s3://"):
        needs.append(Need(Path(to), size["tables"], "a backup"))
    return needs


def _faults(needs: list[Need]) -> list[str]:
    disks: dict[int, list[Need]] = defaultdict(list)
    for need in needs:
        place = next(each for each in (need.place, *need.place.parents) if each.exists())
        disks[place.stat().st_dev].append(need._replace(place=place))
    faults = []
    for on_it in disks.values():
        room = os.statvfs(on_it[0].place)
        wanted = sum(need.bytes for need in on_it) + SPARE_BYTES
        free = room.f_bavail * room.f_frsize
        if free < wanted:
            words = " and ".join(dict.fromkeys(need.words for need in on_it))
            faults.append(
                f"the disk of {on_it[0].place} has no room for {words}:"
                f" {_mb(wanted)} are needed, {_mb(free)} are free"
            )
    return faults


def _mb(size: int) -> str:
    return f"{size / 1e6:,.0f} MB"
