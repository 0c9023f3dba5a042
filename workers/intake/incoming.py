"""One drop's way through runs/.incoming/NUMBER/; what lies there says how far it has come.

drop/ holds the thing under its own name, sidecar.toml what lay beside it, unpacked/ an archive's content,
plan.json what was decided, run/ the run folder to be. Every step may be killed and done again.
"""

import fcntl
import filecmp
import json
import os
import shutil
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from pdfjobs import names
from pdfjobs.services.intake import NewJob, signed
from workers.errors import RefusedDropError
from workers.intake import archives, deckfolder, sidecar
from workers.intake.moving import HALF, move, write_whole


@dataclass(frozen=True)
class Plan:
    """What a drop becomes, decided once."""

    job: NewJob
    content: str
    """The folder or file that the deck is or lies in, below .incoming/NUMBER; stored escaping."""
    deck: str
    """The deck's name in a content that is a folder, else empty; stored escaping."""
    aside: dict[str, str]
    """Old and new names of what came along from an earlier run."""


class Incoming:
    """The folder of one claimed drop."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.drop, self.sidecar = home / "drop", home / "sidecar.toml"
        self.run = home / "run"

    @contextmanager
    def held(self) -> Iterator[bool]:
        """False while another process is at it; two at once would take each other's half-done work for dead."""
        self.home.mkdir(parents=True, exist_ok=True)
        fd = os.open(self.home / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(fd)
            yield False
            return
        try:
            yield os.fstat(fd).st_nlink > 0  # else its holder was done, and has cleared it away
        finally:
            os.close(fd)

    def is_held(self) -> bool:
        """Whether a process is at it right now; leaves no trace."""
        try:
            fd = os.open(self.home / "lock", os.O_RDWR | os.O_CLOEXEC)
        except FileNotFoundError:
            return False
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        finally:
            os.close(fd)
        return False

    def clear(self) -> None:
        shutil.rmtree(self.home)

    def dropped(self) -> Path | None:
        """The thing itself, once it is here."""
        try:
            return next((thing for thing in self.drop.iterdir() if thing.name != HALF), None)
        except FileNotFoundError:
            return None

    def fetch(self, source: Path, device: int | None, inode: int | None, most: int) -> Path | None:
        """Moves the drop and its sidecar here; None when it is gone or another thing has its name."""
        target = self.drop / source.name
        if is_there(source, device, inode):
            if source.lstat().st_dev != self.home.stat().st_dev:
                _check_copyable(source, most)
            self.drop.mkdir(exist_ok=True)
            if not (os.path.lexists(target) and os.path.samestat(source.lstat(), target.lstat())):
                move(source, target)
        elif not os.path.lexists(target):
            return None
        beside = source.with_name(source.name + sidecar.ENDING)
        is_beside = len(os.fsencode(beside.name)) <= 255 and os.path.lexists(beside)
        is_ours = not os.path.lexists(self.sidecar) or (
            is_beside and _is_copy(beside, self.sidecar)
        )
        if is_beside and is_ours:  # else it is for the next deck of this name
            move(beside, self.sidecar)
        return target

    def content(self, dropped: Path, limits: archives.Limits) -> Path:
        """The folder or file to look for a deck in; archives are unpacked."""
        mode = dropped.lstat().st_mode
        check_kind(mode)
        if stat.S_ISDIR(mode):
            return deckfolder.inner_folder(dropped)
        if dropped.name.endswith(sidecar.ENDING):
            deck = dropped.name.removesuffix(sidecar.ENDING)
            raise RefusedDropError(
                f"It is a sidecar, but no deck {deckfolder.shown(deck)} came with it; drop both together, the sidecar first."
            )
        if not archives.is_archive(dropped.name, deckfolder.read_head(dropped)):
            return dropped
        unpacked = self.home / "unpacked"
        if not unpacked.exists():
            self._unpack(dropped, unpacked, limits)
        return deckfolder.inner_folder(unpacked)

    def _unpack(self, dropped: Path, unpacked: Path, limits: archives.Limits) -> None:
        half = self.home / "unpacking"
        shutil.rmtree(half, ignore_errors=True)
        half.mkdir()
        try:
            archives.unpack(dropped, half, limits)
        except (OSError, RefusedDropError):
            shutil.rmtree(half)  # it may be what fills the disk
            raise
        half.rename(unpacked)

    def read_plan(self) -> Plan | None:
        try:
            table = json.loads((self.home / "plan.json").read_bytes())
        except FileNotFoundError:
            return None
        job = NewJob(**{**table["job"], "base_runs": tuple(table["job"]["base_runs"])})
        return Plan(**{**table, "job": job})

    def keep_plan(self, plan: Plan) -> None:
        write_whole(self.home / "plan.json", json.dumps(asdict(plan)).encode("ascii"))

    def build(self, plan: Plan) -> NewJob:
        """Makes run/ as planned; the job with the files that it starts with."""
        content = self.home / names.from_stored(plan.content)
        deck_file = self.run / plan.job.deck_file
        if plan.deck:
            if not os.path.lexists(self.run):
                content.rename(self.run)
            inside = self.run / names.from_stored(plan.deck)
            if inside != deck_file and os.path.lexists(inside):
                inside.rename(deck_file)
        else:
            self.run.mkdir(exist_ok=True)
            if os.path.lexists(content):
                content.rename(deck_file)
        for old, new in plan.aside.items():
            if os.path.lexists(self.run / old):
                (self.run / new).parent.mkdir(exist_ok=True)
                (self.run / old).rename(self.run / new)
        files = sorted(names.to_stored(file.name) for file in self.run.iterdir())
        return replace(plan.job, deck={**plan.job.deck, "files": files})

    def settle(self, place: Path) -> None:
        """Renames run/ to its final place, unless that is done."""
        if os.path.lexists(self.run):
            self.run.rename(place)


def is_there(source: Path, device: int | None, inode: int | None) -> bool:
    """Whether a name in the hot folder still is the thing that was claimed."""
    try:
        now = source.lstat()
    except FileNotFoundError:
        return False
    return (signed(now.st_dev), signed(now.st_ino)) == (device, inode)


def check_kind(mode: int) -> None:
    """Refuses what is neither file nor folder."""
    if stat.S_ISLNK(mode):
        raise RefusedDropError("It is a symbolic link; drop the file itself.")
    if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):
        raise RefusedDropError("It is neither a file nor a folder; drop a deck.")


def _check_copyable(source: Path, most: int) -> None:
    """Before a copy from another file system: a link's target and a device's bytes are not to be copied."""
    mode = source.lstat().st_mode
    check_kind(mode)
    if stat.S_ISDIR(mode):
        deckfolder.check_tree(source, most)


def _is_copy(beside: Path, kept: Path) -> bool:
    """Whether a sidecar is what a kill left of a move to another file system."""
    both_files = all(stat.S_ISREG(path.lstat().st_mode) for path in (beside, kept))
    return both_files and filecmp.cmp(beside, kept, shallow=False)
