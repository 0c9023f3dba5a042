"""What narrows the list, each with the way to take it off again."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from pdfjobs.listing.params import ListParams
from pdfjobs.wording import ANALYSIS_WORDS, ASSESSMENT_WORDS, CAUSE_WORDS

LABELS: dict[str, str | Promise] = {
    "q": _("search"),
    "user": _("owner"),
    "project": _("project"),
    "solver": _("solver"),
    "analysis": _("analysis"),
    "assessment": _("result"),
    "tag": _("tag"),
    "cause": _("cause"),
    "since": _("since"),
    "until": _("until"),
}
SWITCHES: dict[str, str | Promise] = {
    "mine": _("mine"),
    "review": _("needs review"),
    "warned": _("warned while running"),
}
WORDS: dict[str, Mapping[str, str]] = {
    "analysis": ANALYSIS_WORDS,
    "assessment": ASSESSMENT_WORDS,
    "cause": CAUSE_WORDS,
}


@dataclass(frozen=True)
class Chip:
    """A filter that is on."""

    name: str
    label: str | Promise
    value: str
    href: str
    """The list without it."""


@dataclass(frozen=True)
class Switch:
    """A filter that is on or off."""

    name: str
    label: str | Promise
    on: bool
    href: str
    """The list with it turned."""


def chips(params: ListParams) -> list[Chip]:
    """The status has its tabs and the switches stand for themselves."""
    empty = ListParams()
    return [
        Chip(
            name,
            LABELS[name],
            WORDS.get(name, {}).get(str(value), str(value)),
            params.address(**{name: getattr(empty, name)}),
        )
        for name, value in params.narrowing().items()
        if name in LABELS
    ]


def switches(params: ListParams) -> list[Switch]:
    return [
        Switch(name, label, on, params.address(**{name: not on}))
        for name, label in SWITCHES.items()
        for on in (getattr(params, name),)
    ]


def hidden(params: ListParams, *without: str) -> list[tuple[str, str]]:
    """What a form of some filters keeps of the others: names and values."""
    kept = params.but()
    said = kept.narrowing() | {
        name: getattr(kept, name)
        for name in ("show_obsolete", "sort", "shape", "columns")
        if getattr(kept, name) != getattr(ListParams(), name)
    }
    return [
        (name, "1" if value is True else str(value))
        for name, value in said.items()
        if name not in without
    ]
