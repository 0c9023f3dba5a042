"""Keeps the messages of logs; under the run's lock, in the caller's transaction."""

import hashlib
import json
from typing import Any

from pdfjobs.models import LogFile, Message

Said = dict[str, Any]
"""A message as a report has it."""


def fingerprint(messages: list[Said]) -> str:
    """Tells whether messages are those that are kept; empty for none."""
    return hashlib.sha256(json.dumps(messages).encode()).hexdigest() if messages else ""


def keep_messages(logs: list[tuple[LogFile, list[Said]]]) -> None:
    """Brings the rows of some logs to what their reports say, and touches no row that says it already."""
    if not logs:
        return
    known: dict[tuple[int, int], Message] = {
        (row.file_id, row.position): row
        for row in Message.objects.filter(file__in=[file for file, _ in logs]).order_by()
    }
    rows = []
    for file, messages in logs:
        for position, said in enumerate(messages):
            row = known.pop((file.pk, position), None)
            if row is None or not _same(row, said):
                rows.append(_row(file, position, said))
    if known:
        Message.objects.filter(pk__in=[row.pk for row in known.values()]).delete()
    Message.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["file", "position"],
        update_fields=["severity", "code", "text", "line", "count"],
    )


def _row(file: LogFile, position: int, said: Said) -> Message:
    return Message(
        file=file,
        position=position,
        severity=said["severity"],
        code=said["code"] or "",
        text=said["text"],
        line=said["line"],
        count=said["count"],
    )


def _same(row: Message, said: Said) -> bool:
    return (row.severity, row.code, row.text, row.line, row.count) == (
        said["severity"],
        said["code"] or "",
        said["text"],
        said["line"],
        said["count"],
    )
