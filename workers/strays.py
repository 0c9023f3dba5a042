"""Logs and decks in the run trees that belong to no run of the diary."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings

from pdfjobs import names
from pdfjobs.jobfiles import root_path
from pdfjobs.models import Run
from pdfjobs.services import runs
from workers import rundisk
from workers.decks import reader_for
from workers.parsers import claimant
from workers.parsers.report import HEAD_BYTES


def unknown_files() -> Iterator[tuple[str, str]]:
    """Root and path of logs in the run trees that belong to no run, and of decks in folders without a run."""
    for root in ("runs", *(tree.name for tree in settings.PDFJOBS.trees)):
        ours = set(Run.objects.filter(root=root, ours=True).values_list("folder", flat=True))
        known: dict[str, set[str]] = {}
        theirs = Run.objects.filter(root=root, ours=False).values_list("folder", "stem")
        for folder, stem in theirs:
            known.setdefault(folder, set()).add(stem)
        base = root_path(root)
        for folder, inner, files in os.walk(base):
            relative = os.path.relpath(folder, base)
            stored = names.to_stored(relative)
            if stored in ours or runs.is_being_taken_in(root, stored):
                inner.clear()
                continue
            inner[:] = sorted(name for name in inner if not name.startswith("."))
            if relative != ".":
                for name in _unknown_names(Path(folder), files, known.get(stored, set())):
                    yield root, f"{relative}/{name}"


def _unknown_names(folder: Path, files: list[str], known: set[str]) -> Iterator[str]:
    """Names of the logs that no run has, by the stems of the folder's runs; where there is neither run nor log, of
    the first deck."""
    first_deck = ""
    for name in sorted(files):
        if name.startswith("."):
            continue
        head = head_of(folder / name)
        if (parser := claimant(head)) is not None:
            first_deck = "-"
            if rundisk.stored_stem(parser.solver, name) not in known:
                yield name
        elif not known and not first_deck and head and _can_be_started(name, head):
            first_deck = name
    if first_deck not in ("", "-"):
        yield first_deck


def _can_be_started(name: str, head: bytes) -> bool:
    """Whether it is a deck of a solver that runs here; others lie in archives for their includes' sake, too."""
    reader = reader_for(name, head)
    return reader is not None and reader.solver in settings.PDFJOBS.solvers


def head_of(path: Path) -> bytes:
    """The first bytes of a regular file; none of what is no file, gone or closed to us."""
    try:
        if not stat.S_ISREG(path.lstat().st_mode):
            return b""
        with path.open("rb") as file:
            return file.read(HEAD_BYTES)
    except (FileNotFoundError, PermissionError):
        return b""
