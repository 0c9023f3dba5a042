"""Executions of jobs, and what was read from their logs."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from pdfjobs.models.job import Job


class Run(models.Model):
    """One execution of a job; its identity is (root, folder, stem)."""

    job = models.ForeignKey(Job, on_delete=models.CASCADE, related_name="runs")
    ordinal = models.PositiveIntegerField(default=1)
    root = models.CharField(max_length=40)
    """Name of the root that the folder is under."""
    folder = models.TextField()
    """Relative to the root, in the stored escaping of `pdfjobs.names`."""
    stem = models.CharField(max_length=200)
    """Name of the solver's files without ending; empty where a folder holds one run."""
    deck_file = models.TextField(blank=True, default="")
    """The deck inside the folder."""
    ours = models.BooleanField(default=False)
    """Made by intake, so the launcher may start it."""

    cores = models.PositiveIntegerField(default=1)
    wall_limit_s = models.FloatField(null=True)
    generation = models.PositiveIntegerField(default=0)
    """Counts the claims to start it; the claimer owns the start."""
    claimed_at = models.DateTimeField(null=True)
    stop_wanted_by = models.CharField(max_length=150, blank=True, default="")

    record = models.JSONField(null=True)
    """What the exit recorder wrote: `.pdfjobs/run-N.json`."""
    facts = models.JSONField(default=dict)
    """Section 8 of the design, merged over the run's files."""
    progress = models.FloatField(null=True)
    started_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    gone_since = models.DateTimeField(null=True)
    """When the folder was first missed; facts stay."""
    finished = models.BooleanField(default=False, db_index=True)
    """Nothing more is expected: its status is one of `ENDED`."""

    class Meta:
        verbose_name = _("run")
        verbose_name_plural = _("runs")
        ordering: ClassVar = ["ordinal"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["root", "folder", "stem"], name="run_place_once"),
            models.UniqueConstraint(fields=["job", "ordinal"], name="run_ordinal_once"),
        ]

    def __str__(self) -> str:
        return f"run {self.ordinal} of {self.job_id}"


class LogFile(models.Model):
    """A file of a run that a parser claimed, and how far it was read."""

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="files")
    path = models.TextField()
    """Relative to the run's folder, stored escaping."""
    parser = models.CharField(max_length=64)
    parser_version = models.PositiveIntegerField()
    device = models.BigIntegerField()
    inode = models.BigIntegerField()
    head_len = models.PositiveIntegerField()
    head_sha = models.CharField(max_length=64)
    """Fingerprint of the first `head_len` bytes."""
    tail_sha = models.CharField(max_length=64, blank=True, default="")
    """Fingerprint of the last bytes before `offset`: tells a rewritten file from a grown one."""
    generation = models.PositiveIntegerField(default=1)
    """Counts how often the file was begun anew; points belong to one generation."""
    offset = models.BigIntegerField(default=0)
    size = models.BigIntegerField(default=0)
    mtime_ns = models.BigIntegerField(default=0)
    closed = models.BooleanField(default=False)
    """Its run has ended and the last line was taken as it stood; growth begins a new generation."""
    state = models.JSONField(default=dict)
    """The parser's state at `offset`."""
    report = models.JSONField(default=dict)
    """What the parser says so far (section 8), without points and messages."""
    messages_sha = models.CharField(max_length=64, blank=True, default="")
    """Fingerprint of the messages as they stand in their table; empty: not known."""
    pieces = models.PositiveSmallIntegerField(default=0)

    class Meta:
        verbose_name = _("log file")
        verbose_name_plural = _("log files")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["run", "path"], name="log_file_once")
        ]

    def __str__(self) -> str:
        return f"{self.path} ({self.parser})"


class SeriesChunk(models.Model):
    """Consecutive points of one series of one log; only the last one grows. Newer points lie in pieces."""

    file = models.ForeignKey(LogFile, on_delete=models.CASCADE, related_name="points")
    name = models.CharField(max_length=100)
    start = models.PositiveBigIntegerField()
    """Index of its first point."""
    count = models.PositiveIntegerField()
    y_min = models.FloatField(null=True)
    y_max = models.FloatField(null=True)
    data = models.BinaryField()
    """zlib over float64 little-endian: `count` values of x, then `count` of y."""

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["file", "name", "start"], name="chunk_once")
        ]

    def __str__(self) -> str:
        return f"{self.name} from {self.start}"


class SeriesPiece(models.Model):
    """The few points of one reading of a log, of all its series; moved into chunks when there are many."""

    file = models.ForeignKey(LogFile, models.CASCADE, "loose_points", db_index=False)
    number = models.PositiveSmallIntegerField()
    """Order within the file, from 0; with the file an index, which is why `file` needs none."""
    data = models.BinaryField()
    """As `pdfjobs.points.chunks.pack_piece` lays it down."""

    class Meta:
        unique_together: ClassVar = [("file", "number")]

    def __str__(self) -> str:
        return f"piece {self.number} of {self.file_id}"


class SeriesLevel(models.Model):
    """A coarser copy of many consecutive points of a series, made once they are complete; see `pdfjobs.points.levels`."""

    file = models.ForeignKey(LogFile, models.CASCADE, "levels", db_index=False)
    name = models.CharField(max_length=100)
    level = models.PositiveSmallIntegerField()
    start = models.PositiveBigIntegerField()
    """Index of the first point that it stands for."""
    x_min = models.FloatField()
    x_max = models.FloatField()
    """Of what it stands for; inf and -inf where no x is a number."""
    data = models.BinaryField()

    class Meta:
        unique_together: ClassVar = [("file", "name", "level", "start")]

    def __str__(self) -> str:
        return f"{self.name} from {self.start}, level {self.level}"


class Message(models.Model):
    """A distinct warning, error, fatal or note of a log."""

    file = models.ForeignKey(LogFile, on_delete=models.CASCADE, related_name="messages")
    position = models.PositiveIntegerField()
    """First-seen order within the file."""
    severity = models.CharField(max_length=8)
    code = models.CharField(max_length=100, blank=True, default="")
    text = models.TextField()
    line = models.PositiveBigIntegerField()
    count = models.PositiveBigIntegerField(default=1)

    class Meta:
        ordering: ClassVar = ["position"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["file", "position"], name="message_once")
        ]

    def __str__(self) -> str:
        return f"{self.severity}: {self.text[:80]}"
