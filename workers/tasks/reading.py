"""Reads what was added to logs, in fair turns, and hands it to the diary."""

import logging
import os
import pwd
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from django.conf import settings

from pdfjobs import names, queue
from pdfjobs.jobfiles import NoSuchFileError, root_path
from pdfjobs.models import LogFile, Run
from pdfjobs.services import ingest as service
from pdfjobs.services import runs as run_service
from workers import rundisk
from workers.errors import RefusedDropError
from workers.intake import deckfolder
from workers.logfile import ChangingLogError, Mark, NoLogError, OpenLog, Trail
from workers.parsers import by_name, claimant
from workers.parsers.report import News, Parser
from workers.verdict import LauncherState

BLOCK = 1 << 20
TRIES = 5

log = logging.getLogger(__name__)


@dataclass
class Reading:
    """A turn to be saved, and whether the file holds more."""

    turn: service.Turn
    more: bool


def read_paths(root: str, paths: Iterable[str]) -> None:
    """Gives each of these files a turn; what holds more is queued again behind the others."""
    more = read_turns(root, paths)
    if more:
        about = f"read on in {names.readable(os.path.dirname(more[0]))}"
        queue.send("ingest", queue.INGEST, about, root=root, paths=more, ticket="")


def read_turns(root: str, paths: Iterable[str]) -> list[str]:
    """Gives each of these files a turn; those that want another. Needs no queue.

    One that cannot be read now keeps no other from its turn: it is among those that are returned, or raises
    when it is the last.
    """
    more: list[str] = []
    failed: dict[str, OSError] = {}
    try:
        base = root_path(root)
    except NoSuchFileError:
        log.warning("no root is called %s", root)
        return []
    for path in paths:
        try:
            if _read_path(base, root, path):
                more.append(path)
        except OSError as error:
            log.warning("%s: %s", base / path, error)
            failed[path] = error
    if failed and not more:
        raise next(iter(failed.values()))
    return [*more, *failed]


def _read_path(base: Path, root: str, path: str) -> bool:
    try:
        with OpenLog(base, base / path) as opened:
            if opened.size == 0:
                return False
            run = _run_of(root, path, opened)
            if run is None:
                return False
            for _ in range(TRIES):
                reading = read_turn(
                    run, _inside(run, path), opened, closing=run.ours and run.finished
                )
                if reading is None:
                    return False
                if service.record_turns(run, [reading.turn], _judge(run)):
                    return reading.more
                run.refresh_from_db()
            return True  # others read it at the same time: once more, later
    except NoLogError:
        return False


def _judge(run: Run) -> service.Judge:
    """While a run of ours is followed, its end is for `read_to_end` alone to say: it has read every file."""
    state: LauncherState | None = rundisk.launcher_state(run)
    if run.ours and not run.finished and state in ("ended", "lost"):
        state = "running"
    return rundisk.judge_of(run, state)


def _run_of(root: str, path: str, opened: OpenLog) -> Run | None:
    """The run that a file belongs to; made at first sight where a parser claims the file."""
    folder, _, name = path.rpartition("/")
    stem = rundisk.stem_of(name)
    stored = names.to_stored(folder)
    parents = [stored, *(stored[:i] for i, c in enumerate(stored) if c == "/")]
    run = run_service.find_run(root, parents, names.to_stored(stem))
    if run is not None and run.ours:
        started = run.record is not None or rundisk.launcher_state(run) != "never started"
        return (
            run
            if started and "/" not in _inside(run, path) and rundisk.belongs(run, name)
            else None
        )
    if run is not None and run.folder == stored:
        return run
    parser = claimant(opened.head())
    if parser is None or not folder or run_service.is_being_taken_in(root, stored):
        return None
    return _found(root, folder, stem, parser, opened)


def _inside(run: Run, path: str) -> str:
    return os.path.relpath(path, names.from_stored(run.folder))


def _found(root: str, folder: str, stem: str, parser: type[Parser], opened: OpenLog) -> Run:
    base = root_path(root)
    run = run_service.make_found_run(
        root,
        names.to_stored(folder),
        names.to_stored(stem),
        solver=parser.solver,
        name=stem,
        owner=_account(base / folder),
        seen=datetime.fromtimestamp(opened.mtime_ns / 1e9, UTC),
    )
    deck = base / folder / f"{stem}.inp"
    try:
        if deck.is_file() and not run.job.deck:
            found = deckfolder.read_deck(deck, base / folder)
            run_service.keep_deck(run, deck.name, found.facts.to_json())
    except RefusedDropError:
        pass  # not a deck that we read: the logs speak for themselves
    return run


def take_up_deck(root: str, folder: str) -> None:
    """Makes a job of a folder that holds a deck and no log: put there by hand, so it is not started."""
    base = root_path(root)
    try:
        found = deckfolder.find_deck(base / folder, os.path.basename(folder))
    except RefusedDropError:
        return
    run = run_service.make_found_run(
        root,
        names.to_stored(folder),
        names.to_stored(found.file.stem),
        solver=found.facts.solver,
        name=found.file.stem,
        owner=_account(base / folder),
        seen=datetime.fromtimestamp(found.file.stat().st_mtime, UTC),
    )
    run_service.keep_deck(run, found.file.name, found.facts.to_json())


def _account(path: Path) -> str:
    try:
        return pwd.getpwuid(path.stat().st_uid).pw_name
    except (KeyError, OSError):
        return ""


def read_turn(
    run: Run,
    path: str,
    opened: OpenLog,
    *,
    to_end: bool = False,
    closing: bool = False,
    anew: bool = False,
) -> Reading | None:
    """Reads the next part of one file; None when no parser claims it or nothing is new.

    `to_end` reads all there is; `closing` takes a last line without newline as it stands; `anew` begins at the
    first byte. Raises ChangingLogError when the file was written anew meanwhile.
    """
    row = LogFile.objects.filter(run=run, path=names.to_stored(path)).first()
    parser, generation, offset = _take_up(None if anew else row, opened)
    if parser is None:
        return None
    if row is not None and not offset:
        generation = row.generation + 1
    same = row is not None and generation == row.generation and offset == opened.size
    closed_before = same and row is not None and row.closed
    if same and row is not None and row.mtime_ns == opened.mtime_ns and row.closed >= closing:
        return None
    points: service.Points = {}
    trail = Trail(opened, offset)
    limit = opened.size if to_end else min(opened.size, offset + settings.PDFJOBS.logs.turn_bytes)
    while trail.offset < limit and (chunk := trail.read(min(BLOCK, limit - trail.offset))):
        extend(points, parser.feed(chunk))
    state = parser.state
    closed = closed_before or (closing and trail.offset >= opened.size)
    if closed:
        last = parser.finish()
        extend(points, last if not closed_before else News())  # its points are kept already
    mark = trail.mark()
    if trail.offset < limit or not _holds(opened, mark, row, generation):
        raise ChangingLogError(f"{run} {path}: written anew while it was read")
    checkpoint = service.Checkpoint(
        **vars(mark),
        parser=parser.name,
        parser_version=parser.version,
        generation=generation,
        size=opened.size,
        mtime_ns=opened.mtime_ns,
        state=state,
        closed=closed,
    )
    was = (row.generation, row.offset) if row else (0, 0)
    turn = service.Turn(names.to_stored(path), was, checkpoint, parser.report().to_json(), points)
    return Reading(turn, trail.offset < opened.size)


def _holds(opened: OpenLog, mark: Mark, row: LogFile | None, generation: int) -> bool:
    """Whether the file still has the bytes that were read now, and those that this reading went on from."""
    before = _mark_of(row) if row is not None and generation == row.generation else mark
    return opened.holds(before) and opened.holds(mark)


def _mark_of(row: LogFile) -> Mark:
    return Mark(row.device, row.inode, row.head_len, row.head_sha, row.tail_sha, row.offset)


def _take_up(row: LogFile | None, opened: OpenLog) -> tuple[Parser | None, int, int]:
    """Parser, generation and offset to go on with: the checkpoint's, or a new generation from the first byte."""
    if row is not None:
        kind = by_name(row.parser)
        grown_after_end = row.closed and opened.size != row.offset
        known = kind is not None and kind.version == row.parser_version and not grown_after_end
        if kind is not None and known and opened.goes_on(_mark_of(row)):
            return kind(row.state), row.generation, row.offset
    kind = claimant(opened.head())
    generation = row.generation + 1 if row is not None else 1
    return (kind() if kind is not None else None), generation, 0


def extend(points: service.Points, news: News) -> None:
    """Adds what a chunk brought."""
    for name, more in news.points.items():
        points.setdefault(name, []).extend(more)


def read_to_end(run: Run, *, anew: bool = False) -> None:
    """Reads every log of a run to its last byte and says how it stands, all in one transaction.

    A run of ours that has ended is closed by it: its last lines are taken as they stand. `anew` replaces what
    was read before.
    """
    for _ in range(TRIES):
        state = rundisk.launcher_state(run)
        closing = state in ("ended", "lost")
        turns = [reading.turn for reading in _whole_logs(run, closing, anew)]
        record = rundisk.record_of(run)
        if record is not None:
            run_service.keep_record(run, record)
        if service.record_turns(run, turns, rundisk.judge_of(run, state)):
            return
        run.refresh_from_db()
    raise OSError(f"run {run.pk}: other readers were faster {TRIES} times")


def _whole_logs(run: Run, closing: bool, anew: bool) -> Iterator[Reading]:
    base, folder = root_path(run.root), rundisk.folder_of(run)
    for name in rundisk.candidates(run):
        try:
            with OpenLog(base, folder / name) as opened:
                reading = read_turn(run, name, opened, to_end=True, closing=closing, anew=anew)
        except NoLogError:
            continue
        if reading is not None:
            yield reading
