"""What each rule of a site's data file finds in a given log, for the engineer who writes it."""

from collections.abc import Iterator

from workers.parsers.patterns import LINE_LENGTH
from workers.parsers.report import HEAD_BYTES, Parser
from workers.parsers.ruleparser import RuleParser
from workers.parsers.rules import Rules
from workers.parsers.text import Lines

EXAMPLES = 3
"""Lines that are shown of what a rule finds."""
SHOWN = 110
"""Characters of a line that are shown."""


class Preview:
    """Takes a log's bytes and counts what each rule finds; the first rule that fits a line has it."""

    def __init__(self, parser: type[Parser]) -> None:
        if not issubclass(parser, RuleParser):
            raise TypeError(f"{parser.name} is no table of rules")
        self._rules: Rules = parser.RULES
        self._lines = Lines()
        self._claimed: bool | None = None
        self._counts = [0] * len(self._rules.lines)
        self._examples: list[list[str]] = [[] for _ in self._rules.lines]
        self._headers = [0] * len(self._rules.tables)

    def feed(self, chunk: bytes) -> None:
        if self._claimed is None:
            self._claimed = self._rules.claim(chunk[:HEAD_BYTES])
        self._count(self._lines.feed(chunk))

    def finish(self) -> None:
        self._count(self._lines.finish())

    def lines(self) -> Iterator[str]:
        """A paragraph for each rule."""
        words = "claims this log" if self._claimed else "DOES NOT CLAIM this log: see claims"
        yield f"{words}; {self._lines.number} lines"
        for at, rule in enumerate(self._rules.lines):
            yield f"line {at + 1}: {self._counts[at]} lines fit {rule.pattern.pattern}"
            yield from self._examples[at]
        for at, table in enumerate(self._rules.tables):
            yield f"table {at + 1}: {self._headers[at]} headers fit {table.header.pattern}"

    def _count(self, lines: Iterator[tuple[int, str]]) -> None:
        for number, text in lines:
            self._count_one(number, text[:LINE_LENGTH])

    def _count_one(self, number: int, text: str) -> None:
        for at, rule in enumerate(self._rules.lines):
            if found := rule.finds(text):
                self._counts[at] += 1
                if len(self._examples[at]) < EXAMPLES:
                    groups = ", ".join(f"{k}={v!r}" for k, v in found.groupdict().items())
                    self._examples[at].append(f"  {number}: {text.strip()[:SHOWN]}")
                    self._examples[at] += [f"      {groups}"] if groups else []
                return
        for at, table in enumerate(self._rules.tables):
            self._headers[at] += table.header.search(text) is not None
