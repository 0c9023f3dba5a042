"""What the log viewer shows of a file: which part was asked for, its rows with line numbers, marks and finds."""

from collections.abc import Callable
from dataclasses import dataclass

from django.http import QueryDict
from django.utils.translation import gettext as _

from pdfjobs.decks import deckcolours
from pdfjobs.jobfiles import OpenFile
from pdfjobs.logs import logsearch, logwindow
from pdfjobs.logs.logmarks import KINDS, LogMarks, Mark, line_at, offset_of
from pdfjobs.logs.logwindow import Row, Window
from pdfjobs.numerals import whole_number

Piece = tuple[str, str]
"""Class (or "") and text of a part of a row."""


@dataclass(frozen=True)
class ShownRow:
    at: int
    line: int | None
    goes_on: bool
    severity: str
    """Of the message that begins in this line; empty for none."""
    is_target: bool
    pieces: list[Piece]


@dataclass
class Asked:
    """The part of a file that an address asks for."""

    at: int | None = None
    """Offset in the row that was asked for; None: the file's end or begin."""
    mark: Mark | None = None
    kind: str = ""
    """Of the mark."""
    said: str = ""
    """What people must know of how it was looked for."""
    go_on: str = ""
    """Of a search that took too long: the query string that goes on with it."""
    query: logsearch.Query | None = None


@dataclass
class Viewer:
    """A file in the viewer."""

    file: OpenFile
    marks: LogMarks | None
    solver: str = ""
    """Whose deck it is, for its colours; empty for what is no deck."""
    query: logsearch.Query | None = None
    target: int | None = None

    def asked(self, params: QueryDict) -> Asked:
        """Works out what is asked for: `line`, `mark`, `find`, `at`, in this order."""
        found = Asked()
        words = params.get("find", "")[: logsearch.WORDS_LENGTH]
        if words:
            found.query = self.query = logsearch.Query(
                words, regex="regex" in params, exact="case" in params
            )
        if line := whole_number(params.get("line")):
            self._go_to_line(line, found)
        elif asked := params.get("mark"):
            self._go_to_mark(asked, found)
        elif found.query and "dir" in params:
            self._search(found, params)
        elif (at := whole_number(params.get("at"))) is not None:
            found.at = min(at, self.file.size)
        self.target = None if found.at is None else logwindow.row_begin(self.file, found.at)
        return found

    def rows(self, window: Window) -> list[ShownRow]:
        """The rows of a window as they are shown."""
        line = line_at(self.file, self.marks, window.begin) if window.rows else None
        severities: dict[int, str] = {}
        if self.marks is not None and line is not None:
            severities = self.marks.between(line, line + len(window.rows))
        colour = deckcolours.colours(self.solver)
        shown = []
        for index, row in enumerate(window.rows):
            if index and not row.goes_on and line is not None:
                line += 1
            severity = severities.get(line, "") if line is not None and not row.goes_on else ""
            shown.append(
                ShownRow(
                    *(row.at, line, row.goes_on, severity, row.at == self.target),
                    pieces=self._pieces(row, colour),
                )
            )
        return shown

    def near(self, kind: str, line: int | None, *, forward: bool) -> Mark | None:
        """The next or the last mark of a kind from a line on."""
        if self.marks is None or line is None:
            return None
        return self.marks.next(kind, line) if forward else self.marks.previous(kind, line)

    def _pieces(self, row: Row, colour: Callable[[str], list[Piece]] | None) -> list[Piece]:
        text = logwindow.shown(row.raw)
        if self.query is not None:
            try:
                spans = logsearch.spans(text, self.query)
            except logsearch.ExpressionError:
                spans = []
            if spans:
                return _cut(text, spans)
        return colour(text) if colour and not row.goes_on else [("", text)]

    def _go_to_line(self, line: int, found: Asked) -> None:
        found.at = offset_of(self.file, self.marks, line)
        if found.at is None:
            found.said = _(
                "Line %(line)s is too far in for a file whose lines were not counted yet."
            )
            found.said %= {"line": line}

    def _go_to_mark(self, asked: str, found: Asked) -> None:
        """`error:1000` by its number, `error:>123` and `error:<123` by the line it is behind or before."""
        kind, _colon, which = asked.partition(":")
        number = whole_number(which.lstrip("<>"))
        if kind not in KINDS or number is None or self.marks is None:
            found.said = _("The warnings and errors of this file are not known.")
            return
        if which[:1] in "<>" and which:
            mark = self.near(kind, number, forward=which[0] == ">")
        else:
            mark = self.marks.number(kind, number)
        if mark is None:
            found.said = _("There is no such warning or error.")
            return
        found.mark, found.kind = mark, kind
        self._go_to_line(mark.line, found)

    def _search(self, found: Asked, params: QueryDict) -> None:
        back = params["dir"] == "prev"
        start = whole_number(params.get("at"))
        if start is None:
            start = self.file.size if back else 0
        elif "on" not in params:  # the line itself was seen
            start = self._seen(start, back=back)
        query = found.query or logsearch.Query("")
        look = logsearch.backwards if back else logsearch.forwards
        try:
            result = look(self.file, query, start)
        except logsearch.ExpressionError as error:
            found.said = _("This is no regular expression: %(reason)s") % {"reason": error}
            self.query = None
            return
        if result.span:
            found.at = result.span[0]
        elif result.over:
            found.said = (
                _("Not found from here to the begin.")
                if back
                else _("Not found from here to the end.")
            )
            found.at = whole_number(params.get("at"))
        else:
            found.said = _("Looked through up to %(percent)s %% of the file.") % {
                "percent": result.upto * 100 // max(1, self.file.size)
            }
            more = params.copy()
            more["at"], more["on"] = str(result.upto), "1"
            found.go_on = more.urlencode()
            found.at = result.upto

    def _seen(self, at: int, *, back: bool) -> int:
        """Where a search goes on from the row that is shown: before its line, or behind the row."""
        begin = logwindow.row_begin(self.file, at)
        if back:
            return logwindow.line_begin(self.file, at) or begin if begin else 0
        window = logwindow.after(self.file, begin, 1)
        return window.end


def _cut(text: str, spans: list[tuple[int, int]]) -> list[Piece]:
    pieces, at = [], 0
    for begin, end in spans:
        pieces += [("", text[at:begin]), ("hit", text[begin:end])]
        at = end
    return [piece for piece in (*pieces, ("", text[at:])) if piece[1]]
