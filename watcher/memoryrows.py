"""How the files of a tree lie in the memory's tables, and how a folder's digest keeps in step with them."""

import os
import sqlite3
from collections.abc import Collection, Iterable
from itertools import groupby
from operator import itemgetter
from typing import Any

from watcher.digest import HASHING, MODULUS, digest_of, digest_of_many
from watcher.scan import FileStamp

Folders = dict[bytes, dict[bytes, FileStamp | None]]
"""Folder -> name -> stamp, or None for a file that is gone."""


def write_rows(connection: sqlite3.Connection, root: str, folders: Folders, at: int) -> None:
    """Its digests change by what each file adds and by what it was there before."""
    (unused_id,) = connection.execute("SELECT coalesce(max(id), 0) + 1 FROM folders").fetchone()
    kept, gone, known = [], [], []
    for path, stamps in sorted(folders.items()):
        row = connection.execute(
            "SELECT id, digest, files FROM folders WHERE root = ? AND path = ?", (root, path)
        ).fetchone()
        folder, digest, count = row or (unused_id, 0, 0)
        unused_id += row is None
        before = _stamps_among(connection, folder, stamps, count) if row else {}
        for name, stamp in sorted(stamps.items()):
            old = before.get(name)
            if old is not None:
                digest -= digest_of(os.fsdecode(name), old)
                count -= 1
            if stamp is not None:
                digest += digest_of(os.fsdecode(name), stamp)
                count += 1
                kept.append((folder, name, *map(_storable, stamp), at))
            elif old is not None:
                gone.append((folder, name))
        known.append((folder, root, path, _signed(digest), count, at))
    connection.executemany("INSERT OR REPLACE INTO files VALUES (?, ?, ?, ?, ?, ?)", kept)
    connection.executemany("DELETE FROM files WHERE folder = ? AND name = ?", gone)
    connection.executemany(
        "INSERT INTO folders VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET"
        " digest = excluded.digest, files = excluded.files,"
        " handed_at = max(handed_at, excluded.handed_at)",
        known,
    )
    connection.executemany(
        "DELETE FROM folders WHERE id = ?", [(row[0],) for row in known if row[4] == 0]
    )


def about_file(connection: sqlite3.Connection, root: str, path: str) -> dict[str, Any] | None:
    """What was handed over of a file, and when (unix second); None: nothing. Changes nothing."""
    folder, _, name = os.fsencode(path).rpartition(b"/")
    row = connection.execute(
        "SELECT inode, size, mtime_ns, files.handed_at FROM files JOIN folders ON folders.id = folder"
        " WHERE root = ? AND path = ? AND name = ?",
        (root, folder, name),
    ).fetchone()
    if row is None:
        return None
    inode, size, mtime_ns = exact_stamp(row[:3])
    return {
        "inode": inode,
        "size": size,
        "mtime_ns": mtime_ns,
        "handed_at": row[3],
        "unconfirmed": _unconfirmed(connection, root, os.fsencode(path)),
    }


def _unconfirmed(connection: sqlite3.Connection, root: str, path: bytes) -> bool:
    """Whether a ticket of it is open: it was handed over, and nobody was seen to have read it."""
    rows = connection.execute(
        "SELECT paths FROM tickets WHERE root = ? AND instr(paths, ?)", (root, path)
    )
    return any(path in paths.split(b"\0") for (paths,) in rows)


def exact_stamp(row: Iterable[int | str]) -> FileStamp:
    inode, size, mtime_ns = map(int, row)
    return inode, size, mtime_ns


def _storable(number: int) -> int | str:
    """SQLite's integers end at 2**63; inode numbers of some shares and broken times do not."""
    return number if -MODULUS // 2 <= number < MODULUS // 2 else str(number)


def _stamps_among(
    connection: sqlite3.Connection, folder: int, names: Collection[bytes], count: int
) -> dict[bytes, FileStamp]:
    """Those of the names that are known; one by one only where they are few of the folder's many."""
    columns = "SELECT name, inode, size, mtime_ns FROM files WHERE folder = ?"
    if count <= 8 * len(names):
        rows = connection.execute(columns, (folder,)).fetchall()
    else:
        found = [
            connection.execute(f"{columns} AND name = ?", (folder, name)).fetchone()
            for name in names
        ]
        rows = [row for row in found if row]
    return {name: exact_stamp(stamp) for name, *stamp in rows}


def count_digests_anew(connection: sqlite3.Connection) -> None:
    """Of every root. A million files take seconds, but only after another Python wrote them."""
    if not connection.in_transaction:
        connection.execute("BEGIN")
    rows = connection.execute("SELECT folder, name, inode, size, mtime_ns FROM files")
    digests = [
        (
            _signed(digest_of_many((os.fsdecode(row[1]), exact_stamp(row[2:])) for row in files)),
            folder,
        )
        for folder, files in groupby(rows, itemgetter(0))
    ]
    connection.executemany("UPDATE folders SET digest = ? WHERE id = ?", digests)
    connection.execute("UPDATE settings SET value = ? WHERE name = 'hashing'", (HASHING,))


def _signed(digest: int) -> int:
    """As SQLite stores 64 bits; `% MODULUS` takes it back."""
    return (digest + MODULUS // 2) % MODULUS - MODULUS // 2
