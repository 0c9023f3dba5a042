"""Early warnings of a run, by the rules of `alerts.toml`, from its merged facts alone; pure.

What depends on the clock is kept as the moment from which it holds (`after`): pages leave it out before that, and a
later look at the same logs finds the same.
"""

import functools
import math
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from typing import Any

from workers.alertrules import RULES, Level, Rule

Facts = dict[str, Any]

FOREVER_S = 1e9
MOST = 12
"""Alerts that a run keeps, the red ones first."""
MOST_OF_A_RULE = 3
"""A rule for a family may hold for every field of it."""


@dataclass(frozen=True)
class Course:
    """What is known of the run beside its curves; moments are Unix times."""

    running: bool
    newest: float | None
    """When its newest log was written last."""
    gap_s: float | None
    """The usual time between two lines that tell a time."""
    began: float | None
    wall_limit_s: float | None
    likely_end: float | None
    early_end: float | None


def alerts(facts: Facts, course: Course, rules: tuple[Rule, ...] = RULES) -> list[Facts]:
    """Rule, level, words, and where it rests on a line of a log: path (if known) and line; the red ones first."""
    found: list[Facts] = []
    series = facts.get("series") or {}
    for rule, names in _fitting(facts.get("solver"), tuple(series), rules):
        if rule.while_running and not course.running:
            continue
        if rule.look == "silence":
            found += _silence(rule, course)
        elif rule.look == "wall limit":
            found += _wall_limit(rule, course)
        elif _is_open(rule, series):
            found += _of_series(rule, names, series)
    found.sort(key=lambda alert: alert["level"] != "red")
    return found[:MOST]


@functools.lru_cache(1000)
def _fitting(
    solver: str | None, series: tuple[str, ...], rules: tuple[Rule, ...]
) -> tuple[tuple[Rule, tuple[str, ...]], ...]:
    """The rules that a log with these series is asked, and of which; most logs have the series of others."""
    fitting = []
    for rule in rules:
        names = tuple(name for wanted in rule.series for name in _named(wanted, series))
        is_of_curves = rule.look not in ("silence", "wall limit")
        if (
            (rule.solvers and solver not in rule.solvers)
            or (is_of_curves and not names)
            or any(not _named(name, series) for name in rule.required)
            or any(_named(name, series) for name in rule.without)
        ):
            continue
        fitting.append((rule, names))
    return tuple(fitting)


def _of_series(rule: Rule, names: tuple[str, ...], series: dict[str, Facts]) -> list[Facts]:
    """A rule about curves, for each of these series."""
    found = []
    for name in names:
        summary = series[name]
        if summary["n"] < rule.points:
            continue
        looked = _LOOKS[rule.look](rule, summary, series)
        if looked is not None:
            level, value, partner = looked
            words = rule.words.format(
                value=value,
                last=_figure(summary["last"]),
                of=partner,
                series=name,
                field=name.partition(".")[2] or name,
            )
            found.append(_alert(rule, level, words, summary))
    return found[:MOST_OF_A_RULE]


def _named(wanted: str, series: tuple[str, ...]) -> list[str]:
    return [name for name in series if fnmatchcase(name, wanted)]


def _is_open(rule: Rule, series: dict[str, Facts]) -> bool:
    """Whether what the rule's ratio rests on is large enough for it to mean something."""
    if not rule.gate or rule.gate not in series:
        return True
    gate = series[rule.gate]
    first, peak = _number(gate["first"]), _peak(gate)
    return first is not None and peak is not None and abs(first) >= rule.gate_share * peak


Looked = tuple[Level, str, str] | None
"""Level, the value in words, and its partner's."""


def _range(rule: Rule, summary: Facts, series: dict[str, Facts]) -> Looked:
    last = _number(summary["last"])
    if last is None:
        return None
    inside = [low <= last <= high for low, high in (rule.yellow, rule.red)]
    return None if all(inside) else ("yellow" if inside[1] else "red", _figure(last), "")


def _share(rule: Rule, summary: Facts, series: dict[str, Facts]) -> Looked:
    whole, last = _peak(series.get(rule.of)), _number(summary["last"])
    if not whole or last is None or (rule.negative and last >= 0):
        return None
    if rule.of_least:
        least = _peak(series.get(rule.of_least["series"]))
        if least is not None and whole < least * rule.of_least["share"]:
            return None
    share = abs(last) / whole
    level = _level(rule, share)
    return (level, _percent(share), _figure(whole)) if level else None


def _drop(rule: Rule, summary: Facts, series: dict[str, Facts]) -> Looked:
    first, last = _number(summary["first"]), _number(summary["last"])
    if not first or last is None or first < 0:
        return None
    share = last / first
    level: Level | None = "red" if share < rule.red else "yellow" if share < rule.yellow else None
    return (level, _percent(share), _figure(first)) if level else None


def _rise(rule: Rule, summary: Facts, series: dict[str, Facts]) -> Looked:
    low, last = _number(summary["min"]), _number(summary["last"])
    if low is None or last is None:
        return None
    if summary.get("unit") == "log10" or low < 0:  # SU2 prints logarithms
        decades = last - low
    elif low > 0 and last > 0:
        decades = math.log10(last / low)
    else:
        return None
    level = _level(rule, decades)
    return (level, f"{decades:.1f}", _figure(low)) if level else None


def _plateau(rule: Rule, summary: Facts, series: dict[str, Facts]) -> Looked:
    lowest, end, last = summary.get("min_line"), summary.get("last_line"), _number(summary["last"])
    if not lowest or not end or last is None:
        return None
    size = 10 ** min(last, 9) if summary.get("unit") == "log10" or last < 0 else last
    if rule.above is not None and size <= rule.above:
        return None
    share = (end - lowest) / end
    level = _level(rule, share)
    return (level, _percent(share), "") if level else None


def _no_number(rule: Rule, summary: Facts, series: dict[str, Facts]) -> Looked:
    return ("red", str(summary["last"]), "") if _number(summary["last"]) is None else None


def _count(rule: Rule, summary: Facts, series: dict[str, Facts]) -> Looked:
    last, whole = _number(summary["last"]), series.get(rule.of, {}).get("n", 0)
    if last is None or last < rule.least:
        return None
    share = last / max(whole, 1)
    level = _level(rule, share)
    return (level, f"{share:.2g}", str(whole)) if level else None


_LOOKS: dict[str, Callable[[Rule, Facts, dict[str, Facts]], Looked]] = {
    "range": _range,
    "share": _share,
    "drop": _drop,
    "rise": _rise,
    "plateau": _plateau,
    "no number": _no_number,
    "count": _count,
}


def _level(rule: Rule, value: float) -> Level | None:
    return "red" if value >= rule.red else "yellow" if value >= rule.yellow else None


def _wall_limit(rule: Rule, course: Course) -> list[Facts]:
    began, limit, likely = course.began, course.wall_limit_s, course.likely_end
    if began is None or limit is None or likely is None or likely <= began + limit:
        return []
    early = course.early_end
    level: Level = "red" if early is not None and early > began + limit else "yellow"
    words = rule.words.format(value=_duration(likely - began), of=_duration(limit))
    return [_alert(rule, level, words, None)]


def _silence(rule: Rule, course: Course) -> list[Facts]:
    """Both levels, each with the moment from which it holds."""
    if course.newest is None or course.gap_s is None:
        return []
    found = []
    since, gap = _moment(course.newest), _duration(course.gap_s)
    words = rule.words.format(since=since, value=gap)
    levels: tuple[tuple[Level, float], ...] = (("yellow", rule.yellow), ("red", rule.red))
    for level, times in levels:
        allowed = max(course.gap_s * times, rule.least_s * times / rule.yellow)
        if not allowed < FOREVER_S:
            continue
        found.append(_alert(rule, level, words, None) | {"after": _iso(course.newest + allowed)})
    return found


def _alert(rule: Rule, level: Level, words: str, summary: Facts | None) -> Facts:
    alert: Facts = {"rule": rule.name, "level": level, "words": words, "line": None}
    if summary is not None:
        alert["line"] = summary.get("last_line")
        if summary.get("path"):
            alert["path"] = summary["path"]
    return alert


def _number(value: Any) -> float | None:
    """None for what JSON has no number for: it stands there as its text."""
    finite = isinstance(value, int | float) and math.isfinite(value)
    return float(value) if finite else None


def _peak(summary: Facts | None) -> float | None:
    values = [_number(summary[side]) for side in ("min", "max")] if summary else []
    return max((abs(value) for value in values if value is not None), default=None)


def _figure(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, int | float) else str(value)


def _percent(share: float) -> str:
    return f"{100 * share:.3g} %"


def _duration(seconds: float) -> str:
    for size, unit in ((86400, "d"), (3600, "h"), (60, "min")):
        if seconds >= size:
            return f"{seconds / size:.1f} {unit}"
    return f"{seconds:.1f} s"


def _moment(at: float) -> str:
    return f"{datetime.fromtimestamp(at, UTC):%Y-%m-%d %H:%M} UTC"


def _iso(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="seconds")
