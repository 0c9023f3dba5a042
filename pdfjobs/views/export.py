"""The whole list that one sees, narrowed and in its order, as a file for a spreadsheet."""

import csv
import math
import tempfile
from collections.abc import Iterator
from datetime import datetime
from typing import IO

import xlsxwriter
from django.http import FileResponse, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from pdfjobs import access
from pdfjobs.exportrows import HEAD, MOST, Cell, harmless, rows, whole
from pdfjobs.forms import ListForm
from pdfjobs.listing import find
from pdfjobs.views.request import Request

BLOCK = 200
"""Lines that are sent at once."""
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
WIDTHS = {"name": 34, "title": 34, "reason": 30, "summary": 40, "information": 40}
WIDTH = 14


@require_safe
def as_csv(request: Request) -> HttpResponseBase:
    numbers, cut = _numbers(request)
    lines = _lines(numbers, cut) if request.method == "GET" else iter(())
    response = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8")
    return _named(response, "csv")


@require_safe
def as_xlsx(request: Request) -> HttpResponseBase:
    if request.method != "GET":
        return _named(HttpResponse(content_type=XLSX), "xlsx")
    file = tempfile.TemporaryFile()  # noqa: SIM115 - the answer closes it
    _write(file, *_numbers(request))
    file.seek(0)
    return _named(FileResponse(file, content_type=XLSX), "xlsx")


def _numbers(request: Request) -> tuple[list[int], bool]:
    """The jobs' numbers, and whether there are more than an export takes."""
    params = ListForm(request.GET).params().but()
    found = find.matching(params, access.viewer_of(request.user), most=MOST + 1)
    return found[:MOST], len(found) > MOST


def _lines(numbers: list[int], cut: bool) -> Iterator[str]:
    writer = csv.writer(_Echo())
    yield "\ufeff"  # without it some spreadsheets take UTF-8 for something older
    block: list[str] = [writer.writerow(HEAD)]
    for row in rows(numbers):
        block.append(writer.writerow([_plain(cell) for cell in row]))
        if len(block) >= BLOCK:
            yield "".join(block)
            block = []
    if cut:
        block.append(writer.writerow([_cut_words()]))
    yield "".join(block)


def _write(file: IO[bytes], numbers: list[int], cut: bool) -> None:
    book = xlsxwriter.Workbook(
        file,
        {
            "constant_memory": True,
            "remove_timezone": True,
            "default_date_format": "yyyy-mm-dd hh:mm",
        },
    )
    sheet = book.add_worksheet(gettext("Jobs"))
    bold = book.add_format({"bold": True})
    for column, name in enumerate(HEAD):
        sheet.set_column(column, column, WIDTHS.get(name, WIDTH))
    sheet.freeze_panes(1, 1)
    for column, name in enumerate(HEAD):
        sheet.write_string(0, column, name, bold)
    line = 0
    for line, row in enumerate(rows(numbers), 1):
        for column, cell in enumerate(row):
            if isinstance(cell, str):
                # As text, which no spreadsheet takes for a formula, a number or an address.
                sheet.write_string(line, column, whole(cell))
            elif isinstance(cell, datetime):
                sheet.write_datetime(line, column, cell)
            elif cell is not None and math.isfinite(cell):
                sheet.write_number(line, column, cell)
    if cut:
        sheet.write_string(line + 1, 0, _cut_words())
    sheet.autofilter(0, 0, line, len(HEAD) - 1)
    book.close()


def _plain(cell: Cell) -> str | int | float:
    if isinstance(cell, str):
        return harmless(cell)
    if isinstance(cell, datetime):
        return cell.isoformat(sep=" ", timespec="seconds")
    return "" if cell is None else cell


def _cut_words() -> str:
    return gettext(
        "Only the first %(most)d of the jobs are here; narrow the list for the others."
    ) % {"most": MOST}


def _named(response: HttpResponseBase, ending: str) -> HttpResponseBase:
    name = f"jobs-{timezone.localtime():%Y-%m-%d-%H%M}.{ending}"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    response.headers["Cache-Control"] = "no-store"
    return response


class _Echo:
    """A file that gives back what is written to it."""

    def write(self, text: str) -> str:
        return text
