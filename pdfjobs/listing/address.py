"""The list's parameters out of an address that was kept, such as a saved view's."""

import dataclasses
from datetime import date
from typing import Any
from urllib.parse import parse_qsl

from pdfjobs.listing.params import ListParams

SWITCHES = frozenset(
    field.name for field in dataclasses.fields(ListParams) if field.default is False
)
DAYS = frozenset(("since", "until"))
WORDS = frozenset(field.name for field in dataclasses.fields(ListParams) if field.default == "")


def narrowing_of(query: str) -> ListParams:
    """What narrows the list, without order and page; what cannot be read counts as not given."""
    given: dict[str, Any] = {}
    for name, value in parse_qsl(query.lstrip("?"), max_num_fields=100):
        if name in SWITCHES:
            given[name] = True
        elif name in WORDS:
            given[name] = value[:1000]
        elif name in DAYS:
            try:
                given[name] = date.fromisoformat(value)
            except ValueError:
                continue
    return ListParams(**given)
