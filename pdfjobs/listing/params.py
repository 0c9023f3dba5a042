"""What narrows, orders and shapes the job list, as the address says it."""

import dataclasses
from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import urlencode

SORTS = (
    *("number", "name", "status", "solver", "owner", "project"),
    *("submitted", "ended", "family"),
)
"""What the list can be ordered by; with a leading minus from the last to the first."""
NEWEST = "-number"


@dataclass(frozen=True)
class ListParams:
    """One page of the list; empty values narrow nothing."""

    q: str = ""
    status: str = ""
    user: str = ""
    project: str = ""
    solver: str = ""
    analysis: str = ""
    """Analysis status."""
    assessment: str = ""
    tag: str = ""
    cause: str = ""
    since: date | None = None
    until: date | None = None
    """Days of submission, both inclusive."""
    mine: bool = False
    review: bool = False
    """Ended, and not assessed yet."""
    warned: bool = False
    """An early warning stood on it while it ran."""
    show_obsolete: bool = False
    sort: str = NEWEST
    shape: str = ""
    """"cards" for cards; else the table."""
    columns: str = ""
    """Names of columns, comma-separated; empty for the usual ones."""
    page: int = 1
    after: int | None = None
    """Instead of a page: the jobs behind this number in the list's order…"""
    before: int | None = None
    """…or in front of it."""

    def but(self, **changed: Any) -> "ListParams":
        """With some of them changed, from the first page."""
        return dataclasses.replace(self, **({"page": 1, "after": None, "before": None} | changed))

    def address(self, **changed: Any) -> str:
        """The query string, with a question mark, of these under some changes."""
        asked = self.but(**changed) if changed else self
        query = urlencode({name: _word(value) for name, value in asked._said().items()})
        return f"?{query}" if query else "?"

    def narrowing(self) -> dict[str, Any]:
        """What narrows the list, by name."""
        shaping = ("sort", "shape", "columns", "page", "after", "before", "show_obsolete")
        return {name: value for name, value in self._said().items() if name not in shaping}

    def _said(self) -> dict[str, Any]:
        return {
            field.name: value
            for field in dataclasses.fields(self)
            if (value := getattr(self, field.name)) != field.default
        }


def _word(value: Any) -> str:
    return "1" if value is True else str(value)
