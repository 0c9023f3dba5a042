"""The orders of the list beside that of numbers, each by an index, and what comes behind a job in them."""

from dataclasses import dataclass
from typing import Any

from django.db.models import F, Q, QuerySet
from django.db.models.functions import Left
from django.db.models.lookups import Exact, GreaterThan, IsNull, LessThan

from pdfjobs.models import Job


class Begin(Left):
    """As its index has it: SQLite knows an expression again only where its numbers are not bound."""

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Any:
        column, values = compiler.compile(self.get_source_expressions()[0])
        return f"SUBSTR({column}, 1, 100)", values


COLUMNS: dict[str, Any] = {
    **{name: F(name) for name in ("status", "solver", "owner", "project", "family")},
    "name": Begin("name", 100),
    "submitted": F("submitted_at"),
    "ended": F("ended_at"),
}
"""What the list can be ordered by beside the number."""
EMPTY = "ended", "family"
"""Of which jobs may have none: these come first, and last where the last comes first."""


@dataclass(frozen=True)
class Order:
    """By a column and, where that is the same, by number."""

    column: str
    last_first: bool

    @classmethod
    def of(cls, sort: str) -> "Order":
        return cls(sort.removeprefix("-"), sort.startswith("-"))

    def numbers(
        self, jobs: QuerySet[Job], skipped: int = 0, most: int = 2**31, *, backwards: bool = False
    ) -> list[int]:
        """Of these jobs."""
        falling = self.last_first != backwards
        column, may_be_none = COLUMNS[self.column], self.column in EMPTY or None
        ordered = jobs.order_by(
            column.desc(nulls_last=may_be_none) if falling else column.asc(nulls_first=may_be_none),
            "-number" if falling else "number",
        )
        return list(ordered.values_list("number", flat=True)[skipped : skipped + most])

    def behind(
        self, jobs: QuerySet[Job], number: int, most: int, *, backwards: bool = False
    ) -> list[int]:
        """Of these jobs those behind the one with this number, or in front of it; none where there is no such job."""
        row = Job.objects.filter(number=number).values_list(COLUMNS[self.column], flat=True)
        found: list[int] = []
        for value in row[:1]:
            for stretch in self._stretches(value, number, falling=self.last_first != backwards):
                if len(found) < most:
                    chosen = jobs.filter(stretch)
                    found += self.numbers(chosen, most=most - len(found), backwards=backwards)
        return found

    def _stretches(self, value: Any, number: int, *, falling: bool) -> list[Any]:
        """What may follow, in its order, each found by the index: those of the same value, of others, and of none."""
        column, compared = COLUMNS[self.column], LessThan if falling else GreaterThan
        same = Q(IsNull(column, True) if value is None else Exact(column, value))
        same &= Q(**{"number__lt" if falling else "number__gt": number})
        if self.column not in EMPTY:
            return [same, compared(column, value)]
        if value is None:
            return [same] if falling else [same, IsNull(column, False)]
        return [same, compared(column, value), *([IsNull(column, True)] if falling else [])]
