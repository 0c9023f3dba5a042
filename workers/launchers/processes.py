"""Which processes of this machine are alive, and who belongs to a solver.

A pid alone names nobody, since pids are given again: a process is its pid and the moment it began.
"""

import os
import signal
import time
from contextlib import suppress
from pathlib import Path

BEGIN_S, BEGIN_LOOK_S = 5.0, 0.02
"""How long a sandbox may take to be made, and how often that is looked at."""


def boot_id() -> str:
    return Path("/proc/sys/kernel/random/boot_id").read_text().strip()


def start_of(pid: int) -> int | None:
    """When a process began, in clock ticks since boot; None when it has ended, as a zombie has."""
    fields = _stat_fields(pid)
    return None if fields is None or fields[0] in "ZX" else int(fields[19])


def is_alive(pid: int | None, start: int | None) -> bool:
    return pid is not None and start is not None and start_of(pid) == start


def leads_session(pid: int) -> bool:
    try:
        return os.getsid(pid) == pid
    except ProcessLookupError:
        return False


def session_members(leader: int) -> list[int]:
    """Living processes of a session, its leader left out."""
    return [pid for pid, (_, session) in _table().items() if session == leader and pid != leader]


def members(leader: int) -> list[int]:
    """As `session_members`, with those that these began, in whatever sessions; the sandbox's too."""
    table = _table()
    children: dict[int, list[int]] = {}
    for pid, (parent, _) in table.items():
        children.setdefault(parent, []).append(pid)
    found = {pid for pid, (_, session) in table.items() if session == leader}
    found |= {leader}
    new = list(found)
    while new:
        new = [pid for one in new for pid in children.get(one, ()) if pid not in found]
        found.update(new)
    return sorted(found - {leader})


def signal_each(pids: list[int], number: int) -> None:
    """Signals processes that were just found."""
    for pid in pids:
        with suppress(ProcessLookupError, PermissionError):
            os.kill(pid, number)
            os.kill(pid, signal.SIGCONT)


def signal_process(pid: int, start: int, number: int) -> bool:
    """Signals exactly this process; False when it has ended. Raises PermissionError."""
    try:
        handle = os.pidfd_open(pid)
    except ProcessLookupError:
        return False
    try:
        # Looked at after the handle was opened: what the handle names is now known for sure.
        if start_of(pid) != start:
            return False
        signal.pidfd_send_signal(handle, number)
    except ProcessLookupError:
        return False
    finally:
        os.close(handle)
    return True


def hears(leader: int) -> bool:
    """Whether a request to end reaches somebody.

    bubblewrap blocks it, since it would end alone; the one behind it who listens may be still to come.
    """
    return not _has_bit(leader, "SigBlk", signal.SIGTERM) or any(
        _has_bit(pid, "SigCgt", signal.SIGTERM) for pid in session_members(leader)
    )


def wait_until_heard(leader: int) -> None:
    until = time.monotonic() + BEGIN_S
    while not hears(leader) and time.monotonic() < until:
        signal_each([leader], signal.SIGCONT)
        time.sleep(BEGIN_LOOK_S)


def signal_session(leader: int, number: int) -> None:
    """Signals the leader's process group, then members of its session with groups of their own."""
    _signal_group(leader, number)
    for pid in session_members(leader):
        with suppress(ProcessLookupError, PermissionError):
            if os.getpgid(pid) != leader:
                os.kill(pid, number)
                os.kill(pid, signal.SIGCONT)


def _signal_group(leader: int, number: int) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(leader, number)
        # A stopped process acts on nothing but SIGKILL until it goes on.
        os.killpg(leader, signal.SIGCONT)


def _has_bit(pid: int, mask: str, number: int) -> bool:
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return False
    fields = dict(line.split(":\t", 1) for line in lines if ":\t" in line)
    return bool(int(fields[mask], 16) & 1 << (number - 1))


def _table() -> dict[int, tuple[int, int]]:
    """Parent and session of each living process."""
    table = {}
    for entry in Path("/proc").iterdir():
        fields = _stat_fields(int(entry.name)) if entry.name.isdigit() else None
        if fields is not None and fields[0] not in "ZX":
            table[int(entry.name)] = (int(fields[1]), int(fields[3]))
    return table


def _stat_fields(pid: int) -> list[str] | None:
    """Fields of /proc/PID/stat from the third on: the second, a name, may hold blanks and brackets."""
    try:
        text = Path(f"/proc/{pid}/stat").read_bytes()
    except OSError:
        return None
    return text.rpartition(b")")[2].decode("ascii").split()
