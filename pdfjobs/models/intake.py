"""What comes into the hot folders, and the numbers that are given."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from pdfjobs.models.job import Job

INTAKE_STATES = ("arriving", "claimed", "taken", "refused", "gone")


class IntakeRecord(models.Model):
    """One thing dropped into a hot folder, from first sight to job or refusal."""

    root = models.CharField(max_length=40)
    path = models.TextField()
    """Relative to the root, stored escaping."""
    name = models.TextField()
    """Readable form of the name."""
    state = models.CharField(max_length=16, default="arriving")
    """arriving, claimed (being taken in), taken, refused, gone (taken away before it had settled)."""
    reason = models.TextField(blank=True, default="")
    """Why it was refused, or what it waits for: names the file, the place and the remedy."""
    kept_as = models.TextField(blank=True, default="")
    """Where a refused thing lies, relative to VAR/rejected."""
    owner = models.CharField(max_length=150, blank=True, default="")
    size = models.BigIntegerField(null=True)
    device = models.BigIntegerField(null=True)
    inode = models.BigIntegerField(null=True)
    mtime_ns = models.BigIntegerField(null=True)
    number = models.PositiveBigIntegerField(null=True, unique=True)
    job = models.ForeignKey(Job, on_delete=models.SET_NULL, null=True, related_name="intake")
    place = models.TextField(blank=True, default="")
    """The run folder's final name, once chosen."""
    seen_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True, db_index=True)

    class Meta:
        verbose_name = _("intake record")
        verbose_name_plural = _("intake records")
        ordering: ClassVar = ["-id"]
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(state__in=INTAKE_STATES), name="intake_state_known"),
            models.UniqueConstraint(
                fields=["root", "path"],
                condition=Q(state="arriving"),
                name="one_arriving_record_a_path",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name}: {self.state}"


class Counter(models.Model):
    """A database sequence that every backend has."""

    name = models.CharField(max_length=40, primary_key=True)
    value = models.PositiveBigIntegerField()

    def __str__(self) -> str:
        return f"{self.name}: {self.value}"
