"""What was handed over, file by file, so that a restart hands over only what changed while the watcher was down."""

import json
import os
import sqlite3
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from watcher.digest import HASHING, MODULUS, digest_of, digest_of_many
from watcher.memoryfile import MemoryFile, MemoryFullError
from watcher.memoryrows import Folders, about_file, count_digests_anew, exact_stamp, write_rows
from watcher.scan import FileStamp

__all__ = ["Memory", "MemoryFullError", "TreeMemory"]


class Memory:
    """All roots' memory, in one file that is this process's alone; safe from several threads.

    Nothing that was kept outlasts a kill before `commit`; after it, everything does. Every method may raise
    MemoryFullError and works again once the disk does; a damaged file is set aside and begun anew, empty.
    """

    def __init__(self, path: Path) -> None:
        self._file = MemoryFile(path)

    def tree(self, root_name: str) -> "TreeMemory":
        return TreeMemory(self._file, root_name)

    @property
    def diary(self) -> str | None:
        """Which diary database this was handed over to; None in a new file."""
        return self._file.read(lambda connection: _setting(connection, "diary"))

    @diary.setter
    def diary(self, diary: str | None) -> None:
        _set(self._file, "diary", diary)

    def forget(self) -> None:
        """Everything, the diary too; until the commit a kill brings it back."""

        def forget(connection: sqlite3.Connection) -> None:
            for rows in ("files", "folders", "tickets", "settings WHERE name <> 'hashing'"):
                connection.execute(f"DELETE FROM {rows}")  # nosec B608 # our own names; values are bound

        self._file.write(forget)

    def commit(self) -> None:
        self._file.commit()

    def close(self) -> None:
        """What is not committed is forgotten."""
        self._file.close()


class TreeMemory:
    """One root's; paths and folders are relative to it, the folder "" is the root itself.

    A folder is known while a file directly in it is; its digest is the sum of theirs modulo 2**64, 0 when it is not known.
    """

    def __init__(self, file: MemoryFile, root: str) -> None:
        self._file = file
        self._root = root

    digest_of = staticmethod(digest_of)
    digest_of_many = staticmethod(digest_of_many)

    def digests(self) -> dict[str, int]:
        """Of all known folders."""
        decode = os.fsdecode

        def digests(connection: sqlite3.Connection) -> dict[str, int]:
            if _setting(connection, "hashing") != HASHING:  # another Python wrote them
                count_digests_anew(connection)
            return {
                decode(path): digest % MODULUS
                for path, digest in connection.execute(
                    "SELECT path, digest FROM folders WHERE root = ?", (self._root,)
                )
            }

        return self._file.read(digests)

    def stamps(self, folder: str) -> dict[str, FileStamp]:
        """Name -> stamp of the files directly in the folder."""
        decode, path = os.fsdecode, os.fsencode(folder)
        return self._file.read(
            lambda connection: {
                decode(name): exact_stamp(stamp)
                for name, *stamp in connection.execute(
                    "SELECT name, inode, size, mtime_ns FROM files"
                    " WHERE folder = (SELECT id FROM folders WHERE root = ? AND path = ?)",
                    (self._root, path),
                )
            }
        )

    def stamp(self, path: str) -> FileStamp | None:
        folder, _, name = os.fsencode(path).rpartition(b"/")

        def stamp(connection: sqlite3.Connection) -> FileStamp | None:
            row = connection.execute(
                "SELECT inode, size, mtime_ns FROM files WHERE name = ?3"
                " AND folder = (SELECT id FROM folders WHERE root = ?1 AND path = ?2)",
                (self._root, folder, name),
            ).fetchone()
            return None if row is None else exact_stamp(row)

        return self._file.read(stamp)

    def about(self, path: str) -> dict[str, Any] | None:
        """For people: what was handed over of a file, and whether that was confirmed."""
        return self._file.read(lambda connection: about_file(connection, self._root, path))

    def folders_below(self, folder: str) -> list[str]:
        """The known ones, itself included, in the order of their bytes."""
        where, values = self._below(folder)
        return self._file.read(
            lambda connection: [
                os.fsdecode(path)
                for (path,) in connection.execute(
                    f"SELECT path FROM folders WHERE {where} ORDER BY path",  # nosec B608 # our own names; values are bound
                    values,
                )
            ]
        )

    def since(self, at: int) -> list[str]:
        """The files handed over at or after that unix second."""
        return self._file.read(
            lambda connection: [
                _join(folder, name)
                for folder, name in connection.execute(
                    "SELECT folders.path, files.name FROM folders JOIN files ON files.folder = folders.id"
                    " WHERE folders.root = ?1 AND folders.handed_at >= ?2 AND files.handed_at >= ?2",
                    (self._root, at),
                )
            ]
        )

    def keep(self, stamps: Mapping[str, FileStamp | None], ticket: str, at: int) -> None:
        """These were handed over with that ticket at that unix second; None: the file is gone.

        A path that ends with "/" is a folder that is gone: noted with the ticket; `drop_folder` forgets its files.
        With the ticket "" nobody asks, and none is noted.
        """
        if not stamps:
            return
        folders: Folders = {}
        encode = os.fsencode
        for path, stamp in stamps.items():
            folder, _, name = encode(path).rpartition(b"/")
            if name:
                folders.setdefault(folder, {})[name] = stamp
        paths = b"\0".join(map(encode, stamps))

        def keep(connection: sqlite3.Connection) -> None:
            write_rows(connection, self._root, folders, at)
            if ticket:
                connection.execute(
                    "INSERT INTO tickets SELECT ?1, ?2, coalesce(max(id), 0) + 1, ?3"
                    " FROM tickets WHERE root = ?1 AND ticket = ?2",
                    (self._root, ticket, paths),
                )

        self._file.write(keep)

    def confirm(self, ticket: str) -> None:
        """Everything handed over with it was read."""

        def confirm(connection: sqlite3.Connection) -> None:
            connection.execute(
                "DELETE FROM tickets WHERE root = ? AND ticket = ?", (self._root, ticket)
            )

        self._file.write(confirm)

    def tickets(self) -> dict[str, list[str]]:
        """Ticket -> paths, of those not confirmed. A path handed over again meanwhile stands with both tickets."""

        def tickets(connection: sqlite3.Connection) -> dict[str, list[str]]:
            found: dict[str, list[str]] = {}
            for ticket, paths in connection.execute(
                "SELECT ticket, paths FROM tickets WHERE root = ? ORDER BY ticket, id",
                (self._root,),
            ):
                found.setdefault(ticket, []).extend(os.fsdecode(paths).split("\0"))
            return found

        return self._file.read(tickets)

    def drop_folder(self, folder: str) -> None:
        """Forgets its files and everything below; not the tickets they were handed over with."""
        where, values = self._below(folder)

        def drop(connection: sqlite3.Connection) -> None:
            below = f"SELECT id FROM folders WHERE {where}"  # nosec B608 # our own names; values are bound
            connection.execute(f"DELETE FROM files WHERE folder IN ({below})", values)  # nosec B608 # our own names; values are bound
            connection.execute(f"DELETE FROM folders WHERE {where}", values)  # nosec B608 # our own names; values are bound

        self._file.write(drop)

    @property
    def mounts(self) -> list[str]:
        """The mount points last seen inside the root, relative to it: an unmounted share is not a deleted folder."""

        def mounts(connection: sqlite3.Connection) -> list[str]:
            found: list[str] = json.loads(_setting(connection, f"mounts {self._root}") or "[]")
            return found

        return self._file.read(mounts)

    @mounts.setter
    def mounts(self, mounts: list[str]) -> None:
        _set(self._file, f"mounts {self._root}", json.dumps(mounts))

    def _below(self, folder: str) -> tuple[str, tuple[str | bytes, ...]]:
        """A condition on the rows of `folders`, and its values."""
        if not folder:
            return "root = ?", (self._root,)
        path = os.fsencode(folder)
        # "0" is the character after "/". The outer bounds are for SQLite: by an OR alone it reads the whole root.
        return (
            "root = ? AND path >= ? AND path < ? AND (path = ? OR path > ?)",
            (self._root, path, path + b"0", path, path + b"/"),
        )


def _setting(connection: sqlite3.Connection, name: str) -> str | None:
    row = connection.execute("SELECT value FROM settings WHERE name = ?", (name,)).fetchone()
    return None if row is None else str(row[0])


def _set(file: MemoryFile, name: str, value: str | None) -> None:
    def set_it(connection: sqlite3.Connection) -> None:
        connection.execute("DELETE FROM settings WHERE name = ?", (name,))
        if value is not None:
            connection.execute("INSERT INTO settings VALUES (?, ?)", (name, value))

    file.write(set_it)


def _join(folder: bytes, name: bytes) -> str:
    return os.fsdecode(folder + b"/" + name if folder else name)
