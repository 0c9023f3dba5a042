"""Files of a run as they are: whole, in parts, or many in one archive."""

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote
from zipfile import ZIP_DEFLATED, ZIP_STORED

import zipstream
from django.conf import settings
from django.http import Http404, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_http_methods, require_safe

from pdfjobs import jobfiles, names
from pdfjobs.filekinds import HEAD_BYTES, Content, content_of, type_of
from pdfjobs.jobfiles import Entry, OpenFile
from pdfjobs.views.request import Request
from pdfjobs.views.runfiles import Place, place_of

BLOCK = 256 * 1024
MOST_FILES = 50_000
POLICY = "default-src 'none'; sandbox"
PDF_POLICY = (
    "default-src 'none'; object-src 'self'; style-src 'unsafe-inline'; frame-ancestors 'self'"
)
"""A browser shows no PDF in a sandboxed answer; its own viewer lets no script of the file reach these pages."""
PACKED = ("archive", "picture")

_Zip: Any = zipstream.ZipStream
_RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})")


@require_safe
def raw(request: Request, number: int, path: str) -> HttpResponseBase:
    """The file to be saved; `plain` shows it in the browser where that is harmless, never as a page of ours."""
    place = place_of(request, number)
    with place.opened(path) as file:
        content = content_of(file.read(0, HEAD_BYTES), names.from_stored(path))
        response = _answer(request, place, path, file)
    inline = "plain" in request.GET and content.kind != "binary"
    _describe(response, content, names.from_stored(path), inline=inline)
    response.headers["ETag"] = f'"{file.version}"'
    return response


@require_http_methods(["GET", "HEAD", "POST"])
def archive(request: Request, number: int) -> HttpResponseBase:
    """The chosen files (`file`, as often as there are), or all of the run, as a ZIP that is made while it is sent."""
    place = place_of(request, number)
    entries = jobfiles.list_files(place.run.root, place.folder, MOST_FILES)
    chosen = {
        names.from_stored(path)
        for path in (request.POST if request.method == "POST" else request.GET).getlist("file")
    }
    if chosen:
        entries = [entry for entry in entries if entry.path in chosen]
    if not entries:
        raise Http404("no such files in this run")
    size, most = sum(entry.size for entry in entries), settings.PDFJOBS.web.zip_bytes
    if size > most:
        shown = {"job": place.job, "size": size, "most": most, "count": len(entries)}
        return render(request, "pdfjobs/zip_too_large.html", shown, status=413)
    packed: Any = _Zip()
    for entry in entries:
        method = ZIP_STORED if type_of(entry.path) in PACKED else ZIP_DEFLATED
        packed.add(
            _content(place, entry),
            names.readable(entry.path),
            compress_type=method,
            compress_level=1,
        )
    response = StreamingHttpResponse(packed, content_type="application/zip")
    name = f"{place.job.number}_{names.safe_stem(place.job.name.rpartition('.')[0])}.zip"
    response.headers["Content-Disposition"] = str(content_disposition_header(True, name))
    response.headers["Content-Security-Policy"] = POLICY
    return response


def _content(place: Place, entry: Entry) -> Iterator[bytes]:
    """A file as long as it was when it was listed; nothing of one that is gone by then."""
    try:
        with jobfiles.opened(place.run.root, place.folder, entry.path) as file:
            yield from _blocks(file, 0, min(entry.size, file.size))
    except jobfiles.NoSuchFileError:
        return


def _blocks(file: OpenFile, begin: int, end: int) -> Iterator[bytes]:
    while begin < end and (block := file.read(begin, min(BLOCK, end - begin))):
        yield block
        begin += len(block)


def _answer(request: Request, place: Place, path: str, file: OpenFile) -> HttpResponseBase:
    """Whole, the part that `Range` asks for, or by the hands of nginx, which knows parts itself."""
    accel = settings.PDFJOBS.web.accel
    if accel:
        inside = "/".join((place.run.root, place.folder, names.from_stored(path)))
        response: HttpResponseBase = HttpResponse()
        response.headers["X-Accel-Redirect"] = (
            f"{accel.rstrip('/')}/{quote(inside.encode('utf-8', 'surrogateescape'))}"
        )
        return response
    part = _part(request, file)
    if part is None:
        response = HttpResponse(status=416)
        response.headers["Content-Range"] = f"bytes */{file.size}"
        return response
    begin, end = part
    response = StreamingHttpResponse(
        _later(place, path, file.version, begin, end) if request.method == "GET" else (),
        status=206 if (begin, end) != (0, file.size) else 200,
    )
    if response.status_code == 206:
        response.headers["Content-Range"] = f"bytes {begin}-{end - 1}/{file.size}"
    response.headers["Content-Length"] = str(end - begin)
    response.headers["Accept-Ranges"] = "bytes"
    return response


def _later(place: Place, path: str, version: str, begin: int, end: int) -> Iterator[bytes]:
    """The bytes when they are sent; the file may have been replaced since, and then the answer ends short."""
    with jobfiles.opened(place.run.root, place.folder, names.from_stored(path)) as file:
        if file.version.partition("-")[0] == version.partition("-")[0]:
            yield from _blocks(file, begin, end)


def _part(request: Request, file: OpenFile) -> tuple[int, int] | None:
    """Begin and end of what is asked for; None where nothing of it is there. Several parts at once: the whole."""
    whole = 0, file.size
    asked = _RANGE.fullmatch(request.headers.get("Range", "").replace(" ", ""))
    known = request.headers.get("If-Range")
    if asked is None or asked[0] == "bytes=-" or (known and known != f'"{file.version}"'):
        return whole
    if not asked[1]:
        count = int(asked[2])
        return (max(0, file.size - count), file.size) if count and file.size else None
    begin, end = int(asked[1]), int(asked[2]) + 1 if asked[2] else file.size
    if asked[2] and end <= begin:
        return whole  # as if nothing had been asked
    return (begin, min(end, file.size)) if begin < file.size else None


def _describe(response: HttpResponseBase, content: Content, name: str, *, inline: bool) -> None:
    last = names.readable(name.rpartition("/")[2])
    response.headers["Content-Type"] = content.media_type if inline else "application/octet-stream"
    response.headers["Content-Disposition"] = str(content_disposition_header(not inline, last))
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Content-Security-Policy"] = POLICY
    response.headers["Cache-Control"] = "no-cache, private"
    if inline and content.kind == "pdf":
        response.headers["Content-Security-Policy"] = PDF_POLICY
        response.headers["X-Frame-Options"] = "SAMEORIGIN"
