"""Runs that go on from one another: those of a job, and those of other jobs that a log or a person names.

A restart with a deck, name or folder of its own is a job of its own, since its number is given once and never
changes; its curve begins with that of the job that it goes on from. Nothing of this is kept: it is found from what
the runs' own logs say, so that it is the same in whatever order they were seen.
"""

import itertools
import math
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from django.db.models import Q

from pdfjobs.models import BaseRun, LogFile, Run
from pdfjobs.names import from_stored, readable
from pdfjobs.points.curves import Place
from pdfjobs.points.pointrows import stored

LINKS = 20
"""Runs in one chain at most."""
LEADING = 5
"""Series whose first points tell where a run begins: the longest ones of each run."""
SHOWN = ("job_id", "job__number", "ordinal", "root", "folder", "stem", "facts", "finished")


@dataclass(frozen=True)
class Link:
    """A run in its chain."""

    run: Run
    begin: float | None = None
    """Time of its first point; None where it has none over time, and in a chain of one."""


@dataclass(frozen=True)
class Continuation:
    """That one thing goes on from another, in words."""

    what: str
    """A run, or the log of a part of one."""
    of: str
    """The one before it; the log's own words where the diary does not know it."""
    number: int | None = None
    """Of another job that `of` is."""
    begin: float | None = None
    """Time from which it goes on."""
    said: str | None = None
    """The log's own words beside `of`."""


def chain(run: Run) -> list[Link]:
    """The runs whose points make the run's curve, itself the last.

    A run goes on from the one before it if its log says so, or if it begins later; one that begins where the others
    did replaces them. No query for the first run of a job that goes on from no other job's.
    """
    runs = _before(run)
    if len(runs) == 1:
        return [Link(run)]
    begins = _begins(runs)
    kept: list[Link] = []
    for one in runs:
        first, set_out = begins.get(one.pk, (None, None))
        if kept and not (one.facts.get("continues") or _is_after(set_out, kept[0].begin)):
            kept = []
        kept.append(Link(one, first))
    return kept


def continuations(links: list[Link]) -> list[Continuation]:
    """What the runs of a chain, and the parts of its last run, go on from; the last ones first."""
    last = links[-1].run
    found = []
    for i, link in enumerate(links):
        said = link.run.facts.get("continues")
        if i:
            earlier = links[i - 1].run
            number = earlier.job.number if earlier.job_id != last.job_id else None
            of = _called(earlier, last)
            found.append(Continuation(_called(link.run, last), of, number, link.begin, said))
        elif said:
            found.append(Continuation(_called(link.run, last), said))
    parts = last.facts.get("chain") or []
    for earlier_part, part in itertools.pairwise(parts):
        found.append(Continuation(_part(part), _part(earlier_part), said=part["continues"]))
    return found[::-1]


def _called(run: Run, shown: Run) -> str:
    if run.job_id == shown.job_id:
        return f"run {run.ordinal}"
    return f"job {run.job.number}"


def _part(part: dict[str, Any]) -> str:
    return readable(from_stored(part["paths"][0])) if part["paths"] else f"part {part['part']}"


def places(runs: Collection[Run]) -> dict[int, Place]:
    """Every log of these runs by its row, in one query."""
    fields = ("id", "run_id", "path", "report__role", "report__part", "report__started_at")
    rows = list(LogFile.objects.filter(run__in=[run.pk for run in runs]).values_list(*fields))
    of_runs = {run.pk: parts(run) for run in runs}
    chained = {(run_id, role) for _, run_id, path, role, *_ in rows if path in of_runs[run_id]}
    return {
        pk: Place(
            *(run_id, role or "", of_runs[run_id].get(path, part or 0), began or "", path),
            replaced=(run_id, role) in chained and path not in of_runs[run_id],
        )
        for pk, run_id, path, role, part, began in rows
    }


def parts(run: Run) -> dict[str, int]:
    """Numbers of the parts that a run's logs are of, by path."""
    return {path: part["part"] for part in run.facts.get("chain") or () for path in part["paths"]}


def _before(run: Run) -> list[Run]:
    """The run and those that may come before it, the first one first; queries only for what a log goes on from."""
    found = [run]
    while len(found) < LINKS:
        at = found[0]
        earlier = _named(at) or _of_its_job(at, run) or _base(at)
        if earlier is None or earlier in found:
            break
        found.insert(0, earlier)
    return found


def _named(run: Run) -> Run | None:
    """The run whose files the run's log names."""
    origin = run.facts.get("origin")
    if not origin:
        return None
    there = Run.objects.filter(root=run.root, folder=origin["folder"], stem=origin["stem"])
    return there.select_related("job").only(*SHOWN).first()


def _of_its_job(run: Run, asked: Run) -> Run | None:
    """The one before it of the job that is asked for: its runs were fetched."""
    if run.ordinal == 1 or run.job_id != asked.job_id:
        return None
    earlier = [each for each in asked.job.runs.all() if each.ordinal < run.ordinal]
    return max(earlier, key=lambda each: each.ordinal, default=None)


def _base(run: Run) -> Run | None:
    """The latest run of the one job that a person named as the base of this one's, whose log says that it goes on."""
    if not run.facts.get("continues"):
        return None
    numbers = BaseRun.objects.filter(job=run.job_id).values_list("number", flat=True)[:2]
    if len(numbers) != 1:
        return None
    there = Run.objects.filter(job__number=numbers[0]).order_by("-ordinal")
    return there.select_related("job").only(*SHOWN).first()


def _is_after(set_out: float | None, begin: float | None) -> bool:
    return set_out is not None and begin is not None and set_out > begin


def _begins(runs: list[Run]) -> dict[int, tuple[float, float | None]]:
    """By run the time of its first point, and the time it set out from: as far before as the next point is behind."""
    leading = {name for run in runs for name in _leading(run)}
    xs_of: dict[tuple[int, int, str], list[float]] = {}
    its = Q(file__run__in=[run.pk for run in runs])
    for row in stored(its, sorted(leading), first=True):
        for name, xs, _ in row.columns():
            if name in leading:
                known = xs_of.setdefault((row.run_id, row.file_id, name), [])
                known += [x for x in xs if math.isfinite(x)]
    found: dict[int, tuple[float, float | None]] = {}
    for (run_id, _, _), xs in xs_of.items():
        if xs and (run_id not in found or xs[0] < found[run_id][0]):
            found[run_id] = xs[0], _set_out(xs)
    return found


def _leading(run: Run) -> list[str]:
    series = run.facts.get("series") or {}
    over_time = [name for name, one in series.items() if one.get("x") == "time"]
    return sorted(over_time, key=lambda name: (-series[name]["n"], name))[:LEADING]


def _set_out(xs: list[float]) -> float | None:
    following = next((x for x in xs if x > xs[0]), None)
    return None if following is None else 2 * xs[0] - following
