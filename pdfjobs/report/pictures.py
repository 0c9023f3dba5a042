"""Attachments' pictures as parts of a report, small enough for one file."""

import base64
import io
import warnings
from collections.abc import Iterable
from typing import BinaryIO

from PIL import Image

from pdfjobs import attachmentstore
from pdfjobs.models import Attachment

MOST_BYTES = 1_500_000
"""A larger one is made smaller."""
MOST_TOGETHER = 15_000_000
MOST_PIXELS = 50_000_000
WIDE = 1600
"""Pixels that a larger picture is brought down to."""


def inlined(attachments: Iterable[Attachment]) -> dict[int, str]:
    """The pictures by attachment id, as addresses that hold them; those for which there is no room are left out."""
    found: dict[int, str] = {}
    room = MOST_TOGETHER
    for each in attachments:
        if each.media_type not in attachmentstore.PICTURES:
            continue
        content = _content(each)
        if content is None or len(content[1]) > room:
            continue
        media_type, data = content
        room -= len(data)
        found[each.pk] = f"data:{media_type};base64,{base64.b64encode(data).decode()}"
    return found


def _content(attachment: Attachment) -> tuple[str, bytes] | None:
    try:
        with attachmentstore.opened(attachment.sha256) as file:
            if attachment.size <= MOST_BYTES:
                return attachment.media_type, file.read(MOST_BYTES)
            if attachment.media_type == "image/svg+xml":
                return None
            return "image/jpeg", _smaller(file)
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return None  # gone, or no such picture after all


def _smaller(file: BinaryIO) -> bytes:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with Image.open(file) as picture:
            if picture.width * picture.height > MOST_PIXELS:
                raise ValueError("too many pixels")
            picture.draft("RGB", (WIDE, WIDE))
            plain = picture.convert("RGB")
    plain.thumbnail((WIDE, WIDE))
    out = io.BytesIO()
    plain.save(out, "JPEG", quality=85)
    return out.getvalue()
