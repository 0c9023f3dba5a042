"""The whole list that one sees, narrowed and in its order, as a file for a spreadsheet."""

import csv
from collections.abc import Iterator
from datetime import datetime
from itertools import chain

from django.http import HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.views.decorators.http import require_safe

from pdfjobs import access
from pdfjobs.exportrows import HEAD, MOST, Cell, harmless, rows
from pdfjobs.forms import ListForm
from pdfjobs.listing import find
from pdfjobs.spreadsheet import Table, streamed
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
    numbers, cut = _numbers(request)
    widths = [WIDTHS.get(name, WIDTH) for name in HEAD]
    table = Table("Jobs", HEAD, widths, len(numbers) + cut, _cut_words())
    last: list[list[Cell]] = [[table.cut_words]] if cut else []
    lines = chain(rows(numbers), last)
    return _named(StreamingHttpResponse(streamed(table, lines), content_type=XLSX), "xlsx")


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


def _plain(cell: Cell) -> str | int | float:
    if isinstance(cell, str):
        return harmless(cell)
    if isinstance(cell, datetime):
        return cell.isoformat(sep=" ", timespec="seconds")
    return "" if cell is None else cell


def _cut_words() -> str:
    return f"Only the first {MOST} of the jobs are here; narrow the list for the others."


def _named(response: HttpResponseBase, ending: str) -> HttpResponseBase:
    name = f"jobs-{timezone.localtime():%Y-%m-%d-%H%M}.{ending}"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    response.headers["Cache-Control"] = "no-store"
    return response


class _Echo:
    """A file that gives back what is written to it."""

    def write(self, text: str) -> str:
        return text
