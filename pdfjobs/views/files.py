"""The files of a run: their list, and each one as its bytes allow to show it."""

import csv
import io
import itertools
from typing import Any

from django.conf import settings
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from pdfjobs import jobfiles, names
from pdfjobs.filekinds import HEAD_BYTES, TYPES, content_of, type_of
from pdfjobs.jobfiles import OpenFile
from pdfjobs.views.logs import log_page
from pdfjobs.views.request import Request
from pdfjobs.views.runfiles import place_of

MOST_FILES = 20_000
"""Looked at, of one run."""
SHOWN = 1000
TABLE_BYTES = 256 * 1024
TABLE_ROWS = 200
TABLE_COLUMNS = 60
CELL = 200
"""Characters."""
ORDERS = ("path", "size", "age")


@require_safe
def file_list(request: Request, number: int) -> HttpResponse:
    """Every file of a run, those that `q` and `type` leave, in the order that `sort` asks for."""
    place = place_of(request, number)
    entries = jobfiles.list_files(place.run.root, place.folder, MOST_FILES)
    read = dict(place.run.files.values_list("path", "report__role"))
    words = request.GET.get("q", "").strip().casefold()
    kind = request.GET.get("type", "")
    order = request.GET.get("sort", "")
    files, types = [], set()
    for entry in entries:
        path, said = names.to_stored(entry.path), type_of(entry.path)
        role = read.get(path)
        if role and said in ("", "document"):
            said = "log"  # whatever it is called
        types.add(said)
        if words in names.readable(entry.path).casefold() and kind in ("", said):
            files.append({"path": path, "entry": entry, "type": said, "role": role})
    _sort(files, order)
    shown: dict[str, Any] = {
        "job": place.job,
        "run": place.run,
        "runs": sorted(place.job.runs.all(), key=lambda run: run.ordinal),
        "asked": place.asked,
        "files": files[:SHOWN],
        "left_out": max(0, len(files) - SHOWN),
        "all": len(entries),
        "more": len(entries) >= MOST_FILES,
        "bytes": sum(entry.size for entry in entries),
        "types": [name for name in TYPES if name in types],
        "q": request.GET.get("q", ""),
        "type": kind,
        "sort": order if order in ORDERS else "path",
        "zip_bytes": settings.PDFJOBS.web.zip_bytes,
    }
    return render(request, "pdfjobs/files.html", shown)


@require_safe
def file_page(request: Request, number: int, path: str) -> HttpResponse:
    """A file in the viewer, or its picture, or its first rows; `as=text` shows the bytes of any as text."""
    place = place_of(request, number)
    with place.opened(path) as file:
        name = names.from_stored(path)
        content = content_of(file.read(0, HEAD_BYTES), name)
        moves = not {"at", "line", "mark", "find", "follow"}.isdisjoint(request.GET)
        if content.kind == "text" or moves or request.GET.get("as") == "text":
            return log_page(request, place, path, file)
        shown = {
            "job": place.job,
            "run": place.run,
            "asked": place.asked,
            "path": path,
            "name": names.readable(name),
            "file": file,
            "content": content,
        }
        if content.kind == "table":
            shown |= _table(file, name)
        return render(request, "pdfjobs/file.html", shown)


@require_safe
def deck_page(request: Request, number: int) -> HttpResponse:
    """Sends to the deck in the viewer."""
    place = place_of(request, number)
    if not place.run.deck_file:
        raise Http404("no deck in this run")
    return redirect("file", number=number, path=place.run.deck_file)


def _sort(files: list[dict[str, Any]], order: str) -> None:
    if order == "size":
        files.sort(key=lambda file: -file["entry"].size)
    elif order == "age":
        files.sort(key=lambda file: -file["entry"].mtime)


def _table(file: OpenFile, name: str) -> dict[str, Any]:
    """The first rows of a table; a row that a cell spans over several lines is one."""
    raw = file.read(0, TABLE_BYTES)
    text = raw.decode("utf-8-sig", "replace").replace("\0", "\ufffd")
    if len(raw) < file.size:
        text = text[: text.rfind("\n") + 1] or text
    first = text.partition("\n")[0]
    separator = "\t" if name.lower().endswith(".tsv") else max(",;\t", key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    try:
        rows = [
            [cell[:CELL] for cell in row[:TABLE_COLUMNS]]
            for row in itertools.islice(reader, TABLE_ROWS + 1)
        ]
    except csv.Error:  # a cell larger than Python's limit
        rows = []
    return {
        "head": rows[0] if rows else [],
        "rows": rows[1:],
        "cut": len(raw) < file.size or len(rows) > TABLE_ROWS,
    }
