"""What is wrong where solvers run with more rights than they should."""

from collections.abc import Iterator

from django.conf import settings

from pdfjobs import confine
from pdfjobs.health.problem import FAIL, WARN, Problem


def judge_confinement() -> Iterator[Problem]:
    """A host whose workers cannot confine; nothing is said where the settings want it so."""
    mode = settings.PDFJOBS.confine.mode
    if mode == "never":
        return
    for told in confine.told(settings.INSTANCE.var):
        if not told.why_not:
            continue
        ends = "so none is started." if mode == "always" else "so decks run with its rights."
        yield Problem(
            FAIL if mode == "always" else WARN,
            "solvers",
            f"On {told.host} solvers cannot be confined: {told.why_not}; {ends}",
            "docs/security.md says what it takes; the workers try it again before the next run."
            ' With confine.mode = "never" in pdfjobs.toml nothing is said of it.',
        )
