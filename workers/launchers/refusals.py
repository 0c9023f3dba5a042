"""Calls of the kernel that are refused in a sandbox, as the filter (seccomp) that bubblewrap sets.

A confined solver has the user number of its service. What the kernel gives to a number and not to a process, and no
namespace keeps apart, is closed here:

- keys that the kernel keeps for an account, such as tickets of Kerberos;
- files that run with the rights of whom they belong to, whoever starts them: the run folder outlives the sandbox;
- leases, with which the owner of a file holds up everybody who opens it;
- the machine's host, where that is a virtual one: its sockets know no namespace of networks;
- user namespaces, in which all rights seem to be there, and with them more of the kernel's holes;
- io_uring, which does most of this past every filter.
"""

import errno
import os
import struct
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

LOAD, EQUAL, AT_LEAST, ANY_BIT, ANSWER = 0x20, 0x15, 0x35, 0x45, 0x06
"""Instructions of the kernel's filter machine."""
ALLOWED, REFUSED, KILLED = 0x7FFF0000, 0x00050000, 0x80000000
NUMBER, MACHINE, ARGUMENTS = 0, 4, 16
"""Where these lie in what the filter looks at; of an argument its lower half is enough."""

SET_ID = 0o6000
MAKES_A_FILE = 0o100 | 0o20000000
"""O_CREAT, O_TMPFILE."""
NEW_USERS = 0x10000000
"""CLONE_NEWUSER."""
SET_LEASE = 1024
MACHINES_HOST = 40
"""AF_VSOCK."""


class Machine(NamedTuple):
    """One that filters are known for."""

    mark: int
    """As which the kernel knows its calls."""
    foreign_from: int | None
    """From this number on calls are another machine's in disguise (x32)."""
    numbers: dict[str, int]


class Refusal(NamedTuple):
    """A call, refused where each of the conditions holds: argument, comparison, value."""

    call: str
    error: int
    conditions: tuple[tuple[int, int, int], ...] = ()


_NEW = {
    "io_uring_setup": 425, "io_uring_enter": 426, "io_uring_register": 427,
    "clone3": 435, "openat2": 437, "fchmodat2": 452,
}  # fmt: skip
"""Numbers that are the same on all machines."""
MACHINES = {
    "x86_64": Machine(0xC000003E, 0x40000000, {
        "open": 2, "socket": 41, "clone": 56, "fcntl": 72, "creat": 85, "chmod": 90, "fchmod": 91,
        "mknod": 133, "add_key": 248, "request_key": 249, "keyctl": 250, "openat": 257,
        "mknodat": 259, "fchmodat": 268, "unshare": 272, **_NEW,
    }),
    "aarch64": Machine(0xC00000B7, None, {
        "fcntl": 25, "mknodat": 33, "fchmod": 52, "fchmodat": 53, "openat": 56, "unshare": 97,
        "socket": 198, "add_key": 217, "request_key": 218, "keyctl": 219, "clone": 220, **_NEW,
    }),
}  # fmt: skip
REFUSALS = (
    *(Refusal(call, errno.EPERM) for call in ("add_key", "request_key", "keyctl")),
    *(
        Refusal(call, errno.EPERM, ((mode, ANY_BIT, SET_ID),))
        for call, mode in {
            "chmod": 1, "fchmod": 1, "fchmodat": 2, "fchmodat2": 2, "creat": 1, "mknod": 1, "mknodat": 2,
        }.items()
    ),
    *(
        # Without a file to make the mode is whatever the register held.
        Refusal(call, errno.EPERM, ((at, ANY_BIT, MAKES_A_FILE), (at + 1, ANY_BIT, SET_ID)))
        for call, at in {"open": 1, "openat": 2}.items()
    ),
    Refusal("fcntl", errno.EPERM, ((1, EQUAL, SET_LEASE),)),
    Refusal("socket", errno.EAFNOSUPPORT, ((0, EQUAL, MACHINES_HOST),)),
    Refusal("clone", errno.EPERM, ((0, ANY_BIT, NEW_USERS),)),
    Refusal("unshare", errno.EPERM, ((0, ANY_BIT, NEW_USERS),)),
    # As of an older kernel, so that programs do with the older calls: what these two are asked, no filter can see.
    *(Refusal(call, errno.ENOSYS) for call in ("clone3", "openat2")),
    *(Refusal(call, errno.ENOSYS) for call in _NEW if call.startswith("io_uring")),
)  # fmt: skip


def is_known(machine: str) -> bool:
    return machine in MACHINES


def with_filter(argv: Sequence[str], machine: str) -> tuple[list[str], int | None]:
    """bubblewrap's arguments with the filter, and the descriptor that it lies in; as they are on other machines."""
    if not is_known(machine):
        return [*argv], None
    fd = os.memfd_create("filter", 0)
    with os.fdopen(os.dup(fd), "wb") as file:
        file.write(b"".join(_program(MACHINES[machine], REFUSALS)))
    os.lseek(fd, 0, os.SEEK_SET)
    return [argv[0], "--seccomp", str(fd), *argv[1:]], fd


def _program(machine: Machine, refusals: Iterable[Refusal]) -> Iterator[bytes]:
    yield _do(LOAD, MACHINE)
    yield _do(EQUAL, machine.mark, no=0, yes=1)
    yield _do(ANSWER, KILLED)  # a program of 32 bits, whose calls have other numbers
    yield _do(LOAD, NUMBER)
    if machine.foreign_from is not None:
        yield _do(AT_LEAST, machine.foreign_from, yes=0, no=1)
        yield _do(ANSWER, KILLED)
    for refusal in refusals:
        if refusal.call in machine.numbers:
            yield from _refused(machine.numbers[refusal.call], refusal)
    yield _do(ANSWER, ALLOWED)


def _refused(number: int, refusal: Refusal) -> Iterator[bytes]:
    """Where a condition does not hold the number is loaded anew, and the next refusal is looked at."""
    left = 2 * len(refusal.conditions) + 1
    yield _do(EQUAL, number, yes=0, no=left + bool(refusal.conditions))
    for argument, comparison, value in refusal.conditions:
        yield _do(LOAD, ARGUMENTS + 8 * argument)
        left -= 2
        yield _do(comparison, value, yes=0, no=left)
    yield _do(ANSWER, REFUSED | refusal.error)
    if refusal.conditions:
        yield _do(LOAD, NUMBER)


def _do(instruction: int, value: int, yes: int = 0, no: int = 0) -> bytes:
    return struct.pack("=HBBI", instruction, yes, no, value)
