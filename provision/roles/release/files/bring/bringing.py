"""One change from a release to another, and the way back.

Where the database changes with it, nobody writes meanwhile: watcher and workers are ended, requests wait in the pages'
socket, and a copy of the database is made first. So the way back is exact, whatever a migration did: the copy takes
its place. Requests are let in again last, when all else was seen to run.
"""

import contextlib
import fcntl
import json
import signal
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import IO, Any

import health
import room
from host import SERVE, WORK, Host, ReleaseError


@dataclass
class Note:
    """What was done so far; on the disk, since whoever does it may be killed."""

    old: str
    new: str
    copied: bool = False
    """The database was copied: the copy holds what the old release had."""
    led: bool = False
    """`current` leads to the new release, whose processes may have worked."""
    opened_at: float | None = None
    """By the monotonic clock; requests may have reached the new release's pages since."""


class Bringing:
    def __init__(self, host: Host, note: Note, *, was_broken_off: bool = False) -> None:
        self._host, self._note, self._was_broken_off = host, note, was_broken_off
        self._file = host.app / "bringing.json"
        self._gate: IO[str] | None = None
        self._back: dict[str, str] = {}
        """Apps whose migrations the new release does not all know, each with the last that it does."""
        self._on = False
        """Whether it knows further ones."""

    def __str__(self) -> str:
        return f"change from release {self._note.old} to {self._note.new}"

    @classmethod
    def broken_off(cls, host: Host) -> "Bringing | None":
        """One that was killed in its middle."""
        try:
            note = Note(**json.loads((host.app / "bringing.json").read_text()))
        except FileNotFoundError:
            return None
        return cls(host, note, was_broken_off=True)

    def prepare(self, *, with_backup: bool, regardless_of_room: bool = False) -> None:
        """All that can be known without touching anything."""
        host, note = self._host, self._note
        with _step(f"release {note.new} cannot be loaded"):
            host.own(note.new, "trial.py", "load")
        if with_backup:
            if not regardless_of_room:
                room.check(host, note.old, with_backup=True)
            with _step("no backup could be made"):
                host.say(host.run(note.old, "manage.py", "backup").strip())
        with _step("its migrations cannot be compared with the database"):
            self._compare()
        if (self._back or self._on) and not regardless_of_room:
            room.check(host, note.old, with_backup=False)

    def carry_out(self) -> bool:
        """Whether the new release runs; else the old one does, and it was said why."""
        note, began = self._note, time.monotonic()
        try:
            if self._back or self._on:
                self._stand_still()
                with self._host.without_backups():
                    self._change_database()
            self._run_new()
        except BaseException as error:
            self._host.say(f"Release {note.new} was not brought: {error or type(error).__name__}.")
            self.take_back()
            return False
        self._keep()
        took = time.monotonic() - began
        self._host.say(f"Release {note.new} runs in the place of {note.old}, after {took:.0f} s.")
        return True

    def mend(self) -> None:
        """After it was killed: back, unless people have worked with the new release since."""
        host, note = self._host, self._note
        host.say(f"The {self} was broken off.")
        if note.opened_at is None:
            self.take_back()
        else:
            self._keep()
            host.say(f"Release {note.new} had been opened, and stays.")

    def take_back(self) -> None:
        """May be done again: each step finds what is left to do."""
        host, note = self._host, self._note
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        if not self._file.exists():
            host.say(f"Release {note.old} runs on; nothing was changed.")
            return
        try:
            kept = self._database_back() if note.copied else ""
            host.lead_to(note.old)
            self._open(SERVE, *WORK)
        except BaseException as error:
            host.say(
                f"There is no way back yet: {error or type(error).__name__}."
                " Mend that and run pdfjobs-release: it goes on here."
            )
            raise SystemExit(1) from error
        self._file.unlink()
        data = "as it was before" if note.copied else "not touched"
        try:
            health.wait_for(host, note.old, SERVE, *WORK)
            host.say(f"Release {note.old} runs as before; the database is {data}.{kept}")
        except ReleaseError as error:
            host.say(
                f"Release {note.old} is back, but not well: {error}. The database is {data}.{kept}"
            )

    def _keep(self) -> None:
        host, note = self._host, self._note
        self._file.unlink()
        host.lead_to(note.old, "previous")
        if note.copied:
            with contextlib.suppress(ReleaseError):  # goes with the next
                host.own(note.new, "database.py", "drop")

    def _compare(self) -> None:
        found: dict[str, Any] = json.loads(self._host.own(self._note.new, "database.py", "plan"))
        self._back, self._on = found["back"], found["on"]

    def _stand_still(self) -> None:
        """Nobody writes: workers end their tasks, solvers go on; then pages answer what they have begun."""
        self._write()
        with _step("the service cannot be held up"):
            self._host.systemctl("stop", *WORK)
            self._shut()

    def _change_database(self) -> None:
        host, note = self._host, self._note
        with _step("the database cannot be copied"):
            host.own(note.new, "database.py", "copy")
        note.copied = True
        self._write()
        for app, name in self._back.items():
            with _step(f"release {note.old} cannot take migrations of {app} back to {name}"):
                host.run(note.old, "manage.py", "migrate", "--noinput", app, name)
        if self._on:
            with _step("a migration failed"):
                host.run(note.new, "manage.py", "migrate", "--noinput")

    def _run_new(self) -> None:
        host, note = self._host, self._note
        with _step("its pages cannot be made"):
            host.own(note.new, "trial.py", "pages")
        note.led = True
        self._write()
        host.lead_to(note.new)
        if note.copied:
            health.restart(host, *WORK)
            health.wait_for(host, note.new, *WORK)
            note.opened_at = time.monotonic()
            self._write()
            self._open(SERVE)
        else:
            self._open(SERVE, *WORK)
        health.wait_for(host, note.new, SERVE, *WORK)

    def _database_back(self) -> str:
        host, note = self._host, self._note
        host.systemctl("stop", *WORK)
        self._shut()
        opened = note.opened_at is not None and health.has_served_since(host, note.opened_at)
        # Whoever held the gate was killed: the pages have been open since.
        is_kept = opened or self._was_broken_off
        kept = host.own(note.old, "database.py", "back", *(["keep"] if is_kept else []))
        if note.led:  # what the new release read, the old one has not
            for file in host.var.glob("watcher.sqlite3*"):
                file.unlink()
        return f" What people wrote meanwhile lies in the database {kept}." if kept else ""

    def _shut(self) -> None:
        """Requests wait in the socket, for as long as this process holds the lock that pages wait for at their start."""
        if self._gate is None:
            self._gate = (self._host.app / "hold").open("a")
            fcntl.flock(self._gate, fcntl.LOCK_EX)
        self._host.systemctl("stop", SERVE)

    def _open(self, *units: str) -> None:
        if self._gate is not None:
            self._gate.close()
            self._gate = None
        health.restart(self._host, *units)

    def _write(self) -> None:
        new = self._file.with_suffix(".new")
        new.write_text(json.dumps(asdict(self._note)))
        new.replace(self._file)


@contextlib.contextmanager
def _step(words: str) -> Iterator[None]:
    try:
        yield
    except ReleaseError as error:
        raise ReleaseError(f"{words}: {error}") from error
