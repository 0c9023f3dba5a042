"""Reads what was added to logs, in fair turns, and hands it to the diary."""

import logging
import os
import pwd
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from django.conf import settings

from pdfjobs import names, queue
from pdfjobs.jobfiles import NoSuchFileError, root_path
from pdfjobs.models import LogFile, Run
from pdfjobs.services import ingest as service
from pdfjobs.services import runs as run_service
from workers import deckfolder, rundisk
from workers.errors import RefusedDropError
from workers.logfile import PRINT_BYTES, Mark, NoLogError, OpenLog
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
    more = []
    for path in paths:
        try:
            if _read_path(root, path):
                more.append(path)
        except NoSuchFileError:
            log.warning("no root is called %s", root)
    if more:
        about = f"read on in {names.readable(os.path.dirname(more[0]))}"
        queue.send("ingest", queue.INGEST, about, root=root, paths=more, ticket="")


def _read_path(root: str, path: str) -> bool:
    base = root_path(root)
    try:
        with OpenLog(base, base / path) as opened:
            if opened.size == 0:
                return False
            run = _run_of(root, path, opened)
            if run is None:
                return False
            for _ in range(TRIES):
                reading = read_turn(
                    run, os.path.relpath(path, names.from_stored(run.folder)), opened
                )
                if reading is None:
                    return False
                if service.record_turns(run, [reading.turn], _judge(run, opened.mtime_ns)):
                    return reading.more
                run.refresh_from_db()
            return True  # others read it at the same time: once more, later
    except NoLogError:
        return False


def _judge(run: Run, mtime_ns: int) -> service.Judge:
    """While a run of ours is followed, its end is for `finish` alone to say: it has read every file."""
    state: LauncherState | None = rundisk.launcher_state(run)
    if run.ours and not run.finished and state in ("ended", "lost"):
        state = "running"
    return rundisk.judge_of(run, state, max(mtime_ns, newest_mtime(run)))


def newest_mtime(run: Run) -> int:
    """Of the run's logs as last read, in ns."""
    return max(run.files.values_list("mtime_ns", flat=True), default=0)


def _run_of(root: str, path: str, opened: OpenLog) -> Run | None:
    """The run that a file belongs to; made at first sight where a parser claims the file."""
    folder, _, name = path.rpartition("/")
    stem = name.rpartition(".")[0] or name
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
    if parser is None or not folder:
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
    run: Run, path: str, opened: OpenLog, *, to_end: bool = False, closing: bool = False
) -> Reading | None:
    """Reads the next part of one file; None when no parser claims it or nothing is new.

    `to_end` reads all there is; `closing` takes a last line without newline as it stands.
    """
    row = LogFile.objects.filter(run=run, path=names.to_stored(path)).first()
    parser, generation, offset = _take_up(row, opened)
    if parser is None:
        return None
    was = (row.generation, row.offset) if row else (0, 0)
    if row is not None and generation == row.generation:
        if offset == opened.size and (row.closed or not closing):
            return None
    points: service.Points = {}
    limit = opened.size if to_end else min(opened.size, offset + settings.PDFJOBS.logs.turn_bytes)
    while offset < limit:
        chunk = opened.read(offset, min(BLOCK, limit - offset))
        if not chunk:
            break  # truncated while it was read; the next look begins anew
        extend(points, parser.feed(chunk))
        offset += len(chunk)
    closed = closing and offset >= opened.size
    state = parser.state
    if closed:
        extend(points, parser.finish())
    head_len = min(offset, PRINT_BYTES)
    checkpoint = service.Checkpoint(
        parser=parser.name,
        parser_version=parser.version,
        device=opened.device,
        inode=opened.inode,
        head_len=head_len,
        head_sha=opened.head_print(head_len),
        tail_sha=opened.tail_print(offset),
        generation=generation,
        offset=offset,
        size=opened.size,
        mtime_ns=opened.mtime_ns,
        state=state,
        closed=closed,
    )
    turn = service.Turn(names.to_stored(path), was, checkpoint, parser.report().to_json(), points)
    return Reading(turn, offset < opened.size)


def _take_up(row: LogFile | None, opened: OpenLog) -> tuple[Parser | None, int, int]:
    """Parser, generation and offset to go on with: the checkpoint's, or a new generation from the first byte."""
    if row is not None:
        mark = Mark(row.device, row.inode, row.head_len, row.head_sha, row.tail_sha, row.offset)
        kind = by_name(row.parser)
        grown_after_end = row.closed and opened.size != row.offset
        if kind is not None and not grown_after_end and opened.goes_on(mark):
            if kind.version == row.parser_version:
                return kind(row.state), row.generation, row.offset
    kind = claimant(opened.head())
    generation = row.generation + 1 if row is not None else 1
    return (kind() if kind is not None else None), generation, 0


def extend(points: service.Points, news: News) -> None:
    """Adds what a chunk brought."""
    for name, more in news.points.items():
        points.setdefault(name, []).extend(more)


def finish(run: Run) -> None:
    """Reads every log of an ended run to its last byte and says how it ended, all in one transaction."""
    base = root_path(run.root)
    folder = rundisk.folder_of(run)
    state = rundisk.launcher_state(run)
    for _ in range(TRIES):
        turns, newest = [], newest_mtime(run)
        for name in rundisk.candidates(run):
            try:
                with OpenLog(base, folder / name) as opened:
                    reading = read_turn(run, name, opened, to_end=True, closing=True)
                    newest = max(newest, opened.mtime_ns if reading else 0)
            except NoLogError:
                continue
            if reading is not None:
                turns.append(reading.turn)
        run.record = rundisk.record_of(run)
        run_service.keep_record(run, run.record or {})
        if service.record_turns(run, turns, rundisk.judge_of(run, state, newest)):
            return
        run.refresh_from_db()
    raise OSError(f"run {run.pk}: other readers were faster {TRIES} times")
