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
TURNS_TEXT = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""Let a name be read backwards, and everything after it on the page."""


def to_stored(name: str) -> str:
    """An `os.fsdecode`d name in the form that every database takes."""
    # By its bytes: they are the same for processes whose locales call them differently.
    text = os.fsencode(name).decode("utf-8", "surrogateescape")
    return "".join(
        f"%{ord(c) - 0xDC00:02X}" if "\udc80" <= c <= "\udcff" else "%25" if c == "%" else c
        for c in text
    )


def from_stored(stored: str) -> str:
    """The `os.fsdecode`d name again."""
    raw = re.sub(
        rb"%([0-9A-F]{2})", lambda match: bytes([int(match[1], 16)]), stored.encode("utf-8")
    )
    return os.fsdecode(raw)


def readable(name: str) -> str:
    """A name for people: one line, no control characters, bytes that are not UTF-8 as Latin-1."""
    try:
        text = os.fsencode(name).decode("utf-8")
    except UnicodeEncodeError:  # no name of a file: a text that holds what no bytes stand for
        text = name
    except UnicodeDecodeError:
        text = os.fsencode(name).decode("latin-1")
    return "".join("�" if _is_no_text(c) else c for c in text)


def place(root: str, folder: str) -> str:
    """For people: a root and the stored name of a folder in it."""
    return f"{root}/{readable(from_stored(folder))}".rstrip("/")


def _is_no_text(character: str) -> bool:
    return unicodedata.category(character) in ("Cc", "Cs", "Zl", "Zp") or character in TURNS_TEXT


def safe_stem(name: str) -> str:
    """A short ASCII stem without blanks that every solver takes; "deck" where nothing is left."""
    text = readable(name).replace("�", "_").replace("ß", "ss")
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    stem = re.sub(r"[^A-Za-z0-9_-]+", "_", plain).strip("_-")[:STEM_LIMIT].rstrip("_-")
    return stem or "deck"
