"""Turns of many logs at once: found with few queries, read without the database, saved in one transaction."""

import logging
import time
from collections.abc import Collection
from dataclasses import dataclass, field
from pathlib import Path

from django.db import InterfaceError, OperationalError
from rq.timeouts import BaseTimeoutException

from pdfjobs import names
from pdfjobs.models import LogFile, Run
from pdfjobs.services import ingest as service
from pdfjobs.services import runs as run_service
from pdfjobs.services.rows import checkpoints
from workers import rundisk
from workers.logfile import NoLogError, OpenLog
from workers.logreading import read_turn
from workers.tasks.sighting import known_runs, sight
from workers.verdict import LauncherState

TRIES = 5
FOR_THE_CALLER = (OperationalError, InterfaceError, BaseTimeoutException)
"""No fault of one log: a database that is away, and the task's own limit of time."""

log = logging.getLogger(__name__)


@dataclass
class _Sheet:
    """What a round read of one run."""

    run: Run
    state: LauncherState | None
    turns: list[service.Turn] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)
    """Those that brought the turns…"""
    more: list[str] = field(default_factory=list)
    """…and those of them that hold more."""

    @classmethod
    def of(cls, run: Run) -> "_Sheet":
        return cls(run, "running" if _is_followed(run) else rundisk.launcher_state(run))

    def takes(self, inside: str) -> bool:
        """Whether a file, by its path in the run's folder, is the run's: one of ours has none before it begins."""
        run = self.run
        if not run.ours:
            return True
        started = run.record is not None or self.state != "never started"
        return started and "/" not in inside and rundisk.belongs(run, inside)

    def reading(self) -> service.Reading:
        run, state = self.run, self.state
        if run.ours and not run.finished and state in ("ended", "lost"):
            state = "running"
        record = run.record if _is_followed(run) else None
        return service.Reading(run, self.turns, rundisk.judge_of(run, state, record))


def _is_followed(run: Run) -> bool:
    """Whether a run's end is for `read_to_end` alone to say, which has read every file: then nobody else looks."""
    return run.ours and not run.finished and run.record is not None


class Round:
    """Turns of files below one root."""

    def __init__(self, root: str, base: Path) -> None:
        self.more: list[str] = []
        """Files that want another turn."""
        self.absent: list[str] = []
        """Files that are not there, or closed to us."""
        self.failed: dict[str, OSError] = {}
        """Files that cannot be read now."""
        self.fault: Exception | None = None
        """The first one that does not pass by itself."""
        self._root, self._base = root, base
        self._sheets: dict[int, _Sheet] = {}

    def give_turns(self, paths: list[str], until: float) -> list[str]:
        """Gives these files a turn each, at least the first; those not come to by the time `until`.

        A fault of one file or run keeps no other from its turn.
        """
        left: list[str] = []
        for _ in range(TRIES):
            late, paths = self._read_and_save(paths, until)
            left += late
            if not paths:
                return left
        self.more += paths  # others read them at the same time: once more, later
        return left

    def _read_and_save(self, paths: list[str], until: float) -> tuple[list[str], list[str]]:
        """Files not come to, and those that another reader read meanwhile."""
        runs = known_runs(self._root, paths)
        inside = [_inside(run, path) for path, run in runs.items()]
        rows = _checkpoints(runs.values(), inside)
        self._sheets = {}
        late = paths
        while late and (late is paths or time.monotonic() < until):
            path, late = late[0], late[1:]
            try:
                self._read(path, runs.get(path), rows)
            except FOR_THE_CALLER:
                raise
            except NoLogError:
                self.absent.append(path)
            except Exception as fault:
                self._note(fault, [path])
        self._note_back()
        return late, self._save([sheet for sheet in self._sheets.values() if sheet.turns])

    def _read(self, path: str, run: Run | None, rows: dict[tuple[int, str], LogFile]) -> None:
        with OpenLog(self._base, path) as opened:
            if opened.size == 0:
                return
            likely = run
            if run is None or not (run.ours or _key(run, path) in rows):
                run = sight(self._root, path, opened, likely)
            if run is None:
                return
            sheet = self._sheets.get(run.pk)
            if sheet is None:
                sheet = self._sheets[run.pk] = _Sheet.of(run)
            inside = _inside(run, path)
            if not sheet.takes(inside):
                return
            if run is not likely:
                rows |= _checkpoints([run], [inside])
            row, run = rows.get(_key(run, path)), sheet.run
            reading = read_turn(row, inside, opened, closing=run.ours and run.finished)
        if reading is not None:
            sheet.turns.append(reading.turn)
            sheet.paths.append(path)
            sheet.more += [path] if reading.more else []

    def _save(self, sheets: list[_Sheet]) -> list[str]:
        """Files of runs that another reader changed meanwhile; a run with a fault is the only one not saved."""
        try:
            saved = service.record([sheet.reading() for sheet in sheets]) if sheets else set()
        except FOR_THE_CALLER:
            raise
        except Exception as fault:
            if len(sheets) > 1:
                return [path for sheet in sheets for path in self._save([sheet])]
            self._note(fault, sheets[0].paths)
            return []
        self.more += [path for sheet in sheets if sheet.run.pk in saved for path in sheet.more]
        return [path for sheet in sheets if sheet.run.pk not in saved for path in sheet.paths]

    def _note(self, fault: Exception, paths: list[str]) -> None:
        where = ", ".join(f"{self._root}/{names.readable(path)}" for path in paths)
        if isinstance(fault, OSError):
            log.warning("%s: %s", where, fault)
            self.failed |= dict.fromkeys(paths, fault)
        else:
            log.error("%s cannot be read", where, exc_info=fault)
            self.fault = self.fault or fault

    def _note_back(self) -> None:
        """A log was read where a folder was missed."""
        back = [
            sheet.run for sheet in self._sheets.values() if sheet.turns and sheet.run.gone_since
        ]
        run_service.note_folders(back, gone=False)


def _inside(run: Run, path: str) -> str:
    """A file's path in its run's folder."""
    return path[len(names.from_stored(run.folder)) + 1 :]


def _key(run: Run, path: str) -> tuple[int, str]:
    return run.pk, names.to_stored(_inside(run, path))


def _checkpoints(runs: Collection[Run], inside: Collection[str]) -> dict[tuple[int, str], LogFile]:
    """How far these files of these runs were read, by run and stored path."""
    if not runs:
        return {}
    found = checkpoints({run.pk for run in runs}, {names.to_stored(path) for path in inside})
    return {(row.run_id, row.path): row for row in found}
