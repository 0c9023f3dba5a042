"""File names between disk and database.

A name is bytes on the disk and an `os.fsdecode`d text in Python; JSON's ASCII carries such a text through the
queue as it is. Databases refuse the lone surrogates that stand for bytes which are not UTF-8, and NUL, so in
tables every name stands in the stored escaping: `%` and those bytes as %XX, everything else as it is.
"""

import os
import re
import unicodedata

STEM_LIMIT = 40
"""Characters; ccx keeps 80 of a path and cuts .sta, .cvg and .dat at a blank."""


def to_stored(name: str) -> str:
    """An `os.fsdecode`d name in the form that every database takes."""
    return "".join(
        f"%{ord(c) - 0xDC00:02X}" if "\udc80" <= c <= "\udcff" else "%25" if c == "%" else c
        for c in name
    )


def from_stored(stored: str) -> str:
    """The `os.fsdecode`d name again."""
    raw = re.sub(
        rb"%([0-9A-F]{2})", lambda match: bytes([int(match[1], 16)]), stored.encode("utf-8")
    )
    return os.fsdecode(raw)


def readable(name: str) -> str:
    """A name for people: one line, no control characters, bytes that are not UTF-8 as Latin-1."""
    raw = os.fsencode(name)
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        text = raw.decode("latin-1")
    return "".join("�" if unicodedata.category(c) in ("Cc", "Cs") else c for c in text)


def safe_stem(name: str) -> str:
    """A short ASCII stem without blanks that every solver takes; "deck" where nothing is left."""
    plain = unicodedata.normalize("NFKD", readable(name)).encode("ascii", "ignore").decode()
    stem = re.sub(r"[^A-Za-z0-9_-]+", "_", plain).strip("_-")[:STEM_LIMIT].rstrip("_-")
    return stem or "deck"
