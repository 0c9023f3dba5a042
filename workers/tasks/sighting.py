"""Whose a log is: of a run that the diary knows, or of one that is made at first sight."""

import functools
import logging
import os
import pwd
from datetime import UTC, datetime
from pathlib import Path

from pdfjobs import names
from pdfjobs.jobfiles import root_path
from pdfjobs.models import Run
from pdfjobs.services import rows
from pdfjobs.services import runs as run_service
from workers import parsers, rundisk
from workers.decks import readers_of
from workers.errors import RefusedDropError
from workers.intake import deckfolder
from workers.intake.deckfolder import FoundDeck
from workers.logfile import OpenLog
from workers.parsers import claimant
from workers.parsers.report import Parser
from workers.tasks import deckcards

log = logging.getLogger(__name__)

DECKS_LOOKED_AT = 50
"""Decks in one folder that are looked at to find the one that a log is of."""


def sight(root: str, path: str, opened: OpenLog, likely: Run | None) -> Run | None:
    """The run of a log that was not read before: made where a parser claims it and there is none.

    `likely` is what `known_runs` has for it by its name. None for what is no log, or lies in a folder that is being
    taken in.
    """
    parser = claimant(opened.head())
    folder, _, name = path.rpartition("/")
    if parser is None or not folder:
        return None
    if likely is not None and rundisk.is_log_of(likely, name, parser.solver):
        return likely
    stored, stem = names.to_stored(folder), rundisk.stored_stem(parser.solver, name)
    # Once more: another reader may have made it since, or this one for another log of the run.
    run = run_service.find_run(root, [stored, *above(stored)], stem)
    if run is not None and (run.ours or run.folder == stored):
        return run
    if run_service.is_being_taken_in(root, stored):
        return None
    return _found(root, folder, stem, parser, opened)


def known_runs(root: str, paths: list[str]) -> dict[str, Run]:
    """The runs that these files belong to by their names, by path, in one query; files of none are left out.

    As `find_run`: the run in the deepest folder on a file's way that has its stem by the rule of the run's solver, or
    takes any. A run of somebody else has the files of its own folder alone.
    """
    places = {path: _place(path) for path in paths}
    ways = {folder: [folder, *above(folder)] for folder, _ in places.values()}
    near: dict[str, list[Run]] = {}
    folders = {part for way in ways.values() for part in way}
    stems = {stem for _, name in places.values() for stem in _stems(name)}
    for run in rows.runs_at(root, folders, stems):
        near.setdefault(run.folder, []).append(run)
    found = {}
    for path, (folder, name) in places.items():
        best = max(
            (
                run
                for part in ways[folder]
                for run in near.get(part, ())
                if run.ours or rundisk.belongs(run, name)
            ),
            key=lambda run: (len(run.folder), run.stem != ""),
            default=None,
        )
        if best is not None and (best.ours or best.folder == folder):
            found[path] = best
    return found


def above(folder: str) -> list[str]:
    """The folders that a folder lies in, without the root."""
    return [folder[:i] for i, c in enumerate(folder) if c == "/"]


def _place(path: str) -> tuple[str, str]:
    """Folder as stored, and name."""
    folder, _, name = path.rpartition("/")
    return names.to_stored(folder), name


@functools.lru_cache(10_000)
def _stems(name: str) -> frozenset[str]:
    return frozenset(map(names.to_stored, parsers.stems(name)))


def take_up_deck(root: str, folder: str) -> None:
    """Makes a job of a folder that holds a deck and no log: put there by hand, so it is not started.

    None is made, and the log says why, where the folder or its deck is gone, closed to us or not plainly one deck.
    """
    base = root_path(root)
    try:
        found = deckfolder.find_deck(base / folder, os.path.basename(folder), to_start=False)
        seen = found.file.stat().st_mtime
    except (RefusedDropError, FileNotFoundError, PermissionError) as error:
        log.info("No job of the deck in %s: %s", os.fsencode(base / folder), error)
        return
    solver = found.facts.solver
    run = _make(root, folder, rundisk.stored_stem(solver, found.file.name), solver, seen)
    _keep_deck(run, found, base / folder)


def _found(root: str, folder: str, stem: str, parser: type[Parser], opened: OpenLog) -> Run:
    run = _make(root, folder, stem, parser.solver, opened.mtime_ns / 1e9)
    if not run.job.deck:
        _keep_deck_beside(run, root_path(root) / folder, opened)
    return run


def _make(root: str, folder: str, stem: str, solver: str, seen: float) -> Run:
    return run_service.make_found_run(
        root,
        names.to_stored(folder),
        stem,
        solver=solver,
        name=names.from_stored(stem) or os.path.basename(folder),
        owner=_account(root_path(root) / folder),
        seen=datetime.fromtimestamp(seen, UTC),
    )


def _keep_deck_beside(run: Run, folder: Path, opened: OpenLog) -> None:
    """The deck that a found run was started from, where the folder says plainly which one that is."""
    try:
        found = _deck_of_run(run, folder, opened.head())
    except (OSError, RefusedDropError):
        return  # gone meanwhile, or closed to us: the logs speak for themselves
    if found is not None:
        _keep_deck(run, found, folder)


def _keep_deck(run: Run, found: FoundDeck, folder: Path) -> None:
    run_service.keep_deck(run, os.path.relpath(found.file, folder), found.facts.to_json())
    run.deck_file = names.to_stored(os.path.relpath(found.file, folder))
    deckcards.ask(run)


def _deck_of_run(run: Run, folder: Path, log_head: bytes) -> FoundDeck | None:
    """The only deck whose name is the run's, the one that the log's first lines name, or the one that includes the
    others; None where that is not plain."""
    solver = run.job.solver
    fitting = [
        file
        for file in deckfolder.files_in(folder)
        if readers_of(deckfolder.name_in(file, folder), solver)
        and (file.parent != folder or rundisk.belongs(run, file.name))
    ]
    named = [file for file in fitting if os.fsencode(file.name) in log_head]
    fitting = named if len(named) == 1 else fitting[:DECKS_LOOKED_AT]
    decks = []
    for file in fitting:
        try:
            if deckfolder.reader_of(file, folder, solver):
                decks.append(deckfolder.read_deck(file, folder, to_start=False, solver=solver))
        except RefusedDropError:
            continue  # not ours to read: the logs speak for themselves
    mains = deckfolder.mains_of(decks, folder.name)
    if len(mains) > 1:
        mains = [deck for deck in mains if deck.facts.nodes]
    return mains[0] if len(mains) == 1 else None


def _account(path: Path) -> str:
    try:
        return pwd.getpwuid(path.stat().st_uid).pw_name
    except (KeyError, OSError):
        return ""
