"""Logs that are to be read once more from their first byte."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from django.db.models import Q, QuerySet

from pdfjobs.models import LogFile

NOBODY = 0
"""The version of no parser: who reads a log with it next begins anew."""


@dataclass(frozen=True)
class Choice:
    """Which logs; what is None or empty does not narrow."""

    solver: str = ""
    project: str = ""
    status: str = ""
    number: int | None = None
    every: bool = False
    """Also those that the present parsers have read."""


@dataclass(frozen=True)
class KnownLog:
    pk: int
    root: str
    folder: str
    path: str
    solver: str
    parser: str
    parser_version: int


def chosen(
    choice: Choice, present: Iterable[tuple[str, int]], slice_size: int
) -> Iterator[list[KnownLog]]:
    """Slices of the logs that match; `present` are name and version of each parser there is.

    Each slice is a query of its own: nothing is held open while the queue takes its time.
    """
    last, found = 0, _matching(choice, present)
    fields = ("pk", "run__root", "run__folder", "path", "run__job__solver", "parser")
    while True:
        rows = found.filter(pk__gt=last).order_by("pk").values_list(*fields, "parser_version")
        logs = [KnownLog(*row) for row in rows[:slice_size]]
        if not logs:
            return
        last = logs[-1].pk
        yield logs


def _matching(choice: Choice, present: Iterable[tuple[str, int]]) -> QuerySet[LogFile]:
    logs = LogFile.objects.all()
    for field, value in (
        ("run__job__solver", choice.solver),
        ("run__job__project", choice.project),
        ("run__job__status", choice.status),
        ("run__job__number", choice.number),
    ):
        if value:
            logs = logs.filter(**{field: value})
    if not choice.every:
        for parser, version in present:
            logs = logs.exclude(Q(parser=parser) & Q(parser_version=version))
    return logs


def forget(logs: list[KnownLog]) -> None:
    """Has the next reading of these begin at the first byte; what they said is shown until then."""
    LogFile.objects.filter(pk__in=[log.pk for log in logs]).update(parser_version=NOBODY)
