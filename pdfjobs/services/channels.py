"""The ways that people gave to be reached by, and what they follow."""

from collections.abc import Collection
from dataclasses import dataclass
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from pdfjobs import access
from pdfjobs.models import EVENTS, Channel, Follow, Job, Notice, SavedView
from pdfjobs.notify import addresses, seal
from pdfjobs.services import digests, notices
from pdfjobs.services.errors import RefusedError

MOST = 20
"""Ways of one person."""
MOST_FOLLOWS = 500
USUAL = ("failed", "warning", "assigned")
"""What somebody hears of who did not choose."""
FIRST_DIGEST_HOUR = 7


@dataclass(frozen=True)
class Target:
    """What is followed; nothing of it: one's own jobs."""

    job: Job | None = None
    project: str = ""
    view: SavedView | None = None

    @property
    def word(self) -> str:
        if self.job is not None:
            return f"job:{self.job.pk}"
        if self.view is not None:
            return f"view:{self.view.pk}"
        return f"project:{self.project}" if self.project else "mine"


def add(user: User, name: str, address: addresses.Address, zone: str) -> Channel:
    """A new way; the first one follows the person's own jobs at once. RefusedError for too many."""
    with transaction.atomic():
        User.objects.select_for_update().get(pk=user.pk)
        count = Channel.objects.filter(user=user).count()
        if count >= MOST:
            raise RefusedError(_("You have %(n)s of them; remove one first.") % {"n": MOST})
        channel = Channel.objects.create(
            user=user,
            name=name or address.shown[:100],
            kind=address.kind,
            url=seal.seal(address.url),
            shown=address.shown[:300],
            zone=known_zone(zone),
            language=get_language() or "",
        )
        if not count:
            follow(channel, Target(), events=USUAL, daily=False)
    return channel


def change(channel: Channel, *, name: str, digest_hour: int | None, zone: str) -> None:
    """Its name, and when the daily digest comes; from now on in the language of the page that said so."""
    with transaction.atomic():
        kept = Channel.objects.select_for_update().get(pk=channel.pk)
        kept.name, kept.digest_hour = name or kept.name, digest_hour
        kept.zone = known_zone(zone) or kept.zone
        kept.language = get_language() or kept.language
        now = timezone.now()
        kept.digest_at = digests.next_digest(kept, now)
        kept.save(update_fields=["name", "digest_hour", "zone", "language", "digest_at"])


def remove(channel: Channel) -> None:
    """With all that is followed by it, and what still waits to be sent."""
    channel.delete()


def follow(channel: Channel, target: Target, *, events: Collection[str], daily: bool) -> Follow:
    """Follows, or changes what is followed already; a digest needs an hour."""
    chosen = [event for event in EVENTS if event in events]
    with transaction.atomic():
        channel = Channel.objects.select_for_update().get(pk=channel.pk)
        mine = Follow.objects.filter(channel=channel)
        known = mine.filter(target=target.word).exists()
        if not known and mine.count() >= MOST_FOLLOWS:
            raise RefusedError(
                _("You follow %(n)s things by it; remove one first.") % {"n": MOST_FOLLOWS}
            )
        made, _is_new = Follow.objects.update_or_create(
            channel=channel,
            target=target.word,
            defaults={
                "user_id": channel.user_id,
                "job": target.job,
                "project": target.project,
                "view": target.view,
                "events": chosen,
                "daily": daily,
            },
        )
        if daily and channel.digest_hour is None:
            change(channel, name=channel.name, digest_hour=FIRST_DIGEST_HOUR, zone=channel.zone)
    return made


def change_follow(kept: Follow, *, events: Collection[str], daily: bool) -> None:
    """What one hears of something followed, and when."""
    target = Target(job=kept.job, project=kept.project, view=kept.view)
    follow(kept.channel, target, events=events, daily=daily)


def unfollow(kept: Follow) -> None:
    kept.delete()


def send_test(channel: Channel) -> None:
    """Has a message sent that says nothing; one a minute, and at once, however long the channel is held."""
    now = timezone.now()
    with transaction.atomic():
        _kept, is_new = Notice.objects.get_or_create(
            channel=channel,
            key=f"test:{now:%Y-%m-%dT%H:%M}",
            defaults={
                "event": "test",
                "title": _("A test message of pdfjobs"),
                "text": _("You asked for it on the page Notifications. Messages come this way."),
                "due_at": now,
            },
        )
        if not is_new:
            raise RefusedError(_("A test was sent within this minute; wait for the next one."))
        Channel.objects.filter(pk=channel.pk).update(held_until=None)
        transaction.on_commit(notices.ask_for_delivery, robust=True)


def target_of(user: User, *, job: int | None, project: str, view: int | None) -> Target:
    """What the person means; RefusedError for what they do not see."""
    if job is not None:
        found = access.visible(user).filter(number=job).first()
        if found is None:
            raise RefusedError(_("There is no job %(number)s that you see.") % {"number": job})
        return Target(job=found)
    if view is not None:
        seen = SavedView.objects.filter(pk=view).first()
        if seen is None or not (seen.shared or seen.owner_id == user.pk):
            raise RefusedError(_("There is no such saved view that you see."))
        return Target(view=seen)
    seen_by_job = access.visible(user).filter(project=project)
    if project and project not in access.projects_of(user) and not seen_by_job.exists():
        raise RefusedError(_("There is no project %(name)s that you see.") % {"name": project})
    return Target(project=project)


def known_zone(name: str) -> str:
    """The zone's name; empty for one that there is not."""
    try:
        return ZoneInfo(name).key[:64] if name else ""
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return ""
