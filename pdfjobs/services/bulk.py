"""One edit of many jobs, and its way back."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from pdfjobs.models import History, Job, Tag
from pdfjobs.services import families, joblines, review
from pdfjobs.services.errors import RefusedError
from pdfjobs.services.undo import undo

MOST = 500
"""Jobs in one edit."""
COLUMNS = ("analysis_status", "result_assessment")


@dataclass(frozen=True)
class Edit:
    """What to do to each job; what is None or empty stays as it is."""

    analysis_status: str | None = None
    result_assessment: str | None = None
    add_tags: tuple[str, ...] = ()
    remove_tags: tuple[str, ...] = ()
    base_runs: tuple[int, ...] | None = None
    """Instead of those a job has; a job is never its own."""

    def columns(self) -> dict[str, str]:
        """What every job gets alike."""
        return {name: value for name in COLUMNS if (value := getattr(self, name)) is not None}

    def changes(self, job: Job) -> list[tuple[str, str, str]]:
        """Field, before and after, as history keeps them; needs `tags` and `base_runs` prefetched."""
        found = [(name, getattr(job, name), value) for name, value in self.columns().items()]
        tags = {tag.name for tag in job.tags.all()}
        kept = tags - set(self.remove_tags) | set(self.add_tags)
        found.append(("tags", review.as_text("tags", tags), review.as_text("tags", kept)))
        if self.base_runs is not None:
            bases = [base.number for base in job.base_runs.all()]
            wanted = [number for number in self.base_runs if number != job.number]
            before, after = (review.as_text("base_runs", each) for each in (bases, wanted))
            found.append(("base_runs", before, after))
        return [(field, before, after) for field, before, after in found if before != after]


@dataclass(frozen=True)
class Done:
    """What an edit did: how many jobs it changed, and between which history rows it lies."""

    jobs: int
    first: int = 0
    last: int = 0


@dataclass(frozen=True)
class Undone:
    """What an undo did, and what it had to leave, in words, by the job's number."""

    jobs: int
    left: list[tuple[int, str]]


def edit(jobs: Collection[Job], change: Edit, actor: str) -> Done:
    """Changes all of the jobs or none; each with its own history rows, which say that there were others.

    1. Locks them in one order, so that two who edit the same jobs wait for each other in turn.
    2. Finds what differs, and for that writes the jobs, their tags and base runs, history, and the words that they
       are found by; few statements, since with SQLite every other writer waits meanwhile.

    RefusedError for more than `MOST`. The caller has made sure that `actor` may review them.
    """
    if len(jobs) > MOST:
        raise RefusedError(
            _("At most %(most)s jobs can be edited at once; these are more.") % {"most": MOST}
        )
    with transaction.atomic():
        if change.base_runs is not None:
            families.lock()
        pks = [job.pk for job in jobs]
        locked = Job.objects.select_for_update().filter(pk__in=pks).order_by("pk")
        changes = {
            job: found
            for job in locked.prefetch_related("tags", "base_runs")
            if (found := change.changes(job))
        }
        if not changes:
            return Done(0)
        _write(changes, change)
        rows = _history(changes, actor)
        joblines.refresh([job.pk for job in changes])
    made = sorted(row.pk for row in rows)
    return Done(len(changes), made[0], made[-1])


def rows_of(first: int, last: int, actor: str) -> list[History]:
    """The history rows that one edit of this person left, the newest first."""
    rows = History.objects.filter(pk__range=(first, last), actor=actor)
    return list(rows.select_related("job").order_by("-pk"))


def undo_edit(rows: Iterable[History], actor: str) -> Undone:
    """Takes back what nobody changed since, change by change: what was left tells of itself alone."""
    restored: set[int] = set()
    left = []
    for row in rows:
        try:
            undo(row.pk, actor)
        except RefusedError as error:
            left.append((row.job.number, str(error)))
        else:
            restored.add(row.job_id)
    return Undone(len(restored), left)


Changes = dict[Job, list[tuple[str, str, str]]]


def _write(changes: Changes, change: Edit) -> None:
    pks = [job.pk for job in changes]
    Job.objects.filter(pk__in=pks).update(**change.columns(), updated_at=timezone.now())
    if change.remove_tags:
        gone = set(change.remove_tags) - set(change.add_tags)
        Tag.objects.filter(job__in=pks, name__in=gone).delete()
    new = (Tag(job=job, name=name) for job in changes for name in change.add_tags)
    Tag.objects.bulk_create(new, ignore_conflicts=True)
    for job, found in changes.items():
        for field, _before, after in found:
            if field == "base_runs":
                review.write_field(job, field, after)


def _history(changes: Changes, actor: str) -> list[History]:
    others = len(changes) - 1
    note = f"together with {others} other job{'s' * (others > 1)}" if others else ""
    return History.objects.bulk_create(
        History(job=job, actor=actor, field=field, before=before, after=after, note=note)
        for job, found in changes.items()
        for field, before, after in found
    )
