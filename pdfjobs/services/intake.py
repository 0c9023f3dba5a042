"""What happens to a thing in the hot folder, from first sight to job or refusal."""

from dataclasses import dataclass
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from pdfjobs import names
from pdfjobs.models import BaseRun, History, IntakeRecord, Job, Run
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


def note_arriving(root: str, path: str, size: int | None, owner: str) -> None:
    """Shows a thing that has not settled yet; once a path however often it is told."""
    stored = names.to_stored(path)
    arriving = IntakeRecord.objects.filter(root=root, path=stored, state="arriving")
    if arriving.update(size=size, owner=owner, updated_at=timezone.now()):
        return
    try:
        with transaction.atomic():
            IntakeRecord.objects.create(
                root=root, path=stored, name=names.readable(path), size=size, owner=owner
            )
    except IntegrityError:  # another worker was first
        arriving.update(size=size, owner=owner, updated_at=timezone.now())


def note_gone(root: str, path: str) -> None:
    """A thing was taken away before it had settled."""
    IntakeRecord.objects.filter(root=root, path=names.to_stored(path), state="arriving").update(
        state="gone", reason="taken away before it had settled", updated_at=timezone.now()
    )


def claim(drop: Drop) -> IntakeRecord:
    """Gives the drop its number and makes it ours to move; the same drop keeps its first claim."""
    stored = names.to_stored(drop.path)
    identity = {"device": drop.device, "inode": drop.inode, "mtime_ns": drop.mtime_ns}
    with transaction.atomic():
        number = next_number()  # its row is locked till commit: two claims cannot cross
        same = IntakeRecord.objects.filter(
            root=drop.root, path=stored, state="claimed", **identity
        ).first()
        if same is not None:
            transaction.set_rollback(True)
            return same
        record = IntakeRecord.objects.filter(
            root=drop.root, path=stored, state="arriving"
        ).first() or IntakeRecord(root=drop.root, path=stored, name=names.readable(drop.path))
        for field, value in {**identity, "size": drop.size, "owner": drop.owner}.items():
            setattr(record, field, value)
        record.state, record.number = "claimed", number
        record.save()
    return record


def refused_before(drop: Drop) -> bool:
    """Whether this very thing, unchanged, was refused and could not be moved away."""
    return IntakeRecord.objects.filter(
        root=drop.root,
        path=names.to_stored(drop.path),
        state="refused",
        kept_as="",
        device=drop.device,
        inode=drop.inode,
        mtime_ns=drop.mtime_ns,
    ).exists()


def choose_place(record: IntakeRecord, place: str) -> None:
    """Keeps the run folder's final name before anything is renamed to it."""
    IntakeRecord.objects.filter(pk=record.pk).update(place=place, updated_at=timezone.now())
    record.place = place


def say(record: IntakeRecord, reason: str) -> None:
    """Says what a claimed drop waits for."""
    IntakeRecord.objects.filter(pk=record.pk).update(reason=reason, updated_at=timezone.now())


def refuse(record: IntakeRecord, reason: str, kept_as: str) -> None:
    """Ends an intake with words; the thing lies under VAR/rejected, or where it was when that failed."""
    IntakeRecord.objects.filter(pk=record.pk).update(
        state="refused", reason=reason, kept_as=kept_as, updated_at=timezone.now()
    )


def make_job(record: IntakeRecord, new: NewJob) -> Run:
    """Makes the job and its first run, once however often it is asked."""
    with transaction.atomic():
        record = IntakeRecord.objects.select_for_update().get(pk=record.pk)
        if record.job is not None:
            return record.job.runs.get(ordinal=1)
        assert record.number is not None
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
            status_reason="waits for a free slot",
            status_source="launcher",
            machine_status="pending",
            machine_reason="waits for a free slot",
            machine_source="launcher",
        )
        BaseRun.objects.bulk_create(BaseRun(job=job, number=n) for n in sorted(set(new.base_runs)))
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
        record.state, record.job, record.reason = "taken", job, ""
        record.save()
    return run
