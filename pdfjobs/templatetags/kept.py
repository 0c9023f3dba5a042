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
from pdfjobs.templatetags.diary import saying
from pdfjobs.wording import CAUSE_WORDS, KEPT_WORDS, QUEUE_WORDS, ROLE_WORDS, RULE_WORDS

register = template.Library()

SPACED = re.compile(r"\b(?:[^\W\d_] ){3,}[^\W\d_]\b")
"""Letters with one blank between them each."""


for name, said in {
    "cause_words": CAUSE_WORDS.said,
    "rule_words": RULE_WORDS.said,
    "queue_words": QUEUE_WORDS.said,
    "kept_words": KEPT_WORDS.said,
    "role_words": ROLE_WORDS.said,
    "warning": ALERTS.said,
    "refusal": REFUSALS.said,
    "task": TASKS.said,
    "trouble": TROUBLES.said,
    "place": PLACES.said,
    "why": WHYS.said,
}.items():
    register.filter(name, saying(said))


@register.filter
def reason(kept: str) -> str:
    """Why a job has its status; also what a cause rests on where that is no solver's word."""
    return _closed_up(REASONS.said(kept or ""))


def alert(said: dict[str, Any]) -> str:
    """Which early warning, and what it says."""
    return f"{RULE_WORDS.said(said['rule'])}: {ALERTS.said(said['words'])}"


@register.filter
def note(kept: str) -> str:
    return _closed_up(NOTES.said(kept or ""))


def _closed_up(words: str) -> str:
    """LS-DYNA ends with "N o r m a l    t e r m i n a t i o n"; a page, which takes blanks together, needs it without."""
    return SPACED.sub(lambda found: found[0].replace(" ", ""), words)
