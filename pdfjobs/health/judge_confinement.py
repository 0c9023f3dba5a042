"""What is wrong where solvers run with more rights than they should."""

from collections.abc import Iterator

from django.conf import settings
from django.utils.translation import gettext as _

from pdfjobs import confine
from pdfjobs.health.problem import FAIL, WARN, Problem
from pdfjobs.sentences.troubles import TROUBLES


def judge_confinement() -> Iterator[Problem]:
    """A host whose workers cannot confine; nothing is said where the settings want it so."""
    mode = settings.PDFJOBS.confine.mode
    if mode == "never":
        return
    for told in confine.told(settings.INSTANCE.var):
        if not told.why_not:
            continue
        form = (
            _("On %(host)s solvers cannot be confined: %(why)s; so none is started.")
            if mode == "always"
            else _("On %(host)s solvers cannot be confined: %(why)s; so decks run with its rights.")
        )
        yield Problem(
            FAIL if mode == "always" else WARN,
            "solvers",
            form % {"host": told.host, "why": TROUBLES.said(told.why_not)},
            _(
                "docs/security.md says what it takes; the workers try it again before the next run."
                ' With confine.mode = "never" in pdfjobs.toml nothing is said of it.'
            ),
        )
