"""The daily digest: one message a day to a person who wants it, when there is something to say."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import override

from pdfjobs import access, languages
from pdfjobs.listing import find
from pdfjobs.listing.address import narrowing_of
from pdfjobs.models import Channel, Follow, Job, Notice
from pdfjobs.notify import digesttexts

MOST_OF_A_VIEW = 500
"""Jobs of a saved view that a digest looks at, the newest."""
LONGEST_BACK = timedelta(days=7)
REVIEWED_WITHIN = timedelta(days=14)
"""How old an end may be to be told as waiting for a look."""


def zone_of(channel: Channel) -> ZoneInfo:
    return ZoneInfo(channel.zone or settings.TIME_ZONE)


def next_digest(channel: Channel, now: datetime) -> datetime | None:
    """The next time that it is the hour where the person is; the clock may have been set on or back that night."""
    if channel.digest_hour is None:
        return None
    local = now.astimezone(zone_of(channel))
    at = local.replace(hour=channel.digest_hour, minute=0, second=0, microsecond=0, fold=0)
    while at.timestamp() <= now.timestamp():
        at = (at + timedelta(days=1)).replace(hour=channel.digest_hour, fold=0)
    return at


def sum_up() -> int:
    """Writes the digests that are due; how many channels that were."""
    due = Channel.objects.filter(digest_at__lte=timezone.now(), user__is_active=True)
    pks = list(due.values_list("pk", flat=True))
    for pk in pks:
        _sum_up(pk)
    return len(pks)


def _sum_up(pk: int) -> None:
    """Notice and the next one's time in one transaction; the day in its key keeps a second one away."""
    with transaction.atomic():
        channels = Channel.objects.select_for_update(of=("self",)).select_related("user")
        channel, now = channels.get(pk=pk), timezone.now()
        if channel.digest_at is None or channel.digest_at > now:
            return
        since = max(channel.digest_since or now - timedelta(days=1), now - LONGEST_BACK)
        day = channel.digest_at.astimezone(zone_of(channel)).date()
        digest = digesttexts.Digest(
            since=since,
            until=now,
            zone=zone_of(channel),
            **_parts(_followed(channel), since, now),
        )
        if digest.has_news:
            with override(languages.spoken(channel.language)):
                title, text = digesttexts.title_of(digest), digesttexts.text_of(digest)
            Notice.objects.bulk_create(
                [
                    Notice(
                        channel=channel,
                        event="digest",
                        key=f"digest:{day}",
                        title=title,
                        text=text,
                        due_at=now,
                    )
                ],
                ignore_conflicts=True,
            )
        Channel.objects.filter(pk=pk).update(digest_since=now, digest_at=next_digest(channel, now))


def _followed(channel: Channel) -> QuerySet[Job]:
    """The jobs that the person follows by this channel, and sees."""
    name = channel.user.get_username()
    asked = Q(pk__in=())
    for follow in Follow.objects.filter(channel=channel).select_related("view"):
        if follow.job_id is not None:
            asked |= Q(pk=follow.job_id)
        elif follow.view is not None:
            viewer = access.viewer_of(channel.user)
            asked |= Q(
                number__in=find.matching(narrowing_of(follow.view.query), viewer, MOST_OF_A_VIEW)
            )
        elif follow.project:
            asked |= Q(project=follow.project)
        else:
            asked |= Q(owner=name) | Q(reviewer=name)
    jobs = access.visible(channel.user).filter(asked).exclude(result_assessment="obsolete")
    return jobs.defer("deck").prefetch_related("runs")


def _parts(jobs: QuerySet[Job], since: datetime, now: datetime) -> dict[str, list[Job]]:
    most = digesttexts.MOST + 1
    over = jobs.filter(ended_at__gt=since, ended_at__lte=now).order_by("-ended_at", "-number")
    unreviewed = jobs.filter(
        status__in=("finished", "normal"),
        result_assessment="",
        ended_at__gt=now - REVIEWED_WITHIN,
        ended_at__lte=since,
    )
    return {
        "failed": list(over.filter(status__in=("error", "other"))[:most]),
        "ended": list(over.filter(status__in=("finished", "normal"))[:most]),
        "running": list(jobs.filter(status="running").order_by("-number")[:most]),
        "unreviewed": list(unreviewed.order_by("-ended_at", "-number")[:most]),
    }
