"""What is on its way: who may try to send it, and what came of that.

A try is claimed by moving the notices' time on, in a transaction that locks their channel, so no two workers send the
same; one who is killed in the middle leaves them due again after `CLAIM`. A bundle once tried stays as it is.
"""

import random
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from pdfjobs import access
from pdfjobs.models import Channel, Event, Notice
from pdfjobs.notify.addresses import MAIL
from pdfjobs.notify.errors import CarryError

CLAIM = timedelta(minutes=5)
"""Longer than any try may take."""
FIRST_WAIT_S, LONGEST_WAIT_S = 10.0, 600.0
GIVE_UP = timedelta(days=7)
ONE_BY_ONE = 3
"""Up to so many notices go to a person as messages of their own; more go as one: nobody reads 500 mails."""
MOST_TOGETHER = 500
ALONE = ("digest", "test")


@dataclass(frozen=True)
class Bundle:
    """What leaves as one message."""

    channel: Channel
    notices: list[Notice]
    key: str


def is_due(now: datetime) -> bool:
    """Whether there is something to send, to spread or to sum up."""
    return (
        Event.objects.filter(spread_at__isnull=True).exists()
        or _due(now).exists()
        or Channel.objects.filter(digest_at__lte=now).exists()
    )


def claim() -> Bundle | None:
    """The next message that is due, for the caller alone; None when there is none."""
    while True:
        now = timezone.now()
        first = _due(now).order_by("due_at", "id").values_list("channel_id", flat=True).first()
        if first is None:
            return None
        with transaction.atomic():
            channels = Channel.objects.select_for_update(of=("self",)).select_related("user")
            channel = channels.filter(pk=first).first()
            if channel is None:
                continue
            due = list(_due(now).filter(channel=channel).select_related("job").order_by("id"))
            due = _without_unseen(channel, due)
            if not due:
                continue
            chosen = _bundle(due[:MOST_TOGETHER])
            key = chosen[0].bundle or uuid.uuid4().hex
            Notice.objects.filter(pk__in=[notice.pk for notice in chosen]).update(
                due_at=now + CLAIM, tries=F("tries") + 1, bundle=key
            )
            return Bundle(channel, chosen, key)


def note_sent(bundle: Bundle) -> None:
    """The other side has taken it; what was held for the same fault is due at once."""
    now = timezone.now()
    with transaction.atomic():
        _of(bundle).update(state="sent", sent_at=now, trouble="")
        well = Channel.objects.filter(pk=bundle.channel.pk)
        if bundle.channel.kind == MAIL:
            well |= Channel.objects.filter(kind=MAIL, held_until__gt=now)
        well.exclude(failures=0, trouble="").update(failures=0, trouble="", held_until=None)


def note_failure(bundle: Bundle, error: CarryError) -> None:
    """Holds the channel for a while, longer each time; gives up what will not be taken, or was tried for a week."""
    now, words = timezone.now(), str(error)
    with transaction.atomic():
        channel = Channel.objects.select_for_update().get(pk=bundle.channel.pk)
        too_old = Q(made_at__lt=now - GIVE_UP)
        given_up = _of(bundle) if error.permanent else _of(bundle).filter(too_old)
        given_up.update(state="failed", trouble=words)
        _of(bundle).update(due_at=now, trouble=words)
        if error.permanent:
            Channel.objects.filter(pk=channel.pk).update(trouble=words)
            return
        failures = channel.failures + 1
        held = now + timedelta(seconds=wait_s(failures, random.random()))  # nosec B311 # jitter, no secret
        held_too = Q(pk=channel.pk)
        if error.everybody:
            held_too |= Q(kind=channel.kind)
        Channel.objects.filter(held_too).update(failures=failures, held_until=held, trouble=words)


def wait_s(failures: int, luck: float) -> float:
    """Seconds until the next try: twice as long each time, up to ten minutes."""
    longest: float = min(FIRST_WAIT_S * 2 ** min(failures - 1, 20), LONGEST_WAIT_S)
    return longest * (0.75 + 0.5 * luck)


def forget() -> None:
    """Removes what nobody looks at any more; events stay as long as they keep old news from being told anew."""
    before = timezone.now() - timedelta(days=settings.PDFJOBS.notify.keep_days)
    Notice.objects.filter(made_at__lt=before).exclude(state="waiting").delete()


def _due(now: datetime) -> QuerySet[Notice]:
    open_now = Q(channel__held_until__isnull=True) | Q(channel__held_until__lte=now)
    return Notice.objects.filter(
        open_now, state="waiting", due_at__lte=now, channel__user__is_active=True
    )


def _of(bundle: Bundle) -> QuerySet[Notice]:
    return Notice.objects.filter(pk__in=[each.pk for each in bundle.notices], state="waiting")


def _without_unseen(channel: Channel, due: list[Notice]) -> list[Notice]:
    """Drops what is about jobs that the person does not see any more."""
    about = {notice.job_id for notice in due if notice.job_id is not None}
    seen = set(access.visible(channel.user).filter(pk__in=about).values_list("pk", flat=True))
    unseen = [each.pk for each in due if each.job_id is not None and each.job_id not in seen]
    if unseen:
        Notice.objects.filter(pk__in=unseen).update(
            state="dropped", trouble="The job is not yours to see any more."
        )
    return [notice for notice in due if notice.pk not in unseen]


def _bundle(due: list[Notice]) -> list[Notice]:
    """What was tried together before; else all that wait, where they are many; else the first."""
    for notice in due:
        if notice.bundle:
            return [each for each in due if each.bundle == notice.bundle]
        if notice.event in ALONE:
            return [notice]
    return due if len(due) > ONE_BY_ONE else due[:1]
