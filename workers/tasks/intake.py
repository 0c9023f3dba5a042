"""Takes a settled drop into its run folder; every step can be repeated after a kill.

First the row with the number, then the drop's way through runs/.incoming/NUMBER/, then the job, then one rename
to runs/NUMBER_stem; a refused drop goes to VAR/rejected instead.
"""

import logging
import os
import pwd
from pathlib import Path
from typing import Any

from django.conf import settings

from pdfjobs import names
from pdfjobs.models import IntakeRecord, Run
from pdfjobs.services import intake as service
from workers.errors import RefusedDropError
from workers.intake import archives, casefolder, deckfolder, rejection, sidecar
from workers.intake.incoming import Incoming, Plan

HOT_ROOTS = ("hotfolder",)

log = logging.getLogger(__name__)


def owner_of(path: Path) -> str:
    """Account name of a file's owner; empty when it is gone."""
    try:
        uid = path.lstat().st_uid
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)
    except OSError:
        return ""


def hot_path(root: str, path: str) -> Path:
    """Where a drop lies on this host; ValueError for a root or path that is no drop."""
    if root not in HOT_ROOTS or os.path.basename(path) != path or path in ("", ".", ".."):
        raise ValueError(f"not a drop: {root!r} {path!r}")
    return Path(settings.INSTANCE.hotfolder / path)


def still_arrives(root: str, path: str) -> bool:
    """Whether it lies there and nobody has begun to take it in."""
    try:
        inode = hot_path(root, path).lstat().st_ino
    except FileNotFoundError:
        return False  # taken in, or away
    return not service.is_claimed(root, path, inode)


def take_in(root: str, path: str, device: int, inode: int, size: int, mtime_ns: int) -> Run | None:
    """Makes a settled drop a job; None when there is nothing to do or it was refused."""
    source = hot_path(root, path)
    drop = service.Drop(root, path, device, inode, size, mtime_ns, owner_of(source))
    begun = service.claimed(drop)
    if begun is not None:
        return carry_on(begun)
    if not _is_still(source, drop):
        return None  # it changed or went away: the watcher offers it again once it has settled
    return carry_on(service.claim(drop))


def _is_still(source: Path, drop: service.Drop) -> bool:
    try:
        now = source.lstat()
    except FileNotFoundError:
        service.note_gone(drop.root, drop.path)
        return False
    return (now.st_dev, now.st_ino, now.st_size, now.st_mtime_ns) == (
        drop.device,
        drop.inode,
        drop.size,
        drop.mtime_ns,
    )


def carry_on(record: IntakeRecord) -> Run | None:
    """Goes on with a claimed drop from wherever the disk says it stands.

    None when it was refused or is gone, while another does this, and when the disk cannot take it now.
    """
    incoming = Incoming(settings.INSTANCE.incoming / str(record.number))
    try:
        with incoming.held() as is_ours:
            if not is_ours:
                return None
            record.refresh_from_db()
            if record.state != "claimed":
                incoming.clear()
                return None
            return _to_its_end(record, incoming)
    except OSError as error:
        # Not raised: a failed task is tried again at once or never, the sweep every so often.
        log.warning("%s waits: %s", record.name, _words(error))
        service.say(record, f"cannot be taken in yet: {_words(error)}; tried again by itself")
        return None


def _to_its_end(record: IntakeRecord, incoming: Incoming) -> Run | None:
    reason = rejection.begun(record)
    if reason is None:
        try:
            return _settle_in(record, incoming)
        except RefusedDropError as refusal:
            reason = str(refusal)
        except PermissionError as error:
            if record.job_id is not None:
                raise
            reason = f"{record.name} cannot be taken in: {_words(error)}; give the service's user write permission on it."
    source = hot_path(record.root, names.from_stored(record.path))
    kept_as = rejection.keep(record, incoming, source, reason)
    incoming.clear()
    service.refuse(record, reason, kept_as)
    return None


def _words(error: OSError) -> str:
    """What went wrong, and the last two parts of where."""
    where = "/".join(Path(os.fsdecode(error.filename or b"")).parts[-2:])
    words = error.strerror or str(error)[:200]
    return f"{words} ({names.readable(where)})" if where else words


def _settle_in(record: IntakeRecord, incoming: Incoming) -> Run | None:
    """1. decides what the drop becomes; 2. builds its run folder; 3. makes the job; 4. puts the folder in its
    place; 5. says that all is done."""
    runs = Path(settings.INSTANCE.runs)
    if record.job_id is None:
        plan = _plan(record, incoming)
        if plan is None:
            incoming.clear()
            service.lose(record)
            return None
        job = incoming.build(plan)
        service.choose_place(
            record, job.folder or job.stem, lambda place: not os.path.lexists(runs / place)
        )
        run = service.make_job(record, job)
    else:
        run = service.job_of(record)
    incoming.settle(runs / record.place)
    incoming.clear()
    service.finish(record)
    return run


def _plan(record: IntakeRecord, incoming: Incoming) -> Plan | None:
    """What the drop becomes, decided once and kept; None when the drop is gone."""
    kept = incoming.read_plan()
    if kept is not None:
        return kept
    limits = settings.PDFJOBS.intake
    source = hot_path(record.root, names.from_stored(record.path))
    dropped = incoming.fetch(source, record.device, record.inode, limits.max_members)
    if dropped is None:
        return None
    said = _sidecar(record, incoming)
    unpacked = archives.Limits(limits.max_unpacked_bytes, limits.max_members, limits.max_ratio)
    content = incoming.content(dropped, unpacked)
    if content.is_dir():
        deckfolder.check_tree(content, limits.max_members)
        said = said or _inner_sidecar(content) or sidecar.Sidecar()
        deck = deckfolder.find_deck(content, Path(dropped.name).stem, said.deck)
    else:
        deck = deckfolder.read_deck(content, incoming.home / "nothing-beside-it")
        said = said or sidecar.Sidecar()
    if not limits.allow_outside_includes:
        deckfolder.refuse_outside(deck)
    if deck.reader.folder:
        casefolder.check(deck)
        plan = _decide_case(incoming, content, deck, said, casefolder.name_of(content, dropped))
    else:
        plan = _decide(incoming, content, deck, said)
    incoming.keep_plan(plan)
    return plan


def _decide(
    incoming: Incoming, content: Path, deck: deckfolder.FoundDeck, said: sidecar.Sidecar
) -> Plan:
    file_name = deck.file.name.lower()
    ending = next(one for one in deck.reader.endings if file_name.endswith(one))
    stem = names.safe_stem(deck.file.name[: -len(ending)])
    aside: dict[str, str] = {}
    if content.is_dir():
        stem = deckfolder.free_stem(content, stem, ending, deck.file.name)
        aside = deckfolder.earlier(content, stem, deck)
    job = service.NewJob(
        name=names.readable(deck.file.name),
        stem=stem,
        deck_file=stem + ending,
        cores=said.cores or settings.PDFJOBS.launcher.cores,
        **_said_of_job(deck, said),
    )
    place = names.to_stored(os.path.relpath(content, incoming.home))
    return Plan(job, place, names.to_stored(deck.file.name) if content.is_dir() else "", aside)


def _decide_case(
    incoming: Incoming, content: Path, deck: deckfolder.FoundDeck, said: sidecar.Sidecar, name: str
) -> Plan:
    """A whole folder is the deck: nothing in it gets another name, but for logs of an earlier run."""
    inside = os.path.relpath(deck.file, content)
    job = service.NewJob(
        name=names.readable(name),
        stem="",
        deck_file=inside,
        cores=casefolder.cores(deck, said.cores),
        folder=names.safe_stem(name),
        **_said_of_job(deck, said),
    )
    place = names.to_stored(os.path.relpath(content, incoming.home))
    return Plan(job, place, names.to_stored(inside), casefolder.earlier(content))


def _said_of_job(deck: deckfolder.FoundDeck, said: sidecar.Sidecar) -> dict[str, Any]:
    """What deck and sidecar say of every job."""
    return {
        "solver": deck.facts.solver,
        "deck": plain(deck.facts.to_json()),
        "info": said.info,
        "project": said.project,
        "base_runs": tuple(said.base_runs),
        "wall_limit_s": said.wall_limit_s or settings.PDFJOBS.launcher.wall_limit_s,
    }


def plain(value: Any) -> Any:
    """Facts as every database takes them: no bytes that are not UTF-8, no NUL."""
    if isinstance(value, str):
        return names.readable(value)
    if isinstance(value, list):
        return [plain(item) for item in value]
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    return value


def _sidecar(record: IntakeRecord, incoming: Incoming) -> sidecar.Sidecar | None:
    """What lay beside the drop."""
    if not os.path.lexists(incoming.sidecar):
        return None
    name = record.name + sidecar.ENDING
    return sidecar.parse(
        deckfolder.read_whole(incoming.sidecar, sidecar.SIZE_LIMIT + 1, name), name
    )


def _inner_sidecar(folder: Path) -> sidecar.Sidecar | None:
    """A sidecar that came inside the folder or archive."""
    found = sorted(
        entry.name
        for entry in folder.iterdir()
        if entry.name.endswith(sidecar.ENDING) or entry.name == "job.toml"
    )
    if not found:
        return None
    if len(found) > 1:
        raise RefusedDropError(
            f"Several sidecars in it: {', '.join(map(deckfolder.shown, found[:10]))}; keep one."
        )
    name = deckfolder.shown(found[0])
    return sidecar.parse(deckfolder.read_whole(folder / found[0], sidecar.SIZE_LIMIT + 1), name)
