"""What the reading of a log knows of its lines: where they begin, and which are warnings and errors.

It lies among the log's points, as `workers/logplaces.py` puts it down. A log that no parser reads, or of which a part
was read before this was kept, has none of it.
"""

from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

from pdfjobs.jobfiles import OpenFile
from pdfjobs.models import LogFile, Run, SeriesChunk, SeriesPiece
from pdfjobs.points import chunks

PLACE, ERROR, WARNING = "place.line", "mark.error", "mark.warning"
NAMES = (PLACE, ERROR, WARNING)
"""Of series that are no curve."""
STATE = "places"
"""Of a log's kept state; the rest is the parser's."""
KINDS = {"error": ERROR, "warning": WARNING}
COUNTED = 64 << 20
"""Bytes in which line ends are counted for one answer."""
BLOCK = 1 << 20
_SIGN = 1 << 63

Point = tuple[float, float]


@dataclass(frozen=True)
class Mark:
    """A warning or an error."""

    number: int
    """Among those of its kind in the log, from 1 on."""
    line: int
    fatal: bool


class Column:
    """One of the series, of which only the chunks that are needed are unpacked; its y mostly grows."""

    def __init__(self, file_id: int, name: str, loose: list[Point]) -> None:
        self._of = SeriesChunk.objects.filter(file=file_id, name=name)
        self._heads = list(
            self._of.order_by("start").values_list("start", "count", "y_min", "y_max")
        )
        self._loose = loose
        self._chunked = sum(count for _, count, _, _ in self._heads)

    def __len__(self) -> int:
        return self._chunked + len(self._loose)

    def at(self, index: int) -> Point:
        """The point with this index."""
        if index >= self._chunked:
            return self._loose[index - self._chunked]
        head = bisect_right(self._heads, index, key=lambda head: head[0]) - 1
        return self._points(head)[index - self._heads[head][0]]

    def first(self, is_it: Callable[[Point], bool], low: float) -> int | None:
        """Index of the first point that satisfies, which none does whose y is below `low`."""
        for head, (start, _, _, y_max) in enumerate(self._heads):
            if y_max is not None and y_max >= low:
                for index, point in enumerate(self._points(head), start):
                    if is_it(point):
                        return index
        for index, point in enumerate(self._loose, self._chunked):
            if is_it(point):
                return index
        return None

    def last(self, is_it: Callable[[Point], bool], high: float) -> int | None:
        """Index of the last point that satisfies, which none does whose y is above `high`."""
        for index in range(len(self) - 1, self._chunked - 1, -1):
            if is_it(self._loose[index - self._chunked]):
                return index
        for head in range(len(self._heads) - 1, -1, -1):
            start, _, y_min, _ = self._heads[head]
            if y_min is not None and y_min <= high:
                points = self._points(head)
                for at in range(len(points) - 1, -1, -1):
                    if is_it(points[at]):
                        return int(start) + at
        return None

    def between(self, low: float, high: float) -> list[Point]:
        """The points whose y lies between these."""
        found = []
        for head, (_, _, y_min, y_max) in enumerate(self._heads):
            if y_min is not None and y_max is not None and low <= y_max and y_min <= high:
                found += self._points(head)
        return [point for point in (*found, *self._loose) if low <= point[1] <= high]

    def begin_of(self, x: float) -> int:
        """How many points have no larger x; only for a series whose x grows too."""
        if self._loose and self._loose[0][0] <= x:
            return self._chunked + bisect_right(self._loose, x, key=lambda point: point[0])
        low, high = 0, len(self._heads)
        while low < high:
            middle = (low + high) // 2
            low, high = (middle + 1, high) if self._points(middle)[0][0] <= x else (low, middle)
        if not low:
            return 0
        points = self._points(low - 1)
        within = bisect_right(points, x, key=lambda point: point[0])
        return int(self._heads[low - 1][0]) + within

    def _points(self, head: int) -> list[Point]:
        start, count, _, _ = self._heads[head]
        if start not in self._unpacked:
            data = self._of.values_list("data", flat=True).get(start=start)
            self._unpacked[start] = chunks.points(bytes(data), count)
        return self._unpacked[start]

    @cached_property
    def _unpacked(self) -> dict[int, list[Point]]:
        return {}


class LogMarks:
    """Of one log as it was read so far."""

    def __init__(self, file_id: int, offset: int, lines: int) -> None:
        self._file_id = file_id
        self.offset = offset
        """How far it was read."""
        self._lines = lines
        """That ended up to there."""

    @classmethod
    def of(cls, run: Run, path: str, file: OpenFile) -> "LogMarks | None":
        """`path` stored; None also while the log on the disk is another than that which was read."""
        row = (
            LogFile.objects.filter(run=run, path=path)
            .values_list("pk", "inode", "offset", f"state__{STATE}")
            .first()
        )
        if row is None or row[3] is None or not _is_that(file, row[1], row[2]):
            return None
        return cls(row[0], row[2], row[3]["lines"])

    @property
    def version(self) -> str:
        return f"{self._file_id}-{self.offset}"

    def count(self, kind: str) -> int:
        """Of the warnings, or of the errors, those that stop a run too."""
        return len(self._column(KINDS[kind]))

    def number(self, kind: str, number: int) -> Mark | None:
        """The mark of this number among those of its kind."""
        column = self._column(KINDS[kind])
        return _mark(column, number - 1) if 1 <= number <= len(column) else None

    def next(self, kind: str, line: int) -> Mark | None:
        """The first one behind a line."""
        column = self._column(KINDS[kind])
        index = column.first(lambda point: point[1] > line, line + 1)
        return None if index is None else _mark(column, index)

    def previous(self, kind: str, line: int) -> Mark | None:
        """The last one before a line."""
        column = self._column(KINDS[kind])
        index = column.last(lambda point: point[1] < line, line - 1)
        return None if index is None else _mark(column, index)

    def between(self, first: int, last: int) -> dict[int, str]:
        """Line to "warning", "error" or "fatal", the worst of each."""
        found = {int(y): "warning" for _, y in self._column(WARNING).between(first, last)}
        for x, y in self._column(ERROR).between(first, last):
            if found.get(int(y)) != "fatal":
                found[int(y)] = "fatal" if x else "error"
        return found

    def place_before(self, offset: int) -> tuple[int, int]:
        """A line, and the offset of its first byte, that is close before an offset."""
        column = self._column(PLACE)
        index = column.begin_of(offset)
        if not index:
            return 1, 0
        x, y = column.at(index - 1)
        return int(y), int(x)

    def place_of(self, line: int) -> tuple[int, int]:
        """A line that is close before this one, or is it, and the offset of its first byte."""
        column = self._column(PLACE)
        index = column.last(lambda point: point[1] <= line, line)
        if index is None:
            return 1, 0
        x, y = column.at(index)
        return int(y), int(x)

    def _column(self, name: str) -> Column:
        if name not in self._columns:
            self._columns[name] = Column(self._file_id, name, self._loose[name])
        return self._columns[name]

    @cached_property
    def _columns(self) -> dict[str, Column]:
        return {}

    @cached_property
    def _loose(self) -> dict[str, list[Point]]:
        found: dict[str, list[Point]] = {name: [] for name in NAMES}
        rows = SeriesPiece.objects.filter(file=self._file_id).order_by("number")
        for data in rows.values_list("data", flat=True):
            for name, xs, ys in chunks.piece_columns(bytes(data)):
                if name in found:
                    found[name] += zip(xs, ys, strict=True)
        return found


def unmarked(run: Run, path: str, file: OpenFile) -> LogFile | None:
    """The log (`path` stored) where it is as it was read, but was read before places and marks were kept."""
    known = LogFile.objects.filter(run=run, path=path, offset__gt=0)
    row = known.filter(**{f"state__{STATE}__isnull": True}).defer("state", "report").first()
    return row if row is not None and _is_that(file, row.inode, row.offset) else None


def line_at(file: OpenFile, marks: LogMarks | None, offset: int) -> int | None:
    """The number of the line that an offset lies in; None where counting would take too long."""
    line, at = marks.place_before(offset) if marks else (1, 0)
    if offset - at > COUNTED:
        return None
    while at < offset:
        raw = file.read(at, min(BLOCK, offset - at))
        if not raw:
            break
        line += raw.count(b"\n")
        at += len(raw)
    return line


def offset_of(file: OpenFile, marks: LogMarks | None, line: int) -> int | None:
    """Where a line begins, or the last one where there are not so many; None where counting would take too long."""
    known, at = marks.place_of(line) if marks else (1, 0)
    missing, until = line - known, at + COUNTED
    begin = at
    while missing > 0:
        raw = file.read(at, BLOCK)
        if not raw:
            return begin
        if at >= until:
            return None
        ends = raw.count(b"\n")
        if ends >= missing:
            place = -1
            for _ in range(missing):
                place = raw.index(b"\n", place + 1)
            found = at + place + 1
            return found if found < file.size else begin
        missing -= ends
        if ends:
            begin = at + raw.rindex(b"\n") + 1
        at += len(raw)
    return begin


def _is_that(file: OpenFile, inode: int, offset: int) -> bool:
    """Whether a file is the one of which a row speaks, and not shorter than it was."""
    signed = file.inode - 2 * _SIGN if file.inode >= _SIGN else file.inode
    return inode == signed and offset <= file.size


def _mark(column: Column, index: int) -> Mark:
    x, y = column.at(index)
    return Mark(index + 1, int(y), bool(x))
