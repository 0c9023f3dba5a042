"""Takes a settled drop into its run folder; every step can be repeated after a kill.

runs/.incoming/NUMBER/ holds the way: drop/ (the thing under its own name), sidecar.toml, unpacked/, plan.json
(what was decided), run/ (the run folder to be). Its end is one rename to runs/NUMBER_stem.
"""

import errno
import json
import os
import pwd
import shutil
import stat
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.conf import settings

from pdfjobs import names
from pdfjobs.models import IntakeRecord, Run
from pdfjobs.services import intake as service
from workers import archives, deckfolder, sidecar
from workers.errors import RefusedDropError

HOT_ROOTS = ("hotfolder",)


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


def take_in(root: str, path: str, device: int, inode: int, size: int, mtime_ns: int) -> Run | None:
    """Makes a settled drop a job; None when there is nothing to do or it was refused."""
    source = hot_path(root, path)
    drop = service.Drop(root, path, device, inode, size, mtime_ns, owner_of(source))
    if not _is_still(source, drop) or service.refused_before(drop):
        return None  # it changed or went away: the watcher offers it again once it has settled
    return carry_on(service.claim(drop))


def carry_on(record: IntakeRecord) -> Run | None:
    """Goes on with a claimed drop from wherever the disk says it stands."""
    home = Path(settings.INSTANCE.incoming / str(record.number))
    try:
        try:
            plan = _plan(record, home)
            if plan is None:
                service.refuse(record, "taken away while it was taken in", "")
                return None
        except RefusedDropError as refusal:
            _reject(record, home, str(refusal))
            return None
        run = _settle_in(record, home, plan)
    except PermissionError as error:
        reason = f"{record.name} cannot be moved ({error.strerror}); give the service's user write permission on it."
        service.refuse(record, reason, "")
        shutil.rmtree(home, ignore_errors=True)
        return None
    except OSError as error:
        service.say(
            record, f"cannot be taken in yet: {error.strerror} ({shown_place(error)}); tried again"
        )
        raise
    shutil.rmtree(home, ignore_errors=True)
    return run


def shown_place(error: OSError) -> str:
    """The last two parts of the path that an error is about."""
    return "/".join(Path(os.fsdecode(error.filename or b"")).parts[-2:])


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


def _plan(record: IntakeRecord, home: Path) -> service.NewJob | None:
    """What the drop becomes, decided once and kept in plan.json; None when the drop is gone."""
    try:
        table = json.loads((home / "plan.json").read_bytes())
        table["base_runs"] = tuple(table["base_runs"])
        return service.NewJob(**table)
    except FileNotFoundError:
        pass
    dropped = _fetch(record, home)
    if dropped is None:
        return None
    said = _sidecar(record, home)
    content = _content(dropped, home)
    likely = names.safe_stem(dropped.name.split(".")[0])
    if content.is_dir():
        _put_aside_ours(content)
        deckfolder.check_tree(content, settings.PDFJOBS.intake.max_members)
        said = said or _inner_sidecar(content)
        deck = deckfolder.find_deck(content, Path(dropped.name).stem, said.deck if said else "")
    else:
        deck = deckfolder.read_deck(content, home / "nothing-beside-it")
    said = said or sidecar.Sidecar()
    if not settings.PDFJOBS.intake.allow_outside_includes:
        deckfolder.refuse_outside(deck)
    stem = names.safe_stem(deck.file.stem) or likely
    plan = service.NewJob(
        name=names.readable(deck.file.name),
        stem=stem,
        deck_file=stem + deck.reader.endings[0],
        solver=deck.facts.solver,
        deck={**plain(deck.facts.to_json()), "source": _source(content, deck.file)},
        info=said.info,
        project=said.project,
        base_runs=tuple(said.base_runs),
        cores=said.cores or settings.PDFJOBS.launcher.cores,
        wall_limit_s=said.wall_limit_s or settings.PDFJOBS.launcher.wall_limit_s,
    )
    _write_whole(home / "plan.json", json.dumps(asdict(plan)).encode("ascii"))
    return plan


def plain(value: Any) -> Any:
    """Facts as every database takes them: no bytes that are not UTF-8, no NUL."""
    if isinstance(value, str):
        return names.readable(value)
    if isinstance(value, list):
        return [plain(item) for item in value]
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    return value


def _source(content: Path, deck: Path) -> dict[str, str]:
    """Where the deck lies before it gets its safe name: the content folder or file, and the deck in it."""
    inside = names.to_stored(deck.name) if content.is_dir() else ""
    return {"content": names.to_stored(str(content)), "deck": inside}


def _fetch(record: IntakeRecord, home: Path) -> Path | None:
    """Moves the drop and its sidecar out of the hot folder into `home`."""
    path = names.from_stored(record.path)
    source = hot_path(record.root, path)
    (home / "drop").mkdir(parents=True, exist_ok=True)
    target = home / "drop" / path
    if not os.path.lexists(target):
        try:
            now = source.lstat()
        except FileNotFoundError:
            return None
        if (now.st_dev, now.st_ino) != (record.device, record.inode):
            return None  # another thing lies there now; it will be offered by itself
        _move(source, target)
    beside = source.with_name(path + sidecar.ENDING)
    if len(os.fsencode(beside.name)) <= 255 and os.path.lexists(beside):
        _move(beside, home / "sidecar.toml")
    return target


def _move(source: Path, target: Path) -> None:
    """Renames; across file systems copies under another name first, so that half a copy is never taken."""
    try:
        os.rename(source, target)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        half = target.with_name(".copying")
        shutil.rmtree(half, ignore_errors=True)
        half.unlink(missing_ok=True)
        if source.is_dir() and not source.is_symlink():
            shutil.copytree(source, half, symlinks=True)
            os.rename(half, target)
            shutil.rmtree(source)
        else:
            shutil.copy2(source, half, follow_symlinks=False)
            os.rename(half, target)
            source.unlink()


def _sidecar(record: IntakeRecord, home: Path) -> sidecar.Sidecar | None:
    try:
        raw = deckfolder.read_whole(home / "sidecar.toml", sidecar.SIZE_LIMIT + 1)
    except FileNotFoundError:
        return None
    return sidecar.parse(raw, record.name + sidecar.ENDING)


def _inner_sidecar(folder: Path) -> sidecar.Sidecar | None:
    """A sidecar that came inside the folder or archive."""
    found = sorted(
        e.name
        for e in os.scandir(folder)
        if e.name.endswith(sidecar.ENDING) or e.name == "job.toml"
    )
    if not found:
        return None
    return sidecar.parse(deckfolder.read_whole(folder / found[0], sidecar.SIZE_LIMIT + 1), found[0])


def _content(dropped: Path, home: Path) -> Path:
    """The folder or file to look for a deck in; archives are unpacked."""
    mode = dropped.lstat().st_mode
    if stat.S_ISLNK(mode):
        raise RefusedDropError("It is a symbolic link; drop the file itself.")
    if stat.S_ISDIR(mode):
        return deckfolder.inner_folder(dropped)
    if not stat.S_ISREG(mode):
        raise RefusedDropError("It is neither a file nor a folder; drop a deck.")
    if dropped.name.endswith(sidecar.ENDING):
        deck = dropped.name.removesuffix(sidecar.ENDING)
        raise RefusedDropError(
            f"It is a sidecar, but no deck {deckfolder.shown(deck)} came with it; drop both together, the sidecar first."
        )
    if not archives.is_archive(dropped.name, deckfolder.read_head(dropped)):
        return dropped
    unpacked = home / "unpacked"
    if not unpacked.exists():
        half = home / "unpacking"
        shutil.rmtree(half, ignore_errors=True)
        half.mkdir()
        limits = settings.PDFJOBS.intake
        archives.unpack(
            dropped,
            half,
            archives.Limits(limits.max_unpacked_bytes, limits.max_members, limits.max_ratio),
        )
        os.rename(half, unpacked)
    return deckfolder.inner_folder(unpacked)


def _put_aside_ours(content: Path) -> None:
    """A run folder that is dropped again brings the records of its old run; they are not ours to believe."""
    old = content / deckfolder.OURS
    if os.path.lexists(old):
        os.rename(old, content / f"earlier{deckfolder.OURS}")


def _settle_in(record: IntakeRecord, home: Path, plan: service.NewJob) -> Run:
    """Builds run/ after the plan, renames it to its final place and makes the job."""
    run = home / "run"
    if not record.place or not (settings.INSTANCE.runs / record.place).exists():
        _build(home, run, plan)
        place = f"{record.number}_{plan.stem}"
        while os.path.lexists(settings.INSTANCE.runs / place):
            place += "_"
        service.choose_place(record, place)
        os.rename(run, settings.INSTANCE.runs / place)
    deck = {key: value for key, value in plan.deck.items() if key != "source"}
    files = os.listdir(settings.INSTANCE.runs / record.place)
    deck["files"] = sorted(names.to_stored(name) for name in files)
    return service.make_job(record, service.NewJob(**{**asdict(plan), "deck": deck}))


def _build(home: Path, run: Path, plan: service.NewJob) -> None:
    content = Path(names.from_stored(plan.deck["source"]["content"]))
    inside = names.from_stored(plan.deck["source"]["deck"])
    if inside:
        if not run.exists():
            os.rename(content, run)
        if inside != plan.deck_file and (run / inside).exists():
            if os.path.lexists(run / plan.deck_file):
                os.rename(run / plan.deck_file, run / f"earlier_{plan.deck_file}")
            os.rename(run / inside, run / plan.deck_file)
        return
    run.mkdir(exist_ok=True)
    if content.exists():
        os.rename(content, run / plan.deck_file)


def _reject(record: IntakeRecord, home: Path, reason: str) -> None:
    """Keeps a refused drop under VAR/rejected with its reason beside it."""
    moment = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(record.seen_at.timestamp()))
    folder = settings.INSTANCE.rejected / f"{moment}_{record.number}_{names.safe_stem(record.name)}"
    folder.mkdir(parents=True, exist_ok=True)
    for kept in (
        *sorted((home / "drop").glob("*")),
        *sorted((home / "drop").glob(".*")),
        home / "sidecar.toml",
    ):
        if os.path.lexists(kept) and not os.path.lexists(folder / kept.name):
            os.rename(kept, folder / kept.name)
    _write_whole(folder / "reason.txt", f"{record.name}\n{reason}\n".encode())
    service.refuse(record, reason, folder.name)
    shutil.rmtree(home, ignore_errors=True)


def _write_whole(path: Path, raw: bytes) -> None:
    half = path.with_name(f".{path.name}.half")
    half.write_bytes(raw)
    os.rename(half, path)
