"""Reads what was added to logs, in fair turns, and hands it to the diary."""

import logging
import os
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

from django.db.models import Q

from pdfjobs import names
from pdfjobs.jobfiles import NoSuchFileError, root_path
from pdfjobs.models import LogFile, Run
from pdfjobs.services import ingest as service
from pdfjobs.services import runs as run_service
from workers import rundisk
from workers.logfile import NoLogError, OpenLog
from workers.logreading import LogReading, read_turn
from workers.parsers import claimant
from workers.tasks.rounds import TRIES, Round

TURNS_S = 0.5
"""After so long the logs that are left go behind those of other tasks."""
SAVED_TOGETHER = 100
"""Logs in one transaction; others wait for it."""
FOLDERS_TOGETHER = 50

log = logging.getLogger(__name__)


def read_turns(root: str, paths: Iterable[str]) -> list[str]:
    """Gives each of these files a turn; those that want another, or their first. Needs no queue.

    One that cannot be read now keeps no other from its turn: it is among those that are returned, or raises
    OSError when no other is. A path that ends with "/" is a folder that vanished. Raises OSError also for what is
    missing while its root is out of reach, and what the database raises.
    """
    try:
        base = root_path(root)
    except NoSuchFileError:
        log.warning("no root is called %s", root)
        return []
    until = time.monotonic() + TURNS_S
    every = dict.fromkeys(paths)
    turns, folders = Round(root, base), [path for path in every if path.endswith("/")]
    left = [path for path in every if not path.endswith("/")]
    while left:
        left = turns.give_turns(left[:SAVED_TOGETHER], until) + left[SAVED_TOGETHER:]
        if time.monotonic() >= until:
            break
    missing = [*turns.absent, *folders]
    if missing and not _is_in_reach(base):
        fault = OSError(f"the root {root} is missing or empty: {base}")
        turns.failed |= dict.fromkeys(missing, fault)
    else:
        _note_gone(root, folders)
    if turns.fault is not None:
        raise turns.fault
    again = [*left, *turns.more]
    if turns.failed and not again:
        raise next(iter(turns.failed.values()))
    return [*again, *turns.failed]


def _is_in_reach(base: Path) -> bool:
    """A share that is not mounted leaves no folder, or an empty one."""
    try:
        with os.scandir(base) as entries:
            return next(entries, None) is not None
    except OSError:
        return False


def _note_gone(root: str, folders: list[str]) -> None:
    """Notes the runs at and below folders that vanished, where they are not back again."""
    stored = [names.to_stored(folder.rstrip("/")) for folder in folders]
    for begin in range(0, len(stored), FOLDERS_TOGETHER):
        there = Q()
        for folder in stored[begin : begin + FOLDERS_TOGETHER]:
            there |= Q(folder=folder) | Q(folder__startswith=f"{folder}/")
        runs = Run.objects.filter(there, root=root, gone_since=None).order_by("pk")
        run_service.note_folders([run for run in runs if not rundisk.is_there(run)], gone=True)


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


def _is_its_log(run: Run, name: str, opened: OpenLog) -> bool:
    parser = claimant(opened.head())
    return parser is not None and rundisk.is_log_of(run, name, parser.solver)


def _whole_logs(run: Run, closing: bool, anew: bool) -> Iterator[LogReading]:
    base, folder = root_path(run.root), rundisk.folder_of(run)
    rows = {row.path: row for row in LogFile.objects.filter(run=run).defer("report")}
    for name in rundisk.candidates(run):
        row = rows.get(names.to_stored(name))
        try:
            with OpenLog(base, folder / name) as opened:
                if row is None and not _is_its_log(run, name, opened):
                    continue
                reading = read_turn(row, name, opened, to_end=True, closing=closing, anew=anew)
        except NoLogError:
            continue
        if reading is not None:
            yield reading
