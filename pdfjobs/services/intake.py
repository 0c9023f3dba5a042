"""What happens to a thing in the hot folder, from first sight to job or refusal."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Case, F, Value, When
from django.utils import timezone

from pdfjobs import names
from pdfjobs.models import BaseRun, History, IntakeRecord, Job, Run
from pdfjobs.services import families, joblines
from pdfjobs.services.numbers import next_number


@dataclass(frozen=True)
class Drop:
    """A settled thing in a hot folder, as the watcher saw it."""

    root: str
    path: str
    """Relative to the root, `os.fsdecode`d."""
    device: int
    inode: int
    size: int
    mtime_ns: int
    owner: str = ""


@dataclass(frozen=True)
class NewJob:
    """What intake learnt of a deck that it took in."""

    name: str
    stem: str
    deck_file: str
    solver: str
    deck: dict[str, Any]
    info: str = ""
    project: str = ""
    base_runs: tuple[int, ...] = ()
    cores: int = 1
    wall_limit_s: float | None = None
    folder: str = ""
    """What its run folder is called behind the number; the stem where that is empty."""


def note_arriving(root: str, path: str, size: int | None, owner: str) -> None:
    """Shows a thing that has not settled yet; once a path however often it is told.

    What came by an upload stays its person's, whoever owns the file.
    """
    stored = names.to_stored(path)
    arriving = IntakeRecord.objects.filter(root=root, path=stored, state="arriving")
    kept = Case(When(inode__isnull=True, then=Value(owner)), default=F("owner"))
    if arriving.update(size=size, owner=kept, updated_at=timezone.now()):
        return
    try:
        with transaction.atomic():
            IntakeRecord.objects.create(
                root=root, path=stored, name=names.readable(path), size=size, owner=owner
            )
    except IntegrityError:  # another worker was first
        arriving.update(size=size, owner=kept, updated_at=timezone.now())


def forget_arriving(root: str, path: str) -> None:
    """It had been taken in, or away, when it was noted."""
    IntakeRecord.objects.filter(
        root=root, path=names.to_stored(path), state="arriving", inode__isnull=True
    ).delete()


def note_upload(drop: Drop) -> IntakeRecord:
    """Says whose drop is about to appear in a hot folder; IntegrityError when one of its name is arriving already."""
    with transaction.atomic():
        return IntakeRecord.objects.create(
            root=drop.root,
            path=names.to_stored(drop.path),
            name=names.readable(drop.path),
            size=drop.size,
            owner=drop.owner,
            **_identity(drop),
        )


def forget_upload(record: IntakeRecord) -> None:
    """The drop could not be put into its hot folder."""
    IntakeRecord.objects.filter(pk=record.pk, state="arriving").delete()


def note_gone(root: str, path: str) -> None:
    """A thing was taken away before it had settled."""
    IntakeRecord.objects.filter(root=root, path=names.to_stored(path), state="arriving").update(
        state="gone", reason="taken away before it had settled", updated_at=timezone.now()
    )


def signed(number: int) -> int:
    """A device or inode number as databases take it: some file systems use all 64 bits, unsigned."""
    return (number + 2**63) % 2**64 - 2**63


def claim(drop: Drop) -> IntakeRecord:
    """Gives the drop its number and makes it ours to move; the same drop keeps its first claim.

    What was refused where it lies, since it could not be moved, is claimed anew: it may be movable by now.
    """
    with transaction.atomic():
        number = next_number()  # its row is locked till commit: two claims cannot cross
        same = _same_drop(drop)
        if same is not None:
            transaction.set_rollback(True)
        elif (same := _refused_in_place(drop)) is not None:
            same.state = "claimed"
            same.save()
        else:
            return _new_claim(drop, number)
    IntakeRecord.objects.filter(root=drop.root, path=same.path, state="arriving").delete()
    return same


def _new_claim(drop: Drop, number: int) -> IntakeRecord:
    stored = names.to_stored(drop.path)
    record = IntakeRecord.objects.filter(
        root=drop.root, path=stored, state="arriving"
    ).first() or IntakeRecord(root=drop.root, path=stored, name=names.readable(drop.path))
    uploaded = (record.device, record.inode) == (signed(drop.device), signed(drop.inode))
    owner = record.owner if uploaded else drop.owner
    for field, value in {**_identity(drop), "size": drop.size, "owner": owner}.items():
        setattr(record, field, value)
    record.state, record.number = "claimed", number
    record.save()
    return record


def is_claimed(root: str, path: str, inode: int) -> bool:
    """Whether this very thing is being taken in already, and waits where it lay."""
    return IntakeRecord.objects.filter(
        root=root, path=names.to_stored(path), state="claimed", inode=signed(inode)
    ).exists()


def claimed(drop: Drop) -> IntakeRecord | None:
    """The claim of a drop whose intake has begun and not ended."""
    return _same_drop(drop)


def _identity(drop: Drop) -> dict[str, int]:
    return {
        "device": signed(drop.device),
        "inode": signed(drop.inode),
        "mtime_ns": drop.mtime_ns,
    }


def _same_drop(drop: Drop) -> IntakeRecord | None:
    return IntakeRecord.objects.filter(
        root=drop.root, path=names.to_stored(drop.path), state="claimed", **_identity(drop)
    ).first()


def _refused_in_place(drop: Drop) -> IntakeRecord | None:
    return IntakeRecord.objects.filter(
        root=drop.root,
        path=names.to_stored(drop.path),
        state="refused",
        kept_as="",
        number__isnull=False,
        **_identity(drop),
    ).first()


def choose_place(record: IntakeRecord, stem: str, is_free: Callable[[str], bool]) -> None:
    """Keeps the run folder's final name before anything is renamed to it: free on the disk, and never a run's."""
    place = f"{record.number}_{stem}"
    while not is_free(place) or Run.objects.filter(root="runs", folder=place).exists():
        place += "_"
    IntakeRecord.objects.filter(pk=record.pk).update(place=place, updated_at=timezone.now())
    record.place = place


def say(record: IntakeRecord, reason: str) -> None:
    """Says what a claimed drop waits for."""
    IntakeRecord.objects.filter(pk=record.pk).update(
        reason=names.readable(reason), updated_at=timezone.now()
    )


def refuse(record: IntakeRecord, reason: str, kept_as: str) -> None:
    """Ends an intake with words; the thing lies under VAR/rejected, or where it was when that failed."""
    IntakeRecord.objects.filter(pk=record.pk).update(
        state="refused",
        reason=names.readable(reason),
        kept_as=kept_as,
        updated_at=timezone.now(),
    )


def lose(record: IntakeRecord) -> None:
    """Ends an intake whose thing was taken away before it could be moved."""
    IntakeRecord.objects.filter(pk=record.pk).update(
        state="gone", reason="taken away while it was taken in", updated_at=timezone.now()
    )


def finish(record: IntakeRecord) -> None:
    """Ends an intake: the job is made and its folder in place."""
    IntakeRecord.objects.filter(pk=record.pk).update(
        state="taken", reason="", updated_at=timezone.now()
    )


def job_of(record: IntakeRecord) -> Run:
    """The first run of the job that was made of a drop."""
    return Run.objects.select_related("job").get(job=record.job, ordinal=1)


def make_job(record: IntakeRecord, new: NewJob) -> Run:
    """Makes the job and its first run, once however often it is asked.

    Before the run folder is in place: whoever comes upon the folder then finds that it is known.
    """
    with transaction.atomic():
        record = IntakeRecord.objects.select_for_update().get(pk=record.pk)
        if record.job is not None:
            return record.job.runs.get(ordinal=1)
        job = _new_job(record, new)
        run = Run.objects.create(
            job=job,
            root="runs",
            folder=names.to_stored(record.place),
            stem=new.stem,
            deck_file=names.to_stored(new.deck_file),
            ours=True,
            cores=new.cores,
            wall_limit_s=new.wall_limit_s,
        )
        History.objects.create(
            job=job, actor=record.owner, field="taken in", note=f"{record.name} from the hot folder"
        )
        record.job, record.reason = job, ""
        record.save()
        families.note_new(job)
        joblines.refresh([job.pk])
    return run


def _new_job(record: IntakeRecord, new: NewJob) -> Job:
    assert record.number is not None
    waits = "waits for a free slot"
    job = Job.objects.create(
        number=record.number,
        name=new.name,
        title=new.deck.get("title"),
        solver=new.solver,
        owner=record.owner,
        project=new.project,
        info=new.info,
        deck=new.deck,
        submitted_at=record.seen_at,
        status="pending",
        status_reason=waits,
        status_source="launcher",
        machine_status="pending",
        machine_reason=waits,
        machine_source="launcher",
    )
    BaseRun.objects.bulk_create(BaseRun(job=job, number=n) for n in sorted(set(new.base_runs)))
    return job
