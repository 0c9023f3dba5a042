"""Where attachments lie: VAR/attachments/<first two>/<sha256 of their bytes>, each content once."""

import codecs
import hashlib
import os
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import puremagic
from django.conf import settings

PICTURES = frozenset(
    {"image/png", "image/jpeg", "image/gif", "image/webp", "image/bmp", "image/svg+xml"}
)
"""What a page shows as a picture."""
HEAD_BYTES = 64 * 1024


class TooLargeError(Exception):
    """More bytes than the setting allows."""


@dataclass(frozen=True)
class Kept:
    """A file's bytes, on the disk."""

    sha256: str
    size: int
    media_type: str


def keep(chunks: Iterable[bytes], most: int) -> Kept:
    """Lays a file's bytes down, whole or not at all; TooLargeError as soon as there are more than `most`."""
    folder = settings.INSTANCE.attachments
    folder.mkdir(mode=0o700, exist_ok=True)
    new = folder / f".new-{os.getpid()}-{os.urandom(6).hex()}"
    sha, size, head = hashlib.sha256(), 0, b""
    try:
        fd = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        with os.fdopen(fd, "wb") as file:
            for chunk in chunks:
                size += len(chunk)
                if size > most:
                    raise TooLargeError
                sha.update(chunk)
                head += chunk[: HEAD_BYTES - len(head)]
                file.write(chunk)
            file.flush()
            os.fsync(file.fileno())
        place = path_of(sha.hexdigest())
        place.parent.mkdir(mode=0o700, exist_ok=True)
        new.replace(place)
    finally:
        new.unlink(missing_ok=True)
    return Kept(sha.hexdigest(), size, media_type(head))


def path_of(sha256: str) -> Path:
    """Where a content lies; ValueError for what is no fingerprint."""
    if not re.fullmatch(r"[0-9a-f]{64}", sha256):
        raise ValueError(sha256)
    return Path(settings.INSTANCE.attachments) / sha256[:2] / sha256


def opened(sha256: str) -> BinaryIO:
    """The content, to read; FileNotFoundError where it has left the disk."""
    return path_of(sha256).open("rb")


def media_type(head: bytes) -> str:
    """What a file's first bytes say it is; text is plain text, whatever language it is in, but for SVG."""
    try:
        found = puremagic.from_string(head, mime=True)
    except (puremagic.PureError, ValueError):
        found = ""
    # Only with its first bytes in their place does a browser take it for a picture too.
    if (found in PICTURES and found != "image/svg+xml") or found == "application/pdf":
        return str(found)
    text = _text(head)
    if text is not None:
        is_svg = text.lstrip("\ufeff \t\r\n").startswith("<") and re.search(r"<svg[\s>]", text)
        return "image/svg+xml" if is_svg else "text/plain"
    is_known = re.fullmatch(r"(application|audio|video|image)/[\w.+-]{1,80}", found)
    return found if is_known else "application/octet-stream"


def _text(head: bytes) -> str | None:
    """The text that a file begins with; None for one that is no UTF-8 text."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        text = decoder.decode(head, final=len(head) < HEAD_BYTES)
    except UnicodeDecodeError:
        return None
    return None if "\0" in text else text
