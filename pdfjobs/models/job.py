"""Jobs, and what people say of them."""

from collections.abc import Iterable
from typing import Any, ClassVar

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Left
from django.utils.translation import gettext_lazy as _

from pdfjobs import auditlog

STATUSES = ("none", "pending", "running", "finished", "normal", "error", "other")
ENDED = ("finished", "normal", "error", "other")
ANALYSIS_STATUSES = ("open", "ongoing", "done")
ASSESSMENTS = ("", "ok", "not_ok", "other", "issue", "obsolete")


class Job(models.Model):
    """One submission of one deck."""

    number = models.PositiveBigIntegerField(unique=True)
    """What people see, say and put in the URL; given once, never changed."""
    name = models.TextField()
    """The deck's file name as it was handed in (or the run's stem), in readable form."""
    title = models.TextField(null=True)  # noqa: DJ001 - None: the deck does not say
    """The deck's heading."""
    solver = models.CharField(max_length=64, blank=True, default="")
    owner = models.CharField(max_length=150, blank=True, default="")
    """Account name of the person who handed it in."""
    project = models.CharField(max_length=200, blank=True, default="")
    cluster = models.CharField(max_length=100, blank=True, default="")
    scheduler_id = models.CharField(max_length=100, blank=True, default="")

    status = models.CharField(max_length=16, default="none")
    status_reason = models.TextField(blank=True, default="")
    status_source = models.CharField(max_length=16, default="file")
    """file, launcher, scheduler or person; a person's status stays until given back."""
    machine_status = models.CharField(max_length=16, default="none")
    """What the machine would say; equals `status` unless a person set that."""
    machine_reason = models.TextField(blank=True, default="")
    machine_source = models.CharField(max_length=16, default="file")

    info = models.TextField(blank=True, default="")
    analysis_status = models.CharField(max_length=16, default="open")
    result_assessment = models.CharField(max_length=16, blank=True, default="")
    result_summary = models.TextField(blank=True, default="")

    reviewer = models.CharField(max_length=150, blank=True, default="")
    """Account name of the person who is asked to look at the result."""

    cause = models.CharField(max_length=40, blank=True, default="")
    """Of the latest run's end, in the words of `workers/parsers/causes.py`; empty for one that ended well."""
    warned = models.BooleanField(default=False)
    """An early warning stood on it while it ran."""
    ended_at = models.DateTimeField(null=True)
    """When its latest run ended."""
    family = models.PositiveBigIntegerField(null=True)
    """The lowest number among the jobs that base runs tie together; None for one that stands alone."""
    deck = models.JSONField(default=dict)
    """The deck reader's facts; shape in `workers/decks/facts.py`."""
    submitted_at = models.DateTimeField()
    updated_at = models.DateTimeField(auto_now=True, db_index=True)

    class Meta:
        verbose_name = _("job")
        verbose_name_plural = _("jobs")
        ordering: ClassVar = ["-number"]
        indexes: ClassVar = [
            *(
                models.Index(fields=[name, "number", "result_assessment"], name=f"job_by_{name}")
                for name in (
                    *("status", "solver", "owner", "project"),
                    *("submitted_at", "ended_at", "family"),
                )
            ),
            models.Index(fields=["number", "result_assessment", "status"], name="job_by_number"),
            # Of a name that is too long for an index, its begin.
            models.Index(
                Left("name", 100), F("number"), F("result_assessment"), name="job_by_name"
            ),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(status__in=STATUSES), name="job_status_known"),
            models.CheckConstraint(
                condition=Q(machine_status__in=STATUSES), name="job_machine_status_known"
            ),
            models.CheckConstraint(
                condition=Q(analysis_status__in=ANALYSIS_STATUSES), name="job_analysis_status_known"
            ),
            models.CheckConstraint(
                condition=Q(result_assessment__in=ASSESSMENTS), name="job_assessment_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.name}"


class BaseRun(models.Model):
    """That a job is a variant of another; kept by number, since the base may appear later."""

    job = models.ForeignKey(Job, on_delete=models.CASCADE, related_name="base_runs")
    number = models.PositiveBigIntegerField()

    class Meta:
        # The newest variants of a job, however many it has.
        indexes: ClassVar = [models.Index(fields=["number", "job"], name="base_run_by_number")]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["job", "number"], name="base_run_once")
        ]

    def __str__(self) -> str:
        return f"{self.job_id} from {self.number}"


class Tag(models.Model):
    """A word that people put on a job."""

    job = models.ForeignKey(Job, on_delete=models.CASCADE, related_name="tags")
    name = models.CharField(max_length=50)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["name", "job"], name="tag_once")]

    def __str__(self) -> str:
        return self.name


class Attachment(models.Model):
    """A file that a person added to a job's review; lies under VAR/attachments."""

    job = models.ForeignKey(Job, on_delete=models.CASCADE, related_name="attachments")
    name = models.CharField(max_length=255)
    """As the person called it."""
    sha256 = models.CharField(max_length=64)
    """Fingerprint of its bytes, and its name on the disk."""
    size = models.PositiveBigIntegerField()
    media_type = models.CharField(max_length=100)
    """What its bytes are, not what it was said to be."""
    by = models.CharField(max_length=150)
    """Account name."""
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar = ["id"]

    def __str__(self) -> str:
        return self.name


class HistoryRows(models.QuerySet["History"]):
    """What people did is told to the audit log, too."""

    def create(self, **values: Any) -> "History":
        row = super().create(**values)
        row.tell()
        return row

    def bulk_create(self, objs: Iterable["History"], *args: Any, **options: Any) -> list["History"]:
        rows = super().bulk_create(objs, *args, **options)
        for row in rows:
            row.tell()
        return rows


class History(models.Model):
    """Who did what to a job, and when."""

    job = models.ForeignKey(Job, on_delete=models.CASCADE, related_name="history")
    at = models.DateTimeField(auto_now_add=True)
    actor = models.CharField(max_length=150, blank=True, default="")
    """Account name; empty for the diary itself."""
    field = models.CharField(max_length=40)
    """status, or the review field that changed, or an act such as "stop" and "retry"."""
    before = models.TextField(blank=True, default="")
    after = models.TextField(blank=True, default="")
    note = models.TextField(blank=True, default="")

    objects = HistoryRows.as_manager()

    class Meta:
        verbose_name = _("row of history")
        verbose_name_plural = _("history")
        ordering: ClassVar = ["-id"]

    def __str__(self) -> str:
        return f"{self.field}: {self.before} -> {self.after}"

    def tell(self) -> None:
        """One line of the audit log once this is committed; of a person's act alone."""
        if self.actor:
            auditlog.tell(
                f"job.{self.field}",
                by=self.actor,
                of=self.job_id,
                before=self.before,
                after=self.after,
                note=self.note,
            )
