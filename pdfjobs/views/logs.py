"""The log viewer: any text file of a run, from any place in it, and what is written to it meanwhile."""

from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from pdfjobs import names
from pdfjobs.decks.decktree import paths_of, tree_of
from pdfjobs.jobfiles import OpenFile
from pdfjobs.logs import logwindow
from pdfjobs.logs.logmarks import LogMarks, line_at, unmarked
from pdfjobs.logs.logrows import markup
from pdfjobs.logs.logview import Asked, ShownRow, Viewer
from pdfjobs.logs.logwindow import Window
from pdfjobs.models import ENDED
from pdfjobs.numerals import whole_number
from pdfjobs.services import logmarks as service
from pdfjobs.views.conditional import unless_known
from pdfjobs.views.request import Request
from pdfjobs.views.runfiles import Place, place_of

LAST_ROWS = 100
"""Of a file, on the page of its job."""
FOLLOWED = 2000
"""Rows that an answer to one who follows brings at most: of more only the last."""


@require_safe
def log_rows(request: Request, number: int, path: str) -> HttpResponse:
    """Some rows alone: those `after` or `before` an offset, or around `at`; what is new for one who follows."""
    place = place_of(request, number)
    with place.opened(path) as file:
        marks = LogMarks.of(place.run, path, file)
        known = marks.version if marks else ""
        shown: dict[str, Any] = {}
        if "marking" in request.GET:
            shown["coming"] = marks is None and _is_being_marked(place, path, file, ask=False)
        version = f"{file.version} {known} {request.GET.urlencode()} {shown}"

        def rendered() -> HttpResponse:
            viewer = Viewer(file, marks, _solver_of(place, path))
            viewer.asked(request.GET)
            window = _asked_window(request, file)
            block = _block(viewer, window, place, path) | _recent(request, viewer)
            return render(request, "pdfjobs/_log_rows.html", shown | block)

        return unless_known(request, version, rendered)


def log_page(request: Request, place: Place, path: str, file: OpenFile) -> HttpResponse:
    """The viewer with the part of the file that the address asks for."""
    marks = LogMarks.of(place.run, path, file)
    viewer = Viewer(file, marks, _solver_of(place, path))
    asked = viewer.asked(request.GET)
    window = _window(viewer, asked, follow="follow" in request.GET)
    block = _block(viewer, window, place, path)
    line = _line_of(block["rows"], viewer.target)
    shown = {
        "job": place.job,
        "run": place.run,
        "path": path,
        "name": names.readable(names.from_stored(path)),
        "asked": place.asked,
        "file": file,
        "window": window,
        "marks": marks,
        "marking": marks is None
        and _is_being_marked(place, path, file, ask="marking" not in request.GET),
        "found": asked,
        "line": line,
        "find": asked.query,
        "target": viewer.target if viewer.target is not None else window.begin,
        "is_live": place.job.status not in ENDED,
        "jumps": _jumps(viewer, line, asked) if marks else [],
        "percent": window.begin * 100 // max(1, file.size - (window.end - window.begin)),
        "tree": tree_of(place.job, place.run) if viewer.solver else None,
        "kept": _kept(place, asked),
        **block,
    }
    return render(request, "pdfjobs/log.html", shown)


def _is_being_marked(place: Place, path: str, file: OpenFile, *, ask: bool) -> bool:
    """Whether marks will come of a log that was read before they were kept; `ask` has them made."""
    row = unmarked(place.run, path, file)
    if row is None:
        return False
    return service.ask(row) if ask else service.are_being_made(row)


def last_rows(place: Place, path: str) -> dict[str, Any] | None:
    """What a file ends with, for a page that goes on with it; None where it cannot be read."""
    try:
        with place.opened(path) as file:
            viewer = Viewer(file, LogMarks.of(place.run, path, file))
            window = logwindow.before(file, file.size, LAST_ROWS)
            return {"path": path, **_block(viewer, window, place, path)}
    except Http404:
        return None


def _window(viewer: Viewer, asked: Asked, *, follow: bool) -> Window:
    """Around what was asked for; else the file's begin, or its end for one who follows."""
    if asked.at is not None:
        return logwindow.around(viewer.file, asked.at)
    if follow:
        return logwindow.before(viewer.file, viewer.file.size)
    return logwindow.after(viewer.file, 0)


def _asked_window(request: Request, file: OpenFile) -> Window:
    after, before = (whole_number(request.GET.get(name, "")) for name in ("after", "before"))
    if before is not None:
        return logwindow.before(file, before)
    if after is None:
        return logwindow.around(file, whole_number(request.GET.get("at", "")) or 0)
    if after > file.size:  # cut, or written anew
        return logwindow.after(file, 0)
    window = logwindow.after(file, after, FOLLOWED if "follow" in request.GET else logwindow.ROWS)
    if "follow" in request.GET and not window.is_last:
        return logwindow.before(file, file.size)
    return window


def _block(viewer: Viewer, window: Window, place: Place, path: str) -> dict[str, Any]:
    rows = viewer.rows(window)
    address = reverse("file", args=[place.job.number, path])
    return {"rows": rows, "lines": markup(rows, address, place.asked), "window": window}


def _recent(request: Request, viewer: Viewer) -> dict[str, Any]:
    """Marks of lines that were shown before they were read: those from line `since` on."""
    since = whole_number(request.GET.get("since", ""))
    if since is None or viewer.marks is None:
        return {}
    last = line_at(viewer.file, viewer.marks, viewer.file.size)
    found = viewer.marks.between(since, last) if last is not None else {}
    return {
        "recent": " ".join(f"{line}:{severity}" for line, severity in sorted(found.items())),
        "counts": {kind: viewer.marks.count(kind) for kind in ("error", "warning")},
    }


def _line_of(rows: list[ShownRow], target: int | None) -> int | None:
    if target is None:
        return rows[0].line if rows else None
    return next((row.line for row in rows if row.at == target), None)


def _jumps(viewer: Viewer, line: int | None, asked: Asked) -> list[dict[str, Any]]:
    """For errors and warnings how many there are, which one is shown, and the ones beside it."""
    if viewer.marks is None:
        return []
    shown = []
    for kind in ("error", "warning"):
        before = viewer.near(kind, line, forward=False)
        # Without a target the first line in sight counts too.
        behind = viewer.near(
            kind, line if viewer.target is not None else (line or 1) - 1, forward=True
        )
        shown.append(
            {
                "kind": kind,
                "count": viewer.marks.count(kind),
                "at": asked.mark.number if asked.mark and asked.kind == kind else None,
                "previous": before.number if before else None,
                "next": behind.number if behind else None,
            }
        )
    return shown


def _kept(place: Place, asked: Asked) -> str:
    """What every link within the file carries on."""
    kept = {"run": str(place.run.ordinal)} if place.asked else {}
    if asked.query:
        kept["find"] = asked.query.words
        kept |= {"regex": "1"} if asked.query.regex else {}
        kept |= {"case": "1"} if asked.query.exact else {}
    return f"&{urlencode(kept)}" if kept else ""


def _solver_of(place: Place, path: str) -> str:
    """Whose deck a file is, if it is one."""
    last = names.from_stored(path).rpartition("/")[2]
    includes = place.job.deck.get("includes") or []
    if path != place.run.deck_file and not any(
        str(one.get("name", "")).endswith(last) for one in includes
    ):
        return ""
    tree = tree_of(place.job, place.run)
    if tree is None or path not in paths_of(tree):
        return ""
    return str(place.job.deck.get("solver") or place.job.solver)
