"""Reads a log by a table of rules; see `rules`."""

import re
from collections.abc import Iterable
from typing import Any, ClassVar

from workers.parsers.byline import ByLine
from workers.parsers.causes import Found, find_cause
from workers.parsers.endings import crash_words, killed_words
from workers.parsers.fields import cells, date, filled, is_series, plain, quick_float, share
from workers.parsers.messages import TEXT_LENGTH, Messages
from workers.parsers.pace import Pace
from workers.parsers.patterns import LINE_LENGTH
from workers.parsers.report import News, Report, Severity, Status
from workers.parsers.rules import COUNTS, DATES, DURATIONS, NUMBERS, Columns, Line, Rules
from workers.parsers.series import SERIES_KEPT, Tally, json_number, series_kind
from workers.parsers.text import Lines, duration_s, fortran_float, integer

TEXT_KEPT = 200
"""Characters of a fact that is text, and of the words that a status rests on."""
MESSAGE_LINES = 12
COLUMNS_KEPT = 40

_EDGES = " \t|!║/*"
"""Sides of the boxes that messages stand in."""


class RuleParser(ByLine):
    """A log of the kind that `RULES` describes; its subclasses say which solver and role."""

    name: ClassVar[str]
    version: ClassVar[int]
    solver: ClassVar[str]
    role: ClassVar[str]
    RULES: ClassVar[Rules]

    @classmethod
    def claims(cls, head: bytes) -> bool:
        return cls.RULES.claim(head)

    def __init__(self, state: dict[str, Any] | None = None) -> None:
        state = state or {}
        self._lines = Lines(state.get("lines"))
        self._tally = Tally(state.get("series"))
        self._messages = Messages(state.get("messages"))
        self._pace = Pace(state.get("pace"))
        self._facts: dict[str, Any] = {
            name: float(value) if name in _FLOATS else value
            for name, value in state.get("facts", {}).items()
        }
        self._end: dict[str, Any] = dict(state.get("end", {}))
        self._block: list[Any] | None = state.get("block")
        """Of a message that may go on: number of its rule, line, code, words, lines taken."""
        self._table: list[Any] | None = state.get("table")
        """Of a table that may go on: its number and its columns."""
        self._names: list[str | None] = []
        """Series of the table's columns, once they were asked for."""
        self._points: dict[str, int] = dict(state.get("points", {}))
        """Points so far of the series over iterations that the log does not number."""

    def _end_message(self) -> None:
        self._close()

    @property
    def state(self) -> dict[str, Any]:
        facts = {
            name: json_number(value) if name in _FLOATS else value
            for name, value in self._facts.items()
        }
        return {
            "lines": self._lines.state,
            "series": self._tally.state,
            "messages": self._messages.state,
            "pace": self._pace.state,
            "facts": facts,
            "end": dict(self._end),
            "block": list(self._block) if self._block else None,
            "table": list(self._table) if self._table else None,
            "points": dict(self._points),
        }

    def report(self) -> Report:
        messages = Messages(self._messages.state)
        self._close(messages)
        status, reason = self._status()
        facts = dict(self._facts)
        series = self._tally.summaries()
        for summary in series.values():
            summary.x = self.RULES.x or summary.x
        report = Report(
            self.solver,
            self.role,
            status=status,
            status_reason=reason,
            warnings=messages.count("warning"),
            errors=messages.count("error", "fatal"),
            messages=messages.kept(),
            series=series,
            pace=self._pace.pairs(),
        )
        percent, end_cycle = facts.pop("percent", None), facts.pop("end_cycle", None)
        if percent is not None and 0 <= percent <= 100:
            report.progress = percent / 100
        for name, value in facts.items():
            setattr(report, name, value)
        if report.progress is None:
            report.progress = share(report.time, report.end_time)
        if report.progress is None:
            report.progress = share(report.cycle, end_cycle)
        if status in ("error", "other"):
            self._add_cause(report)
        return report

    def _read(self, lines: Iterable[tuple[int, str]], news: News) -> None:
        for number, text in lines:
            if self._block or text:
                self._take(number, text[:LINE_LENGTH], news)

    def _take(self, number: int, text: str, news: News) -> None:
        if self._block and self._goes_on(text):
            return
        if self._table and self._take_row(number, text, news):
            return
        for at, rule in enumerate(self.RULES.lines):
            if rule.needs in text and (found := rule.pattern.search(text)):
                self._apply(at, rule, found, number, text, news)
                return
        for at, table in enumerate(self.RULES.tables):
            if table.header.search(text):
                columns = [name[:40] for name in cells(text, table.separator)[:COLUMNS_KEPT]]
                self._table, self._names = [at, columns], []
                return
        if words := killed_words(text) or crash_words(text):
            kind = "killed" if killed_words(text) else "crashed"
            self._end.setdefault(kind, words[:TEXT_KEPT])
            self._end.setdefault("end_line", number)

    def _goes_on(self, text: str) -> bool:
        block = self._block or [0]
        pattern = self.RULES.lines[block[0]].goes_on
        if pattern and block[4] < MESSAGE_LINES and pattern.search(text):
            room = TEXT_LENGTH - len(block[3])
            block[3] += f" {text.strip(_EDGES)}"[: max(room, 0)]
            block[4] += 1
            return True
        self._close()
        return False

    def _close(self, messages: Messages | None = None) -> None:
        """Counts the message that is being read; into `messages`, it stays open."""
        if self._block is None:
            return
        at, line, code, words, _ = self._block
        severity: Severity = self.RULES.lines[at].severity or "note"
        (messages or self._messages).add(severity, code, " ".join(words.split()), line)
        if messages is None:
            self._block = None

    def _apply(
        self, at: int, rule: Line, found: re.Match[str], number: int, text: str, news: News
    ) -> None:
        if rule.begins:
            self._facts.clear()
            self._end.clear()
        for name in rule.groups:
            self._keep(name, found[name], rule)
        if "time" in rule.groups or "wall_time_s" in rule.groups:
            time, wall_s = self._facts.get("time"), self._facts.get("wall_time_s")
            if time is not None and wall_s is not None:
                self._pace.add(time, wall_s)
        if rule.series:
            self._tally.line = number
            numbered = "cycle" in rule.groups
            for name, group in rule.series.items():
                value = quick_float(found[group] or "")
                name = filled(name, found) if "{" in name else name
                if value is not None and is_series(name):
                    self._add(news, name, value, numbered)
        if rule.severity:
            groups = found.groupdict()
            code, words = groups.get("code"), groups.get("text", text)
            words = (text if words is None else words).strip(_EDGES)[:TEXT_LENGTH]
            self._block = [at, number, code and code[:80], words, 0]
        # A bad end stays one: what follows it only tidies up.
        if rule.status and self._end.get("status") not in ("error", "other"):
            self._end |= {"status": rule.status, "words": text.strip()[:TEXT_KEPT]}
            self._end |= {"cause": rule.cause, "end_line": number}

    def _keep(self, name: str, text: str | None, rule: Line) -> None:
        value: str | float | int | None
        if text is None:
            return
        if name in DATES:
            value = date(text.strip(), rule.date)
        elif name in COUNTS or name == "end_cycle":
            value = integer(text)
        elif name in DURATIONS:
            value = duration_s(text)
        elif name in NUMBERS or name == "percent":
            value = fortran_float(text)
        else:
            value = text.strip()[:TEXT_KEPT] or None
        if value is not None:
            self._facts[name] = value

    def _add(self, news: News, name: str, value: float, numbered: bool) -> None:
        """Takes a point; `numbered` says that its line tells the cycle, else iterations are counted."""
        over = self.RULES.x or series_kind(name).x
        time, cycle = self._facts.get("time"), self._facts.get("cycle")
        x = time if over == "time" else cycle if numbered or over == "increment" else None
        if x is None:
            if name not in self._points and len(self._points) >= SERIES_KEPT:
                return
            x = self._points[name] = self._points.get(name, 0) + 1
        self._tally.add(news, name, x, value)

    def _take_row(self, number: int, text: str, news: News) -> bool:
        at: int = self._table[0] if self._table else 0
        columns: list[str] = self._table[1] if self._table else []
        table = self.RULES.tables[at]
        row_cells = cells(text, table.separator)
        if len(row_cells) < max(len(columns) - 1, 2):
            return False
        values = [quick_float(cell) for cell in row_cells]
        # Messages stand between rows, and the last column may hold a clock or nothing.
        if values[0] is None or 2 * (len(values) - values.count(None)) < len(values):
            return False
        self._tally.line = number
        numbered = "cycle" in table.facts.values()
        self._names = self._names or [_series_of(table, column) for column in columns]
        for column, fact in table.facts.items():
            if column in columns and columns.index(column) < len(row_cells):
                self._keep(fact, row_cells[columns.index(column)], _NO_LINE)
        for name, value in zip(self._names, values, strict=False):
            if name and value is not None:
                self._add(news, name, value, numbered)
        return True

    def _status(self) -> tuple[Status | None, str | None]:
        end = self._end
        if end.get("status") == "normal" or (end.get("status") and "killed" not in end):
            return end["status"], end["words"]
        if "killed" in end:
            return "other", end["killed"]
        if "crashed" in end:
            return "error", end["crashed"]
        return ("running", None) if self.RULES.tells_end else (None, None)

    def _add_cause(self, report: Report) -> None:
        """What an error message names, else what the rule of the end says, else the words of the end."""
        end = self._end
        others = (end.get("killed"), end.get("crashed"))
        errors = [one for one in report.messages if one.severity in ("error", "fatal")]
        found = None
        if "killed" not in end:
            found = find_cause(self.RULES.causes, errors, None)
            if not found and end.get("cause"):
                found = Found(end["cause"], end["words"], end["end_line"])
        found = found or find_cause(
            self.RULES.causes, report.messages, report.status_reason, others
        )
        if found:
            line = found.line or end.get("end_line")
            report.cause, report.cause_text, report.cause_line = found.cause, found.text, line


_FLOATS = frozenset((*NUMBERS, *DURATIONS, "percent"))
_NO_LINE = Line(re.compile(""))


def _series_of(table: Columns, column: str) -> str | None:
    name = table.series.get(column) or table.series.get("*")
    if name is None or column in table.facts:
        return None
    name = name.replace("{column}", plain(column))
    return name if is_series(name) else None
