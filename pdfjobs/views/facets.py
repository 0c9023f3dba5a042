"""The most used values of each filter among what the list shows, with their numbers."""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Q
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from pdfjobs.listing import find
from pdfjobs.listing.expression import Viewer
from pdfjobs.listing.params import ListParams
from pdfjobs.models import ENDED, Job, Tag
from pdfjobs.views.chips import switches
from pdfjobs.wording import ANALYSIS_WORDS, ASSESSMENT_WORDS, CAUSE_WORDS, STATUS_NAMES

LOOKED_AT = 1000
"""The newest jobs whose values are counted; all of a list that has no more."""
SHOWN = 12
"""Values of a filter."""


@dataclass(frozen=True)
class Choice:
    """A value that the list can be narrowed to."""

    value: str
    words: str
    count: int
    on: bool
    href: str
    """The list narrowed to it, or, where it is already, no longer."""


@dataclass(frozen=True)
class Facet:
    """A filter and its values, the most used first."""

    name: str
    label: str | Promise
    choices: list[Choice]
    of_newest: int
    """How many jobs were looked at where the list has more; else 0."""


FIELDS: dict[str, tuple[str | Promise, str]] = {
    "status": (_("Status"), "status"),
    "solver": (_("Solver"), "solver"),
    "analysis": (_("Analysis"), "analysis_status"),
    "assessment": (_("Result"), "result_assessment"),
    "cause": (_("Cause of failure"), "cause"),
    "tag": (_("Tag"), ""),
    "user": (_("Owner"), "owner"),
    "project": (_("Project"), "project"),
}
"""Filter to label and column."""
SAID: dict[str, Callable[[str], str]] = {
    "status": STATUS_NAMES.said,
    "analysis": ANALYSIS_WORDS.said,
    "assessment": ASSESSMENT_WORDS.said,
    "cause": CAUSE_WORDS.said,
}


def facets(params: ListParams, viewer: Viewer) -> list[Facet]:
    """Of the list as it is narrowed now; a filter's own values as if it were off, so that one can change over.

    Four queries, and two more for each filter that is on. What is on or off by itself comes last.
    """
    everything = _Sample(params, viewer, (*_columns(), "tag"))
    samples = {
        name: _Sample(params.but(**{name: ""}), viewer, (name,))
        for name in FIELDS
        if getattr(params, name)
    }
    found = [
        Facet(
            name,
            label,
            _choices(params, name, sample.counted(name)),
            0 if sample.is_all else LOOKED_AT,
        )
        for name, (label, _column) in FIELDS.items()
        for sample in (samples.get(name, everything),)
    ]
    switched = _switched(params, everything.turned(viewer))
    return [*found, Facet("only", _("Only"), switched, 0 if everything.is_all else LOOKED_AT)]


class _Sample:
    """The newest jobs of a list and their values of some filters."""

    def __init__(self, params: ListParams, viewer: Viewer, names: Iterable[str]) -> None:
        newest = params.but(sort="-number")
        numbers = find.matching(newest, viewer, most=LOOKED_AT + 1)
        self.is_all = len(numbers) <= LOOKED_AT
        self._numbers = numbers = numbers[:LOOKED_AT]
        self._counted: dict[str, Counter[str]] = {name: Counter() for name in names}
        columns = [name for name in self._counted if name != "tag"]
        if columns:
            rows = Job.objects.filter(number__in=numbers).order_by()
            for row in rows.values_list(*(FIELDS[name][1] for name in columns)):
                for name, value in zip(columns, row, strict=True):
                    self._counted[name][value] += 1
        if "tag" in self._counted:
            tags = Tag.objects.filter(job__number__in=numbers).values_list("name", flat=True)
            self._counted["tag"].update(tags)

    def counted(self, name: str) -> Counter[str]:
        return self._counted[name]

    def turned(self, viewer: Viewer) -> dict[str, int]:
        """How many each switch lets through."""
        return Job.objects.filter(number__in=self._numbers).aggregate(
            mine=Count("pk", filter=Q(owner=viewer.user) | Q(reviewer=viewer.user)),
            review=Count("pk", filter=Q(status__in=ENDED, result_assessment="")),
            warned=Count("pk", filter=Q(warned=True)),
        )


def _columns() -> list[str]:
    return [name for name, (_label, column) in FIELDS.items() if column]


def _choices(params: ListParams, name: str, counted: Counter[str]) -> list[Choice]:
    del counted[""]  # nothing asks for what has no value
    now = str(getattr(params, name))
    values: list[tuple[str, Any]] = counted.most_common(SHOWN)
    if now and now not in dict(values):
        values.append((now, counted[now]))
    return [
        Choice(
            value,
            SAID.get(name, str)(value),
            count,
            value == now,
            params.address(**{name: "" if value == now else value}),
        )
        for value, count in values
    ]


def _switched(params: ListParams, counted: dict[str, int]) -> list[Choice]:
    return [
        Choice(each.name, str(each.label), counted[each.name], each.on, each.href)
        for each in switches(params)
        if counted[each.name] or each.on
    ]
