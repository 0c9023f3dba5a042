"""What a solver said in a run: each message once, however many of its logs have it; and by code, where one has many texts."""

import itertools
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

from django.db.models import Case, Value, When

from pdfjobs.models import Message, Run
from pdfjobs.points.chains import parts

SEVERITIES = ("fatal", "error", "warning", "note")
"""The worst first."""
MOST_ROWS = 3000
"""Of a run: messages of each log, the worst ones first."""
MOST_MESSAGES = 500
MOST_PLACES = 6
"""Further logs that are named behind the first."""
FEW_TEXTS = 5
"""Texts of one code that stand each for itself."""

Words = tuple[str, str, str]
"""Severity, code and text."""


@dataclass(frozen=True)
class Place:
    """Where a log has a message first, and how often it has it."""

    path: str
    """As the diary keeps it."""
    line: int
    count: int


@dataclass(frozen=True)
class Said:
    """A message of a run."""

    pk: int
    """Of its row in the first log."""
    severity: str
    code: str
    text: str
    count: int
    """As the run's warnings are counted: logs of one run repeat each other, those of the parts of a chain add up."""
    places: list[Place]
    """One of each log, the first log first."""

    @property
    def first(self) -> Place:
        return self.places[0]

    @property
    def also(self) -> list[Place]:
        """Further logs that have it, as many as are named."""
        return self.places[1 : 1 + MOST_PLACES]

    @property
    def unnamed(self) -> int:
        """Logs that have it as well, and are not named."""
        return len(self.places) - 1 - len(self.also)


@dataclass(frozen=True)
class Group:
    """Messages of one severity and code that are shown as one; most often a single one."""

    first: Said
    rest: list[Said]

    @property
    def severity(self) -> str:
        return self.first.severity

    @property
    def count(self) -> int:
        return self.first.count + sum(said.count for said in self.rest)


def of_run(run: Run | None) -> list[Said]:
    """Its messages, the worst first, then as the logs have them; at most one query."""
    return of_runs([run])[run.pk] if run else []


def of_runs(runs: Collection[Run]) -> dict[int, list[Said]]:
    """The messages of each run by its key; one query for all."""
    ranks = [When(severity=name, then=Value(rank)) for rank, name in enumerate(SEVERITIES)]
    rows = Message.objects.filter(file__run__in=[run.pk for run in runs]).order_by(
        Case(*ranks, default=Value(len(SEVERITIES))), "file_id", "position"
    )
    fields = ("pk", "severity", "code", "text", "line", "count", "file__path", "file__run_id")
    read = rows.values_list(*fields)[: MOST_ROWS * len(runs)]
    told: dict[int, dict[Words, tuple[int, list[Place]]]] = {run.pk: {} for run in runs}
    for pk, severity, code, text, line, count, path, run_id in read:
        _, places = told[run_id].setdefault((severity, code, text), (pk, []))
        places.append(Place(path, line, count))
    return {run.pk: _once(told[run.pk], parts(run)) for run in runs}


def by_code(messages: Iterable[Said]) -> list[Group]:
    """One for each message, but one alone for each code that has more than a few texts; where its first one stood."""
    codes: dict[tuple[str, str], list[Said]] = {}
    found = list(messages)
    for said in found:
        codes.setdefault((said.severity, said.code), []).append(said)
    return list(_groups(found, codes))


def _once(told: dict[Words, tuple[int, list[Place]]], part_of: dict[str, int]) -> list[Said]:
    return [
        Said(pk, *words, _counted(places, part_of), places)
        for words, (pk, places) in itertools.islice(told.items(), MOST_MESSAGES)
    ]


def _groups(found: list[Said], codes: dict[tuple[str, str], list[Said]]) -> Iterator[Group]:
    for said in found:
        alike = codes[said.severity, said.code]
        if not said.code or len(alike) <= FEW_TEXTS:
            yield Group(said, [])
        elif said is alike[0]:
            yield Group(said, alike[1:])


def _counted(places: list[Place], part_of: dict[str, int]) -> int:
    """The most that a log of each part has, added up over the parts; at least what a log of no part has."""
    by_part: dict[int | None, int] = {}
    for place in places:
        part = part_of.get(place.path)
        by_part[part] = max(by_part.get(part, 0), place.count)
    return max(by_part.pop(None, 0), sum(by_part.values()))
