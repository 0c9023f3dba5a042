"""What a file of a run is: for people by its name, for the browser by its first bytes alone."""

from typing import Literal, NamedTuple

Kind = Literal["text", "table", "picture", "drawing", "pdf", "binary"]

HEAD_BYTES = 4096
PICTURES = {
    b"\x89PNG\r\n\x1a\n": "image/png",
    b"\xff\xd8\xff": "image/jpeg",
    b"GIF87a": "image/gif",
    b"GIF89a": "image/gif",
}
TYPES = {
    "results": (
        *("frd", "odb", "op2", "xdb", "pch", "h3d", "rst", "rth", "t16", "vtu", "vtk", "vtp"),
        *("d3plot", "binout", "xplt", "fil", "exo", "cgns", "hdf", "h5", "med", "rmed", "res"),
    ),
    "log": ("log", "out", "msg", "sta", "dat", "cvg", "f06", "f04", "err", "mntr", "stat", "lis"),
    "deck": (
        *("inp", "k", "key", "dyn", "bdf", "fem", "nas", "rad", "pc", "feb", "cfg", "su2", "comm"),
        *("sif", "jou", "ccl", "include", "inc"),
    ),
    "table": ("csv", "tsv"),
    "picture": ("png", "jpg", "jpeg", "gif", "webp", "svg"),
    "document": ("pdf", "txt", "md", "html", "rtf", "doc", "docx"),
    "archive": ("zip", "gz", "tgz", "bz2", "xz", "zst", "tar", "7z"),
}
"""What a file's ending says it is; the first row that knows the ending wins."""
_BY_ENDING = {ending: name for name, endings in reversed(TYPES.items()) for ending in endings}


class Content(NamedTuple):
    """What a file's bytes are."""

    kind: Kind
    media_type: str
    """That the browser may take it for."""


def content_of(head: bytes, name: str) -> Content:
    """By the file's first bytes; the name decides only between kinds of text."""
    for begin, media_type in PICTURES.items():
        if head.startswith(begin):
            return Content("picture", media_type)
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return Content("picture", "image/webp")
    if head.startswith(b"%PDF-"):
        return Content("pdf", "application/pdf")
    if _is_binary(head):
        return Content("binary", "application/octet-stream")
    ending = name.lower().rpartition(".")[2]
    if ending == "svg" and b"<svg" in head.lower():
        return Content("drawing", "image/svg+xml")
    return Content("table" if ending in TYPES["table"] else "text", "text/plain; charset=utf-8")


def type_of(name: str) -> str:
    """A word for what a file's name says it is; empty where it says nothing."""
    last = name.rpartition("/")[2].lower()
    stem, dot, ending = last.rpartition(".")
    if ending == "log" or last.startswith("log."):
        return "log"
    return _BY_ENDING.get(ending if dot and stem else last, "")


def _is_binary(head: bytes) -> bool:
    """Many control characters; a few NUL bytes are a hole in a log, as a full disk leaves it."""
    if not head.strip(b"\0"):
        return False
    odd = sum(head.count(bytes([code])) for code in (*range(9), *range(14, 27), *range(28, 32)))
    return odd * 20 > len(head)
