"""What the solver's process has to say of how it ended, beside its exit code, to its recorder."""

import json
import os
from contextlib import suppress
from typing import Any

BYTES = 4000
READ_BYTES = 64 * 1024
_KNOWN: dict[str, type] = {"error": str, "failed_step": str, "failed_log": str, "signal": int}
"""The words that a complaint may say; others would be a deck's, that wants to write into our record."""


def complain(fd: int, what: str, error: BaseException) -> None:
    """Says that a program could not be started."""
    words = getattr(error, "strerror", None) or str(error)
    text = f"{what}: {words}".encode("utf-8", "replace")[:BYTES]
    say(fd, error=text.decode("utf-8", "replace"))


def say(fd: int, **words: str | int) -> None:
    with suppress(BrokenPipeError):  # nobody listens any more
        os.write(fd, json.dumps(words).encode("ascii") + b"\n")


def heard(fd: int) -> dict[str, Any]:
    """All that was said; what is no word of ours is bubblewrap's, or Python's, that could not begin."""
    with os.fdopen(fd, "rb") as pipe:
        lines = pipe.read(READ_BYTES).splitlines()
    words: dict[str, Any] = {}
    for line in filter(None, lines):
        if not line.startswith(b"{"):
            text = line[:BYTES].decode("utf-8", "replace")
            return {"error": f"the solver could not be confined ({text}); see [confine]"}
        try:
            said = json.loads(line)
        except ValueError:  # cut off by a kill
            continue
        words |= {
            name: said[name] for name, kind in _KNOWN.items() if isinstance(said.get(name), kind)
        }
    return words
