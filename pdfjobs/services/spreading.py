"""Makes of an event one notice for each way to those who follow the job."""

from collections.abc import Iterator, Set

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import override

from pdfjobs import access, jobfiles, languages, names
from pdfjobs.listing.address import narrowing_of
from pdfjobs.listing.expression import expression
from pdfjobs.listing.match import lets_through, line_of
from pdfjobs.models import Event, Follow, Notice, Run, SavedView
from pdfjobs.notify import restarts, texts

MOST = 500
"""Events that are spread in one go."""


def spread() -> int:
    """Makes the notices of all events that have none yet; how many events that were."""
    waiting = Event.objects.filter(spread_at__isnull=True).order_by("id")
    pks = list(waiting.values_list("pk", flat=True)[:MOST])
    for pk in pks:
        _spread(pk)
    return len(pks)


def _spread(pk: int) -> None:
    """Notices and the event's mark in one transaction: killed here, it is done anew as a whole."""
    event = Event.objects.select_related("job").filter(pk=pk).first()
    if event is None:
        return
    followers = dict(_followers(event))
    last = _last_restart(event) if followers else None
    with transaction.atomic():
        event = Event.objects.select_for_update().select_related("job").get(pk=pk)
        if event.spread_at is not None:
            return
        now = timezone.now()
        said = {language: _said(event, last, language) for language in set(followers.values())}
        Notice.objects.bulk_create(
            [
                Notice(
                    channel_id=channel,
                    job=event.job,
                    event=event.kind,
                    key=f"{event.job.number}:{event.key}"[:200],
                    title=said[language][0],
                    text=said[language][1],
                    due_at=now,
                )
                for channel, language in followers.items()
            ],
            ignore_conflicts=True,
        )
        Event.objects.filter(pk=pk).update(spread_at=now)


def _said(event: Event, last: restarts.Restart | None, language: str) -> tuple[str, str]:
    """Title and text."""
    with override(language):
        return texts.title_of(event), texts.text_of(event, last)


def _followers(event: Event) -> Iterator[tuple[int, str]]:
    """Channel, and the language of who reads it, of those who want to hear of it and see the job."""
    job = event.job
    mine = Q(target="mine", user__username__in=[name for name in (job.owner, job.reviewer) if name])
    asked = mine | Q(job=job) | Q(view__isnull=False)
    if job.project:
        asked |= Q(project=job.project)
    follows = Follow.objects.filter(asked, daily=False, user__is_active=True)
    wanted = {event.kind, "ended"} if event.kind == "failed" else {event.kind}
    sees: dict[int, bool] = {}
    line = line_of(job.number)
    for follow in follows.select_related("user", "view", "channel"):
        if wanted.isdisjoint(follow.events):
            continue
        if event.kind == "assigned" and follow.user.get_username() != event.facts.get("reviewer"):
            continue
        if follow.view is not None and not is_in_view(line, follow.view, follow.user):
            continue
        if follow.user_id not in sees:
            sees[follow.user_id] = access.visible(follow.user).filter(pk=job.pk).exists()
        if sees[follow.user_id]:
            yield follow.channel_id, languages.spoken(follow.channel.language)


def is_in_view(line: Set[str], view: SavedView, user: User) -> bool:
    """Whether the person would find the job with this line in the view."""
    asked = expression(narrowing_of(view.query), access.viewer_of(user))
    return lets_through(asked, line)


def _last_restart(event: Event) -> restarts.Restart | None:
    if event.kind not in ("failed", "warning"):
        return None
    run = Run.objects.filter(pk=event.facts.get("run")).first()
    if run is None:
        return None
    entries = jobfiles.list_files(run.root, names.from_stored(run.folder))
    return restarts.newest(event.job.solver, entries)
