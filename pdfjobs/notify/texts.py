"""The words of a message: the job, the cause in plain words, the line that says so, the state at that time, the last
restart file, and a safe thing to do."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from pdfjobs import names
from pdfjobs.models import Event, Notice
from pdfjobs.notify import advice
from pdfjobs.notify.restarts import Restart
from pdfjobs.sentences.alerts import ALERTS
from pdfjobs.sentences.reasons import REASONS
from pdfjobs.wording import CAUSE_WORDS, RULE_WORDS, STATUS_NAMES

MOST_NAME, MOST_TITLE, MOST_LINE = 80, 150, 300


def title_of(event: Event) -> str:
    """One line that says all that must be known at three in the morning."""
    job, facts = event.job, event.facts
    about = f"{job.number} {one_line(job.name, MOST_NAME)}"
    match event.kind:
        case "failed":
            cause = _cause(facts)
            return _line(
                _("Failed: {job}: {cause}") if cause else _("Failed: {job}"), about, cause=cause
            )
        case "warning":
            alert = facts["alert"]
            form = _("Act: {job}: {rule}") if alert["level"] == "red" else _("Look: {job}: {rule}")
            return _line(form, about, rule=_rule(alert))
        case "assigned":
            return _line(_("Please review: {job}"), about)
    return _line(_("Ended: {job}"), about)


def text_of(event: Event, last: Restart | None) -> str:
    """Plain text; each part on a line of its own, those that are not known left out."""
    job, facts = event.job, event.facts
    lines = [
        _("Job {number} {name}").format(number=job.number, name=one_line(job.name, MOST_LINE)),
        one_line(job.title or "", MOST_LINE),
        ", ".join(
            one_line(part, MOST_NAME) for part in (job.solver, job.project, job.owner) if part
        ),
        "",
        *_what(event),
        _state(facts),
        _restart(last),
        _todo(event),
        "",
        link(job.number),
    ]
    return "\n".join(_without_double_gaps(lines))


def title_of_many(notices: Sequence[Notice]) -> str:
    """Of a message that stands for several."""
    failed = sum(notice.event == "failed" for notice in notices)
    words = [ngettext("{n} message", "{n} messages", len(notices)).format(n=len(notices))]
    if failed:
        words.append(ngettext("{n} job failed", "{n} jobs failed", failed).format(n=failed))
    return ", ".join(words)


def text_of_many(notices: Sequence[Notice]) -> str:
    """All titles first, then each message whole."""
    titles = [f"- {notice.title}" for notice in notices]
    wholes = [f"{notice.title}\n{notice.text}" for notice in notices[:30]]
    return "\n".join(titles) + "\n\n" + "\n\n----\n\n".join(wholes)


def link(number: int) -> str:
    """The job's page; not by Django's map of addresses, with which a worker would load all views."""
    return f"{address()}/jobs/{number}/"


def address() -> str:
    """Where people find the pages; without a slash at the end."""
    web = settings.PDFJOBS.web
    if web.address:
        return str(web.address).rstrip("/")
    host = f"[{web.host}]" if ":" in web.host else web.host
    return f"http://{host}:{web.port}"


def one_line(text: str, most: int) -> str:
    """Readable, without line breaks, and not longer than that."""
    line = names.readable(" ".join(text.split()))
    return line if len(line) <= most else f"{line[: most - 1]}…"


def moment(at: datetime) -> str:
    return f"{timezone.localtime(at):%Y-%m-%d %H:%M %Z}"


def _line(form: str, about: str, **parts: Any) -> str:
    return one_line(form.format(job=about, **parts), MOST_TITLE)


def _what(event: Event) -> list[str]:
    facts = event.facts
    if event.kind == "assigned":
        by = one_line(str(facts.get("by") or _("Somebody")), MOST_NAME)
        return [_("{by} asks you to look at the result.").format(by=by), _status(facts)]
    if event.kind == "warning":
        alert = facts["alert"]
        grave = _("act now") if alert["level"] == "red" else _("look at it")
        words = one_line(f"{_rule(alert)}: {ALERTS.said(alert['words'])}", MOST_LINE)
        where = _where(alert.get("path"), alert.get("line"))
        return [_("Early warning ({grave}): {words}").format(grave=grave, words=words) + where]
    lines = [_("Ended {moment}: {status}").format(moment=moment(event.at), status=_status(facts))]
    if facts.get("cause"):
        where = _where(facts.get("cause_path"), facts.get("cause_line"))
        said = one_line(REASONS.said(str(facts.get("cause_text") or "")), MOST_LINE)
        lines.append(_("Cause: {cause}").format(cause=_cause(facts)))
        if said:
            lines.append(_("It rests on: {line}").format(line=f"{said}{where}"))
    return lines


def _status(facts: dict[str, Any]) -> str:
    words = STATUS_NAMES.said(str(facts["status"]))
    reason = one_line(REASONS.said(str(facts.get("reason") or "")), MOST_LINE)
    return f"{words}, {reason}" if reason else words


def _cause(facts: dict[str, Any]) -> str:
    return CAUSE_WORDS.said(str(facts.get("cause") or ""))


def _rule(alert: dict[str, Any]) -> str:
    return RULE_WORDS.said(str(alert["rule"]))


def _where(path: Any, line: Any) -> str:
    if not line:
        return ""
    if not path:
        return " ({})".format(_("line {line}").format(line=line))
    return f" ({one_line(names.from_stored(str(path)), MOST_NAME)}:{line})"


def _state(facts: dict[str, Any]) -> str:
    """At the time of the event."""
    parts = []
    if (at := facts.get("time")) is not None:
        end = facts.get("end_time")
        form = _("time {time} of {end}") if end is not None else _("time {time}")
        parts.append(form.format(time=_figure(at), end=_figure(end)))
    if isinstance(facts.get("progress"), int | float):
        parts.append(f"{int(facts['progress'] * 100)} %")
    if facts.get("cycle") is not None:
        parts.append(_("cycle {cycle}").format(cycle=facts["cycle"]))
    if n := facts.get("warnings"):
        parts.append(ngettext("{n} warning", "{n} warnings", n).format(n=n))
    if n := facts.get("errors"):
        parts.append(ngettext("{n} error", "{n} errors", n).format(n=n))
    return _("State: {parts}").format(parts=", ".join(parts)) if parts else ""


def _restart(last: Restart | None) -> str:
    if last is None:
        return ""
    at = moment(datetime.fromtimestamp(last.mtime, UTC))
    size = f", {last.size / 1e6:.1f} MB" if last.size else ""
    return _("Last restart file: {file}").format(
        file=f"{one_line(last.path, MOST_LINE)}{size}, {at}"
    )


def _todo(event: Event) -> str:
    facts = event.facts
    if event.kind == "failed":
        said = advice.after(str(facts.get("cause") or ""))
        return _("What to do: {advice}").format(advice=said)
    if event.kind == "warning":
        alert = facts["alert"]
        said = advice.meanwhile(alert["level"], alert["rule"], event.job.solver)
        return _("What to do: {advice}").format(advice=said)
    return ""


def _figure(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, int | float) else str(value)


def _without_double_gaps(lines: list[str]) -> list[str]:
    """An empty line stands between two parts, never beside another."""
    kept: list[str] = []
    for place, line in enumerate(lines):
        if line or (place in (3, len(lines) - 2) and kept and kept[-1]):
            kept.append(line)
    return kept
