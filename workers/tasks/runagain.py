"""Copies a job's deck from its run folder into a new drop: the only way in is the hot folder's."""

import logging
import os
import shutil
from pathlib import Path

from django.conf import settings
from django.utils.translation import override

from pdfjobs import names
from pdfjobs.jobfiles import NoSuchFileError
from pdfjobs.models import Job, Run
from pdfjobs.plainfile import NotPlainError, open_plain
from pdfjobs.services import runagain as service
from pdfjobs.services import upload
from pdfjobs.services.errors import RefusedError
from workers import rundisk
from workers.decks import READERS
from workers.decks.paths import leaves_folder
from workers.intake import sidecar

CASE_PARTS = ("system", "constant", "0", "0.orig")
"""What of a found case folder is its deck; times and results are not."""
NAMES_TRIED = 9
MOST_FILES = 100_000

log = logging.getLogger(__name__)


@override(None)
def hand_in(job: Job, actor: str) -> None:
    """Makes the drop, with the job as its base run and the person as its owner; what is in the way is said in the
    job's history, in English as all that is kept."""
    run = Run.objects.filter(job=job).order_by("-ordinal").first()
    try:
        if reason := service.refusal(job, run):
            raise RefusedError(reason)
        assert run is not None
        name = _hand_in(job, run, actor)
    except (RefusedError, NoSuchFileError) as refused:
        service.note(job, actor, f"not handed in: {refused}")
    except OSError as error:
        words = error.strerror or type(error).__name__
        log.warning("the deck of %s cannot be copied: %s", job.number, error)
        service.note(job, actor, f"not handed in: the deck cannot be copied ({words})")
    else:
        service.note(job, actor, f"handed in as {names.readable(name)}")


def _hand_in(job: Job, run: Run, actor: str) -> str:
    folder = rundisk.folder_of(run)
    deck = names.from_stored(run.deck_file)
    paths = _paths(job, run, folder, deck)
    _check(folder, paths)
    name = _name_of(job, deck)
    alone = paths == [deck] and "/" not in deck
    made = upload.hidden_place()
    try:
        if alone:
            _copy_file(str(folder / deck), str(made))
        else:
            made.mkdir()
            for path in paths:
                _copy(folder / path, made / path)
        wishes = upload.Wishes(
            project=job.project,
            base_runs=(job.number,),
            deck="" if alone or "/" in deck else deck,
        )
        return _hand_over(made, name if alone or "/" in deck else Path(deck).stem, actor, wishes)
    finally:
        if made.is_dir():
            shutil.rmtree(made, ignore_errors=True)
        else:
            made.unlink(missing_ok=True)


def _hand_over(made: Path, name: str, actor: str, wishes: upload.Wishes) -> str:
    """Under its name, or with a number behind it where a drop of that name is on its way."""
    stem, dot, ending = name.rpartition(".")
    for count in range(1, NAMES_TRIED + 1):
        tried = (
            name
            if count == 1
            else f"{stem or ending}-{count}{dot if stem else ''}{ending if stem else ''}"
        )
        try:
            upload.hand_over(made, tried, owner=actor, wishes=wishes)
        except RefusedError:
            if count == NAMES_TRIED:
                raise
        else:
            return tried
    raise AssertionError("unreachable")


def _name_of(job: Job, deck: str) -> str:
    """As the deck was handed in; its name in the run folder where that one is none for a drop."""
    try:
        upload.check_name(job.name)
    except RefusedError:
        return Path(deck).name if "/" not in deck else f"job-{job.number}"
    return job.name


def _paths(job: Job, run: Run, folder: Path, deck: str) -> list[str]:
    """What to copy, by its path in the run's folder."""
    if run.ours:
        said = [names.from_stored(name) for name in job.deck.get("files") or [run.deck_file]]
        kept = [name for name in said if not (name.endswith(sidecar.ENDING) or name == "job.toml")]
        return sorted(name for name in kept if not name.startswith((".pdfjobs", "earlier")))
    if any(reader.folder and reader.solver == job.solver for reader in READERS):
        return [part for part in CASE_PARTS if (folder / part).is_dir()]
    includes = [
        os.path.normpath(each["name"])
        for each in job.deck.get("includes", ())
        if each.get("state") == "found" and not leaves_folder(each["name"])
    ]
    inside = {path for path in includes if os.path.lexists(folder / path)}
    return sorted({deck, *inside})


def _check(folder: Path, paths: list[str]) -> None:
    """Refuses what is not there, too much, or does not fit on the disk."""
    size = count = 0
    for path in paths:
        top = folder / path
        if not os.path.lexists(top):
            raise RefusedError(f"{names.readable(path)} is not in the run's folder any more.")
        for entry in [top, *(top.rglob("*") if top.is_dir() and not top.is_symlink() else ())]:
            count += 1
            size += entry.lstat().st_size
            if count > MOST_FILES:
                raise RefusedError(f"The deck has more than {MOST_FILES} files.")
    if shutil.disk_usage(settings.INSTANCE.hotfolder).free < size + upload.SPARE_BYTES:
        raise RefusedError("There is no room on the diary's disk for a copy of the deck.")


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    if source.is_dir() and not source.is_symlink():
        shutil.copytree(source, target, symlinks=True, copy_function=_copy_file)
    elif source.is_symlink():
        target.symlink_to(source.readlink())  # intake refuses those that lead out
    else:
        _copy_file(str(source), str(target))


def _copy_file(source: str, target: str) -> None:
    """A plain file's bytes; nothing else is opened to be read."""
    try:
        fd = open_plain(source)
    except NotPlainError as error:
        raise RefusedError(f"{names.readable(Path(source).name)} is no plain file.") from error
    with os.fdopen(fd, "rb") as opened, Path(target).open("xb") as made:
        shutil.copyfileobj(opened, made, 1 << 20)
