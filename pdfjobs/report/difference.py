"""What a job's report says of its base run: the deck's difference, and what came of it."""

from typing import Any

from django.contrib.auth.models import User

from pdfjobs import access, outcomes
from pdfjobs.decks.deckcards import summary_of
from pdfjobs.decks.deckdiff import compare, compare_facts
from pdfjobs.models import Job

MOST_CHANGES = 15
"""Cards of one group; the page of the difference has all."""


def from_base(job: Job, user: User) -> dict[str, Any] | None:
    """Beside the first of its base runs that the person sees; None where there is none."""
    numbers = job.base_runs.values_list("number", flat=True)
    seen = access.visible(user).exclude(pk=job.pk).filter(number__in=numbers)
    base = seen.order_by("number").prefetch_related("runs").first()
    if base is None:
        return None
    old, new = summary_of(base), summary_of(job)
    both = old is not None and new is not None
    decks = compare(old, new) if old is not None and new is not None else None
    return {
        "base": base,
        "parameters": decks.parameters if decks else [],
        "groups": [(group, group.changes[:MOST_CHANGES]) for group in decks.groups]
        if decks
        else [],
        "meshes": decks.meshes if decks else [],
        "includes": decks.includes if decks else [],
        "facts": [] if both else compare_facts(base.deck, job.deck),
        "same": both and not decks,
        "rows": [
            row
            for row in (*outcomes.results(base, job), *outcomes.costs(base, job))
            if row.before or row.after
        ],
    }
