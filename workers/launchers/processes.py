"""Which processes of this machine are alive, and who belongs to a solver.

A pid alone names nobody, since pids are given again: a process is its pid and the moment it began.
"""

import os
import signal
from contextlib import suppress
from pathlib import Path


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
    members = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit() or int(entry.name) == leader:
            continue
        fields = _stat_fields(int(entry.name))
        if fields is not None and fields[0] not in "ZX" and int(fields[3]) == leader:
            members.append(int(entry.name))
    return members


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


def _stat_fields(pid: int) -> list[str] | None:
    """Fields of /proc/PID/stat from the third on: the second, a name, may hold blanks and brackets."""
    try:
        text = Path(f"/proc/{pid}/stat").read_bytes()
    except OSError:
        return None
    return text.rpartition(b")")[2].decode("ascii").split()
