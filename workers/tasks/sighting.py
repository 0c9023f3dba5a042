"""Whose a log is: of a run that the diary knows, or of one that is made at first sight."""

import functools
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
from workers.errors import RefusedDropError
from workers.intake import deckfolder
from workers.logfile import OpenLog
from workers.parsers import claimant
from workers.parsers.report import Parser


def sight(root: str, path: str, opened: OpenLog) -> Run | None:
    """The run of a log that `known_runs` has none for: made where a parser claims it.

    None for what is no log, or lies in a folder that is being taken in.
    """
    parser = claimant(opened.head())
    folder, _, name = path.rpartition("/")
    if parser is None or not folder:
        return None
    stored, stem = names.to_stored(folder), rundisk.stored_stem(parser.solver, name)
    # Once more: another reader may have made it since, or this one for another log of the run.
    run = run_service.find_run(root, [stored, *above(stored)], stem, parser.solver)
    if run is not None and (run.ours or run.folder == stored):
        return run
    if run_service.is_being_taken_in(root, stored):
        return None
    return _found(root, folder, stem, parser, opened)


def known_runs(root: str, paths: list[str]) -> dict[str, Run]:
    """The runs that these files belong to, by path, in one query; files of none are left out.

    As `find_run`: the run in the deepest folder on a file's way that has its stem, or takes any. A run of somebody
    else has the files of its own folder alone.
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


def _found(root: str, folder: str, stem: str, parser: type[Parser], opened: OpenLog) -> Run:
    base = root_path(root)
    run = run_service.make_found_run(
        root,
        names.to_stored(folder),
        stem,
        solver=parser.solver,
        name=names.from_stored(stem) or os.path.basename(folder),
        owner=_account(base / folder),
        seen=datetime.fromtimestamp(opened.mtime_ns / 1e9, UTC),
    )
    deck = base / folder / f"{names.from_stored(stem)}.inp"
    try:
        if deck.is_file() and not run.job.deck:
            found = deckfolder.read_deck(deck, base / folder)
            run_service.keep_deck(run, deck.name, found.facts.to_json())
    except RefusedDropError:
        pass  # not a deck that we read: the logs speak for themselves
    return run


def _account(path: Path) -> str:
    try:
        return pwd.getpwuid(path.stat().st_uid).pw_name
    except (KeyError, OSError):
        return ""
