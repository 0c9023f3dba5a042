"""A site's own log from a data file: the text of a TOML file in, a solver with one parser out.

name = "crashsim.log"                 # solver and role
claims = '^ CRASHSIM [0-9.]+ '        # in one of the first lines, and in no other log

[[line]]                              # a group's name is the fact it holds
find = '^ STEP +(?P<cycle>\\d+) +T=(?P<time>\\S+) +E=(?P<energy>\\S+)'
series = { "energy.total" = "energy" }

[[line]]
find = '^ CRASHSIM ENDED'
status = "normal"
"""

import re
import tomllib
import zlib
from collections.abc import Mapping
from typing import Any, get_args

from workers.parsers.patterns import PatternError, compile_safely, needed_words
from workers.parsers.report import Cause, Parser, Severity, Status
from workers.parsers.ruleparser import RuleParser
from workers.parsers.rules import DATES, FACTS, Axis, Columns, Line, Rules
from workers.parsers.series import SERIES
from workers.parsers.solver import Solver

_TOP = {"name": str, "claims": str, "over": str, "line": list, "table": list}
_LINE = {
    **{"find": str, "series": dict, "status": str, "cause": str, "severity": str},
    **{"goes_on": str, "begins": bool, "date": str},
}
_TABLE = {"header": str, "facts": dict, "series": dict, "separator": str}
_WORDS: dict[str, tuple[str, ...]] = {
    "over": get_args(Axis),
    "status": get_args(Status),
    "cause": get_args(Cause),
    "severity": get_args(Severity),
}
_KINDS = {
    str: "text",
    list: "a list of tables ([[…]])",
    dict: "a table { … }",
    bool: "true or false",
}
_RULES_AT_MOST = 100


class SiteError(ValueError):
    """A data file that makes no parser; names the file, the key and what to write instead."""


def solver_from(data: bytes, file: str) -> Solver:
    """The solver that the data file of this name describes."""
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        raise SiteError(f"{file}: {error}; save it as UTF-8") from error
    return _Reader(file).solver(text)


class _Reader:
    """Reads one data file; every complaint begins with its name."""

    def __init__(self, file: str) -> None:
        self._file = file

    def solver(self, text: str) -> Solver:
        try:
            given = tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            raise SiteError(
                f"{self._file}: no TOML: {error}; patterns stand best in 'single quotes'"
            ) from error
        self._check(given, _TOP, "")
        name = self._needed(given, "name", "")
        solver, dot, role = name.partition(".")
        if not (dot and _is_name(solver) and _is_name(role)):
            self._refuse("name", repr(name), 'write solver and role, e.g. "crashsim.log"')
        if "line" not in given and "table" not in given:
            self._refuse("line", "missing", "write at least one [[line]] or [[table]]")
        lines = tuple(self._line(*each) for each in self._numbered(given, "line"))
        tables = tuple(self._columns(*each) for each in self._numbered(given, "table"))
        rules = Rules(
            self._pattern(given, "claims", ""),
            lines,
            tables,
            given.get("over"),
            tells_end=any(one.status for one in lines),
        )
        version = zlib.crc32(text.encode()) & 0x7FFFFFFF
        return Solver(solver, (_parser(name, solver, role, version, rules),), (role,))

    def _numbered(self, given: dict[str, Any], key: str) -> list[tuple[dict[str, Any], str]]:
        tables = given.get(key, [])
        if len(tables) > _RULES_AT_MOST:
            self._refuse(key, f"{len(tables)} of them", f"write at most {_RULES_AT_MOST}")
        places = []
        for number, each in enumerate(tables, 1):
            if not isinstance(each, dict):
                self._refuse(key, "not a table", f"write [[{key}]] above its keys")
            places.append((each, f"{key} {number}, "))
        return places

    def _line(self, given: dict[str, Any], place: str) -> Line:
        self._check(given, _LINE, place)
        pattern = self._pattern(given, "find", place)
        self._check_groups(given, pattern, place)
        goes_on = self._pattern(given, "goes_on", place) if "goes_on" in given else None
        if goes_on and "severity" not in given:
            self._refuse(f"{place}goes_on", "without severity", "only messages go on")
        return Line(
            pattern,
            given.get("series", {}),
            given.get("status"),
            given.get("cause"),
            given.get("severity"),
            goes_on,
            given.get("begins", False),
            given.get("date"),
            needed_words(pattern),
            tuple(name for name in pattern.groupindex if name in FACTS),
        )

    def _check_groups(self, given: dict[str, Any], pattern: re.Pattern[str], place: str) -> None:
        """Each group is a fact or in a series, and each series has its group."""
        known = {*FACTS, "code", "text"}
        used = set(given.get("series", {}).values())
        for name in given.get("series", {}):
            used |= set(_between_braces(name))
            self._check_series(name, place)
        for group in pattern.groupindex:
            if group not in known | used:
                self._refuse(
                    f"{place}find",
                    f"group {group!r} is no fact and in no series",
                    f"name it in series, or after one of {', '.join(sorted(known))}",
                )
            if group in DATES and "date" not in given:
                self._refuse(f"{place}date", "missing", 'say how it is written: "%Y-%m-%d %H:%M"')
        for group in used - set(pattern.groupindex):
            self._refuse(f"{place}series", f"no group {group!r} in find", f"write (?P<{group}>…)")

    def _columns(self, given: dict[str, Any], place: str) -> Columns:
        self._check(given, _TABLE, place)
        for fact in given.get("facts", {}).values():
            if fact not in FACTS or fact in DATES:
                allowed = ", ".join(one for one in FACTS if one not in DATES)
                self._refuse(f"{place}facts", f"no fact {fact!r}", f"known are {allowed}")
        for name in given.get("series", {}).values():
            self._check_series(name, place)
        separator = given.get("separator")
        if separator == "":
            self._refuse(f"{place}separator", "empty", "leave it out for columns parted by blanks")
        return Columns(
            self._pattern(given, "header", place),
            given.get("facts", {}),
            given.get("series", {}),
            separator,
        )

    def _pattern(self, given: dict[str, Any], key: str, place: str) -> re.Pattern[str]:
        text = self._needed(given, key, place)
        try:
            pattern = compile_safely(text)
        except PatternError as error:
            raise SiteError(f"{self._file}: {place}{key}: {error}") from error
        if pattern.search(""):
            self._refuse(
                f"{place}{key}", "fits every line", "write words that only such lines have"
            )
        return pattern

    def _check(self, given: dict[str, Any], allowed: Mapping[str, type], place: str) -> None:
        for key, value in given.items():
            if key not in allowed:
                self._refuse(f"{place}{key}", "not known", f"known are {', '.join(allowed)}")
            if not isinstance(value, allowed[key]):
                self._refuse(f"{place}{key}", repr(value)[:80], f"write {_KINDS[allowed[key]]}")
            if isinstance(value, dict) and not all(isinstance(v, str) for v in value.values()):
                self._refuse(f"{place}{key}", "holds more than text", 'write { "name" = "name" }')
            if key in _WORDS and value not in _WORDS[key]:
                self._refuse(f"{place}{key}", repr(value), f"one of {', '.join(_WORDS[key])}")

    def _check_series(self, name: str, place: str) -> None:
        family = f"{name.partition('.')[0]}.*"
        if name not in SERIES and not ("." in name and family in SERIES):
            self._refuse(f"{place}series", f"no series {name!r}", f"known are {', '.join(SERIES)}")

    def _needed(self, given: dict[str, Any], key: str, place: str) -> str:
        if not given.get(key):
            self._refuse(f"{place}{key}", "missing", "it is needed")
        return str(given[key])

    def _refuse(self, key: str, what: str, remedy: str) -> None:
        raise SiteError(f"{self._file}: {key}: {what}; {remedy}")


def _parser(full: str, solver_name: str, its_role: str, number: int, rules: Rules) -> type[Parser]:
    class SiteLog(RuleParser):
        """A site's log, as its data file describes it."""

        name = full
        version = number
        solver = solver_name
        role = its_role
        RULES = rules

    return SiteLog


def _is_name(text: str) -> bool:
    return 0 < len(text) <= 40 and text.replace("-", "").replace("_", "").isalnum()


def _between_braces(name: str) -> list[str]:
    return [part.partition("}")[0] for part in name.split("{")[1:]]
