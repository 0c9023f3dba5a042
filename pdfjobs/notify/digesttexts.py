"""The words of the daily digest."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from django.utils import dateformat
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from pdfjobs import queries
from pdfjobs.models import Job
from pdfjobs.notify.texts import MOST_NAME, address, link, one_line
from pdfjobs.sentences.reasons import REASONS
from pdfjobs.wording import CAUSE_WORDS, STATUS_NAMES

MOST = 30
"""Jobs that a part of it names."""


@dataclass(frozen=True)
class Digest:
    """What there is to say; of each part up to one more than is told."""

    since: datetime
    until: datetime
    zone: ZoneInfo
    failed: Sequence[Job]
    ended: Sequence[Job]
    running: Sequence[Job]
    unreviewed: Sequence[Job]

    @property
    def has_news(self) -> bool:
        return bool(self.failed or self.ended or self.running or self.unreviewed)


def title_of(digest: Digest) -> str:
    """How many of each."""
    forms = (
        (digest.failed, ngettext("{n} failed", "{n} failed", len(digest.failed))),
        (digest.ended, ngettext("{n} ended well", "{n} ended well", len(digest.ended))),
        (digest.running, ngettext("{n} running", "{n} running", len(digest.running))),
        (digest.unreviewed, ngettext("{n} to review", "{n} to review", len(digest.unreviewed))),
    )
    parts = [form.format(n=_number(jobs)) for jobs, form in forms if jobs]
    day = f"{digest.until.astimezone(digest.zone):%Y-%m-%d}"
    return _("Jobs on {day}: {parts}").format(day=day, parts=", ".join(parts))


def text_of(digest: Digest) -> str:
    """A part each for what failed, ended well, runs and waits for a look."""
    since = f"{digest.since.astimezone(digest.zone):%Y-%m-%d %H:%M %Z}"
    parts = [
        _part(_("Failed since {since}").format(since=since), digest.failed, _cause),
        _part(_("Ended well since {since}").format(since=since), digest.ended, lambda job: ""),
        _part(_("Running"), digest.running, lambda job: _eta(job, digest)),
        _part(_("Ended earlier and not assessed yet"), digest.unreviewed, lambda job: ""),
        _("All jobs: {address}").format(address=f"{address()}/?mine=1"),
    ]
    return "\n\n".join(part for part in parts if part)


def _part(head: str, jobs: Sequence[Job], more: Callable[[Job], str]) -> str:
    if not jobs:
        return ""
    lines = [f"{head}: {_number(jobs)}"]
    for job in jobs[:MOST]:
        said = more(job)
        name = one_line(job.name, MOST_NAME)
        lines.append(f"- {job.number} {name}{': ' if said else ''}{said}")
        lines.append(f"  {link(job.number)}")
    if len(jobs) > MOST:
        lines.append(_("- and more"))
    return "\n".join(lines)


def _number(jobs: Sequence[Job]) -> str:
    return f"{MOST}+" if len(jobs) > MOST else str(len(jobs))


def _cause(job: Job) -> str:
    found = queries.cause(job, queries.current_run(job))
    if found is None:
        return STATUS_NAMES.said(job.status)
    name = CAUSE_WORDS.said(str(found["name"]))
    text = one_line(REASONS.said(str(found["text"] or "")), 160)
    return f"{name} ({text})" if text else name


def _eta(job: Job, digest: Digest) -> str:
    run = queries.current_run(job)
    progress, eta = queries.progress(job, run), queries.eta(job, run, digest.until)
    words = [] if progress is None else [f"{int(progress * 100)} %"]
    if eta is not None:
        if eta.early and eta.late:
            first, last = (
                dateformat.format(at.astimezone(digest.zone), "D H:i")
                for at in (eta.early, eta.late)
            )
            words.append(_("ends {first} to {last}").format(first=first, last=last))
        else:
            words.append(_("about {hours:.1f} h left").format(hours=eta.seconds / 3600))
    return ", ".join(words)
