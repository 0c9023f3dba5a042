"""How much a confined run uses in all, and whether that is more than it may.

The kernel holds each process to its share; what they use together only a control group could hold, which an
ordinary account may not make everywhere. So it is looked at, once a second.
"""

from pathlib import Path
from typing import Any, NamedTuple

from workers.launchers.processes import members

KIB = 1024
COUNTED = (b"RssAnon:", b"RssShmem:", b"VmSwap:")
"""What is a process's own; pages of programs and files, which the kernel can drop, are not."""


class Passed(NamedTuple):
    """A limit that a run has passed, as the record has it."""

    end_cause: str
    limit: int


class Limits:
    """Of one run; from its sandbox's order."""

    def __init__(self, sandbox: dict[str, Any]) -> None:
        self._memory_bytes = sandbox["memory_bytes"]
        self._processes = sandbox["processes"]

    def passed_by(self, leader: int) -> Passed | None:
        pids = members(leader)
        if len(pids) > self._processes:
            return Passed("process limit", self._processes)
        if sum(map(_bytes_of, pids)) > self._memory_bytes:
            return Passed("memory limit", self._memory_bytes)
        return None


def _bytes_of(pid: int) -> int:
    try:
        lines = Path(f"/proc/{pid}/status").read_bytes().splitlines()
    except OSError:  # it has ended
        return 0
    return sum(int(line.split()[1]) * KIB for line in lines if line.startswith(COUNTED))
