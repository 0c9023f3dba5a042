"""How the sum of a deck is laid down, and read again."""

import json
import zlib
from typing import Any

from pdfjobs.models import DeckCards, Job

MOST_BYTES = 64 * 1024 * 1024
"""Of a sum that is read again: no reader makes one of that size."""


def pack(summary: dict[str, Any]) -> bytes:
    return zlib.compress(json.dumps(summary, separators=(",", ":"), allow_nan=False).encode())


def unpack(data: bytes) -> dict[str, Any]:
    summary: dict[str, Any] = json.loads(zlib.decompressobj().decompress(data, MOST_BYTES))
    return summary


def summary_of(job: Job) -> dict[str, Any] | None:
    """The sum of a job's deck; None where it was not read (yet), or could not be."""
    row = DeckCards.objects.filter(job=job).first()
    summary = unpack(bytes(row.data)) if row else None
    return None if summary is None or summary.get("trouble") else summary
