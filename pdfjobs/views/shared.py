"""Answers to the polls of many people who look at the same: made once, and kept as long as nothing has changed."""

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic, time

from django.http import HttpRequest, HttpResponse
from django.utils.cache import patch_vary_headers
from django.utils.translation import get_language

FRESH_S = 2.0
"""A change is shown at the latest so long after it was made, on top of the poll's own pace."""
MOST = 200

_kept: OrderedDict[str, "_Answer"] = OrderedDict()
_lock = threading.Lock()


@dataclass
class _Answer:
    """What was shown last under a key."""

    key: str
    version: str
    body: bytes
    since: float
    """Unix time at which this version was seen first."""
    cost_s: float
    """Of making it."""
    checked: float
    asked: int = 0
    """How often since it was checked."""
    checking: bool = False

    @property
    def etag(self) -> str:
        """Tells processes with different memories which of them knows more."""
        return f'"{self.since:.3f}-{_mark(self.key)}-{_mark(self.version)}"'

    def is_due(self) -> bool:
        """To be checked: at once for a few people; the more of them ask, the rarer, so that no more than one thread is
        busy with it."""
        return monotonic() - self.checked >= min(FRESH_S, self.cost_s * self.asked)


def answer(
    request: HttpRequest,
    key: str,
    version: Callable[[], str],
    render: Callable[[], HttpResponse],
) -> HttpResponse:
    """What `render` gives; 304 when the browser has that, or something newer, already.

    Whoever has the same key and language is shown the same, so what is rendered must be about nobody. `version` says whether
    something has changed.
    """
    found = _current(f"{get_language()} {key}", version, render)
    known = request.headers.get("If-None-Match", "")
    if _knows(known, found):
        response = HttpResponse(status=304)
        response.headers["ETag"] = known.removeprefix("W/")
    else:
        response = HttpResponse(found.body)
        response.headers["ETag"] = found.etag
    response.headers["Cache-Control"] = "no-cache, private"
    patch_vary_headers(response, ("HX-Request", "Cookie"))
    return response


def forget() -> None:
    with _lock:
        _kept.clear()


def _current(key: str, version: Callable[[], str], render: Callable[[], HttpResponse]) -> _Answer:
    with _lock:
        kept = _kept.get(key)
        if kept is not None:
            kept.asked += 1
            if kept.checking or not kept.is_due():
                return kept
            kept.checking = True
    try:
        return _checked(key, kept, version(), render)
    finally:
        if kept is not None:
            kept.checking = False


def _checked(
    key: str, kept: _Answer | None, now: str, render: Callable[[], HttpResponse]
) -> _Answer:
    if kept is not None and kept.version == now:
        kept.checked, kept.asked = monotonic(), 0
        return kept
    seen, begun = time(), monotonic()
    body = render().content
    made = _Answer(key, now, body, seen, monotonic() - begun, monotonic())
    with _lock:
        _kept[key] = made
        _kept.move_to_end(key)
        while len(_kept) > MOST:
            _kept.popitem(last=False)
    return made


def _knows(etag: str, found: _Answer) -> bool:
    """Whether the browser has this very version, or one that was seen later."""
    parts = etag.removeprefix("W/").strip('"').split("-")
    if len(parts) != 3 or parts[1] != _mark(found.key):
        return False
    try:
        return parts[2] == _mark(found.version) or float(parts[0]) > found.since
    except ValueError:
        return False


def _mark(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]
