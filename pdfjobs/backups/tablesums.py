"""What stands in a database, in figures that two databases can be compared by: rows, and a sum over their bytes.

The sum does not depend on the rows' order, which no table promises.
"""

import hashlib

Sums = dict[str, tuple[int, str]]
BYTES = 16
NAMED = 5
"""Tables that words name."""


class Sum:
    """Of one table."""

    def __init__(self) -> None:
        self.rows, self._total = 0, 0

    def add(self, row: bytes) -> None:
        self.rows += 1
        self._total += int.from_bytes(hashlib.blake2b(row, digest_size=BYTES).digest())

    def value(self) -> tuple[int, str]:
        return self.rows, f"{self._total % 256**BYTES:0{2 * BYTES}x}"


def differences(wanted: Sums, found: Sums) -> str:
    """In words; empty where there are none."""
    lines = []
    for table in sorted({*wanted, *found}):
        one, other = wanted.get(table), found.get(table)
        if one != other:
            rows = [str(each[0]) if each else "no table" for each in (one, other)]
            lines.append(f"{table} ({rows[0]} rows, found {rows[1]})")
    more = f" and {len(lines) - NAMED} more" if len(lines) > NAMED else ""
    return ", ".join(lines[:NAMED]) + more
