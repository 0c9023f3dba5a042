"""What a file is to the parsers: which claims it, which others would, and how it stands to what was read of it."""

import fnmatch
from dataclasses import dataclass
from pathlib import Path

from pdfjobs.patience import NoAnswerError, Probe
from workers import parsers
from workers.decks import reader_for
from workers.explaining.place import PATIENCE_S, Place
from workers.logfile import NoLogError, OpenLog
from workers.parsers.report import HEAD_BYTES
from workers.tasks.upkeep import NOT_LOGS


@dataclass(frozen=True)
class Head:
    """What the first bytes of a file say."""

    trouble: str = ""
    """Why it could not be opened."""
    size: int = 0
    """Without the NUL bytes at its end."""
    inode: int = 0
    claims: tuple[tuple[str, str, int], ...] = ()
    """Solver, parser and version of every parser that takes it for its own."""
    deck_of: str = ""
    """The solver whose deck it is."""
    looked_at: int = HEAD_BYTES


def look(place: Place) -> Head:
    """Never waits longer than seconds."""
    if place.root is None:
        return Head(trouble="it lies in no root")
    root, path = Path(place.root.path), place.relative
    try:
        return Probe(lambda: _look(root, path), PATIENCE_S).answer()
    except NoAnswerError as error:
        return Head(trouble=str(error))


def _look(root: Path, path: str) -> Head:
    try:
        with OpenLog(root, path) as opened:
            head = opened.head()
            claims = _claims(head)
            reader = None if claims else reader_for(path.rpartition("/")[2], head)
            deck_of = reader.solver if reader else ""
            return Head("", opened.size, opened.inode, claims, deck_of)
    except (NoLogError, OSError) as error:
        return Head(trouble=str(error))


def _claims(head: bytes) -> tuple[tuple[str, str, int], ...]:
    """As `parsers.claimant` counts: the site's own are asked only for what nobody else claims."""
    every = [one for one in parsers.present() if one.claims(head[:HEAD_BYTES])]
    ours = [one for one in every if one in parsers.PARSERS]
    return tuple((one.solver, one.name, one.version) for one in ours or every)


def never_a_log(name: str) -> str:
    """The pattern by which the watcher is told to leave such files out; "" for none."""
    return next((pattern for pattern in NOT_LOGS if fnmatch.fnmatch(name, pattern)), "")


def present_version(parser: str) -> int | None:
    kind = parsers.by_name(parser)
    return kind.version if kind else None
