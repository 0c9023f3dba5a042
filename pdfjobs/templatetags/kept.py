"""How the pages say what is kept in English: causes, early warnings, reasons, notes, refusals, troubles."""

import re
from typing import Any

from django import template

from pdfjobs.sentences.alerts import ALERTS
from pdfjobs.sentences.notes import NOTES
from pdfjobs.sentences.reasons import REASONS
from pdfjobs.sentences.refusals import REFUSALS
from pdfjobs.sentences.tasks import TASKS
from pdfjobs.sentences.troubles import PLACES, TROUBLES
from pdfjobs.sentences.watching import WHYS
from pdfjobs.wording import CAUSE_WORDS, KEPT_WORDS, QUEUE_WORDS, ROLE_WORDS, RULE_WORDS

register = template.Library()

SPACED = re.compile(r"\b(?:[^\W\d_] ){3,}[^\W\d_]\b")
"""Letters with one blank between them each."""


@register.filter
def cause_words(cause: str) -> str:
    return CAUSE_WORDS.get(cause, cause)


@register.filter
def rule_words(rule: str) -> str:
    return RULE_WORDS.get(rule, rule)


@register.filter
def queue_words(name: str) -> str:
    return QUEUE_WORDS.get(name, name)


@register.filter
def kept_words(what: str) -> str:
    return KEPT_WORDS.get(what, what)


@register.filter
def role_words(role: str) -> str:
    return ROLE_WORDS.get(role, role)


@register.filter
def reason(kept: str) -> str:
    """Why a job has its status; also what a cause rests on where that is no solver's word."""
    return _closed_up(REASONS.said(kept or ""))


@register.filter
def warning(kept: str) -> str:
    return ALERTS.said(kept or "")


def alert(said: dict[str, Any]) -> str:
    """Which early warning, and what it says."""
    return f"{rule_words(said['rule'])}: {warning(said['words'])}"


@register.filter
def note(kept: str) -> str:
    return _closed_up(NOTES.said(kept or ""))


@register.filter
def refusal(kept: str) -> str:
    return REFUSALS.said(kept or "")


@register.filter
def task(kept: str) -> str:
    return TASKS.said(kept or "")


@register.filter
def trouble(kept: str) -> str:
    return TROUBLES.said(kept or "")


@register.filter
def place(kept: str) -> str:
    return PLACES.said(kept or "")


@register.filter
def why(kept: str) -> str:
    return WHYS.said(kept or "")


def _closed_up(words: str) -> str:
    """LS-DYNA ends with "N o r m a l    t e r m i n a t i o n"; a page, which takes blanks together, needs it without."""
    return SPACED.sub(lambda found: found[0].replace(" ", ""), words)
