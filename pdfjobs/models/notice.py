"""What people want to be told, how, and what is on its way to them."""

from typing import ClassVar

from django.contrib.auth.models import User
from django.db import models
from django.db.models import Q

from pdfjobs.models.job import Job
from pdfjobs.models.people import SavedView

EVENTS = ("ended", "failed", "warning", "assigned")
NOTICE_EVENTS = (*EVENTS, "digest", "test")
NOTICE_STATES = ("waiting", "sent", "failed", "dropped")


class Channel(models.Model):
    """A way to reach a person."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="channels")
    name = models.CharField(max_length=100)
    kind = models.CharField(max_length=16, default="mail")
    """mail: by the site's mail server; else the scheme of Apprise's address."""
    url = models.TextField()
    """A mail address, or an address as Apprise takes it, sealed: it may hold a password."""
    shown = models.CharField(max_length=300, blank=True, default="")
    """What pages tell of the address: nothing secret."""
    zone = models.CharField(max_length=64, blank=True, default="")
    """The person's time zone by its name; empty: the service's."""
    language = models.CharField(max_length=20, blank=True, default="")
    """In which the person saw the pages when this was entered or changed; empty: the site's."""
    digest_hour = models.PositiveSmallIntegerField(null=True)
    """When the daily digest comes, in that zone; None: no digest."""
    digest_at = models.DateTimeField(null=True, db_index=True)
    """When the next one is due."""
    digest_since = models.DateTimeField(null=True)
    """Up to when the last one told."""
    held_until = models.DateTimeField(null=True)
    """After a failure nothing is tried before."""
    failures = models.PositiveIntegerField(default=0)
    """One after another."""
    trouble = models.TextField(blank=True, default="")
    """Why the last try failed; empty after one that did not."""
    made_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar = ["id"]

    def __str__(self) -> str:
        return self.name


class Follow(models.Model):
    """That a person wants to be told of a job, a project's jobs, or those of a saved view; of all three none: of one's
    own jobs."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="follows")
    channel = models.ForeignKey(Channel, on_delete=models.CASCADE, related_name="follows")
    job = models.ForeignKey(Job, on_delete=models.CASCADE, null=True, related_name="follows")
    project = models.CharField(max_length=200, blank=True, default="", db_index=True)
    view = models.ForeignKey(SavedView, on_delete=models.CASCADE, null=True)
    target = models.CharField(max_length=220, default="mine")
    """Which of these it is, in one word."""
    events = models.JSONField(default=list)
    """Some of `EVENTS`."""
    daily = models.BooleanField(default=False)
    """In one digest a day, not at once."""
    made_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar = ["id"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["channel", "target"], name="follow_once")
        ]

    def __str__(self) -> str:
        return f"{self.user_id} by {self.channel_id}"


class Event(models.Model):
    """Something that happened to a job once, however often it is seen; written with what it happened by."""

    job = models.ForeignKey(Job, on_delete=models.CASCADE, related_name="events")
    kind = models.CharField(max_length=16)
    key = models.CharField(max_length=200)
    """Of what happened: with run, rule or person."""
    facts = models.JSONField(default=dict)
    """State at that time; shape as `pdfjobs.services.notices` lays it down."""
    at = models.DateTimeField()
    spread_at = models.DateTimeField(null=True)
    """When those who follow the job got their notices."""

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["job", "key"], name="event_once"),
            models.CheckConstraint(condition=Q(kind__in=EVENTS), name="event_kind_known"),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["id"], condition=Q(spread_at__isnull=True), name="event_not_spread"
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.key}"


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
    """waiting, sent, failed (given up), dropped (the person may not see the job any more)."""
    tries = models.PositiveIntegerField(default=0)
    trouble = models.TextField(blank=True, default="")
    """Why the last try failed."""
    bundle = models.CharField(max_length=40, blank=True, default="")
    """Those of one bundle leave as one message; kept from the first try on, so that a repeated one is the same."""
    made_at = models.DateTimeField(auto_now_add=True)
    due_at = models.DateTimeField(db_index=True)
    """Not tried before; who tries moves it on first, so that nobody else does at the same time."""
    sent_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar = ["-id"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["channel", "key"], name="notice_once"),
            models.CheckConstraint(condition=Q(state__in=NOTICE_STATES), name="notice_state_known"),
            models.CheckConstraint(condition=Q(event__in=NOTICE_EVENTS), name="notice_event_known"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["due_at"], condition=Q(state="waiting"), name="notice_that_waits")
        ]

    def __str__(self) -> str:
        return f"{self.event}: {self.title[:80]}"
