"""What people want to be told, how, and what is on its way to them."""

from typing import ClassVar

from django.contrib.auth.models import User
from django.db import models
from django.db.models import Q

from pdfjobs.models.job import Job
from pdfjobs.models.people import SavedView

EVENTS = ("ended", "failed", "warning", "assigned")
NOTICE_STATES = ("waiting", "sent", "failed")


class Channel(models.Model):
    """A way to reach a person: an address as Apprise takes it."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="channels")
    name = models.CharField(max_length=100)
    url = models.TextField()
    """May hold a password, so no page shows it again."""

    def __str__(self) -> str:
        return self.name


class Follow(models.Model):
    """That a person wants to be told of a job, a project's jobs, or those of a saved view; of all three none: of one's
    own jobs."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="follows")
    channel = models.ForeignKey(Channel, on_delete=models.CASCADE)
    job = models.ForeignKey(Job, on_delete=models.CASCADE, null=True, related_name="follows")
    project = models.CharField(max_length=200, blank=True, default="")
    view = models.ForeignKey(SavedView, on_delete=models.CASCADE, null=True)
    events = models.JSONField(default=list)
    """Some of `EVENTS`."""
    daily = models.BooleanField(default=False)
    """In one digest a day, not at once."""

    def __str__(self) -> str:
        return f"{self.user_id} by {self.channel_id}"


class Notice(models.Model):
    """One message to one person, kept until it was delivered."""

    channel = models.ForeignKey(Channel, on_delete=models.CASCADE, related_name="notices")
    job = models.ForeignKey(Job, on_delete=models.CASCADE, null=True)
    event = models.CharField(max_length=16)
    key = models.CharField(max_length=200)
    """Of what happened: the same is told once by one channel."""
    title = models.TextField()
    text = models.TextField(blank=True, default="")
    state = models.CharField(max_length=16, default="waiting")
    daily = models.BooleanField(default=False)
    tries = models.PositiveIntegerField(default=0)
    trouble = models.TextField(blank=True, default="")
    """Why the last try failed."""
    made_at = models.DateTimeField(auto_now_add=True)
    due_at = models.DateTimeField(db_index=True)
    sent_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["channel", "key"], name="notice_once"),
            models.CheckConstraint(condition=Q(state__in=NOTICE_STATES), name="notice_state_known"),
            models.CheckConstraint(condition=Q(event__in=EVENTS), name="notice_event_known"),
        ]

    def __str__(self) -> str:
        return f"{self.event}: {self.title[:80]}"
