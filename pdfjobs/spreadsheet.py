"""A spreadsheet of very many rows, sent while it is made: XlsxWriter makes what stands around them, and the rows
are put in one after another, so that no more than a block of them is ever held."""

import io
import math
import re
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

import xlsxwriter

from pdfjobs.exportrows import Cell, whole

BLOCK = 200
"""Rows that are packed at once."""
LEVEL = 1
"""Of packing: the next ones take twice the time for a tenth less."""
MOST_BYTES = 2**31 - 2**27
"""Of the unpacked sheet; from 2 GiB on the format becomes another one, which not every program opens."""
SHEET = "xl/worksheets/sheet1.xml"
DAY_ZERO = datetime(1899, 12, 30)
DAY_S = 86400.0

_NOT_IN_XML = re.compile("[\ud800-\udfff\ufffe\uffff]")
_LIKE_AN_ESCAPE = re.compile("(_x[0-9a-fA-F]{4}_)")
_SAMPLE = re.compile(r'<row r="2".*?<c r="A2" s="(\d+)".*?</row>')


@dataclass(frozen=True)
class Table:
    """What a sheet has beside its rows."""

    name: str
    head: Sequence[str]
    widths: Sequence[int]
    size: int
    """Rows that are to come; more are fine, and fewer."""
    cut_words: str
    """The last line where not all rows have room."""


@dataclass(frozen=True)
class _Around:
    """The parts of the book but the sheet, the sheet in front of the rows and behind them, and the style of times."""

    parts: dict[str, bytes]
    before: str
    after: str
    time_style: str


def streamed(table: Table, rows: Iterable[Sequence[Cell]]) -> Iterator[bytes]:
    """The file in pieces; the first comes before a row was asked for."""
    around = _around(table)
    drain = _Drain()
    with zipfile.ZipFile(drain, "w", zipfile.ZIP_DEFLATED, compresslevel=LEVEL) as archive:
        for name, content in around.parts.items():
            archive.writestr(name, content)
        yield drain.taken()
        with archive.open(SHEET, "w") as sheet:
            sheet.write(around.before.encode())
            for block in _blocks(table, rows, around.time_style):
                sheet.write(block)
                if piece := drain.taken():
                    yield piece
            sheet.write(around.after.encode())
    yield drain.taken()


def _around(table: Table) -> _Around:
    """A book with its head and one time, taken apart."""
    file = io.BytesIO()
    book = xlsxwriter.Workbook(file, {"constant_memory": True})  # texts in the sheet itself
    sheet = book.add_worksheet(table.name)
    for column, width in enumerate(table.widths):
        sheet.set_column(column, column, width)
    sheet.freeze_panes(1, 1)
    sheet.write_row(0, 0, table.head, book.add_format({"bold": True}))
    sheet.write_datetime(1, 0, DAY_ZERO, book.add_format({"num_format": "yyyy-mm-dd hh:mm"}))
    sheet.autofilter(0, 0, max(1, table.size), len(table.head) - 1)
    book.close()
    with zipfile.ZipFile(file) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    text = parts.pop(SHEET).decode()
    sample = _SAMPLE.search(text)
    if sample is None:
        raise ValueError(f"{SHEET} has no row 2")
    last = _letters(len(table.head))[-1]
    before = re.sub(
        r'<dimension ref="[^"]*"', f'<dimension ref="A1:{last}{1 + table.size}"', text, count=1
    )
    begin, end = before.split(sample[0])
    return _Around(parts, begin, end, sample[1])


def _letters(count: int) -> list[str]:
    """Names of the first columns; no more than the alphabet twice."""
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    return [*alphabet, *(f"A{letter}" for letter in alphabet)][:count]


def _blocks(table: Table, rows: Iterable[Sequence[Cell]], time_style: str) -> Iterator[bytes]:
    letters = _letters(len(table.head))
    block: list[str] = []
    size = 0
    for line, row in enumerate(rows, 2):
        if len(block) >= BLOCK:
            packed = "".join(block).encode()
            size += len(packed)
            yield packed
            block = []
            if size > MOST_BYTES:
                block.append(_row(line, letters, [table.cut_words], time_style))
                break
        block.append(_row(line, letters, row, time_style))
    yield "".join(block).encode()


def _row(line: int, letters: Sequence[str], row: Sequence[Cell], time_style: str) -> str:
    cells = [f'<row r="{line}">']
    for letter, cell in zip(letters, row, strict=False):
        if isinstance(cell, str):
            # As text, which no spreadsheet takes for a formula, a number or an address.
            if text := _text(cell):
                cells.append(f'<c r="{letter}{line}" t="inlineStr"><is>{text}</is></c>')
        elif isinstance(cell, datetime):
            at = (cell.replace(tzinfo=None) - DAY_ZERO).total_seconds() / DAY_S
            cells.append(f'<c r="{letter}{line}" s="{time_style}"><v>{at!r}</v></c>')
        elif cell is not None and math.isfinite(cell):
            cells.append(f'<c r="{letter}{line}"><v>{cell!r}</v></c>')
    cells.append("</row>")
    return "".join(cells)


def _text(text: str) -> str:
    text = whole(text)
    if not text.isalnum():
        text = _NOT_IN_XML.sub("", text)
        if "_x" in text:
            text = _LIKE_AN_ESCAPE.sub(r"_x005F\1", text)
        if "&" in text or "<" in text or ">" in text:
            text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
        if text != text.strip() or "\n" in text:
            return f'<t xml:space="preserve">{text}</t>'
    return f"<t>{text}</t>" if text else ""


class _Drain(io.RawIOBase):
    """A file whose content is taken away as it is written."""

    def __init__(self) -> None:
        super().__init__()
        self._pieces: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, data: "bytes | bytearray | memoryview") -> int:  # type: ignore[override]
        self._pieces.append(bytes(data))
        return len(data)

    def taken(self) -> bytes:
        pieces, self._pieces = self._pieces, []
        return b"".join(pieces)
