"""The solver's own process: made waiting, let go by a word, with a log of its own and no rights to spare."""

import json
import os
import pwd
import signal
import stat
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple, NoReturn

from workers.launchers.steps import Leader, Step, end_as

GO = b"g"
COMPLAINT_BYTES = 4000


class Order(NamedTuple):
    """What the recorder is to run; the descriptors are open and checked."""

    folder: str
    ordinal: int
    argv: list[str]
    program: str | None
    """Absolute path of argv[0]; None when it was not found."""
    log: str
    cores: int
    wall_limit_s: float | None
    grace_s: float
    run_as: str
    folder_fd: int
    state_fd: int
    lock_fd: int
    then: tuple[tuple[list[str], str | None, str], ...] = ()
    """The programs that follow, each when the one before has ended with 0: argv, program and log."""
    environment: Mapping[str, str] = MappingProxyType({})
    """Variables of the solver's own."""


class Waiting(NamedTuple):
    """A process that becomes the solver when it reads `GO`, and leaves when its other end is closed."""

    pid: int
    go: int
    complaint: int
    """Gives what is to be said of a solver that could not be started, or of the step that failed: a JSON object."""


def open_log(order: Order, name: str = "") -> int:
    """The run's log, or the one of that name, emptied.

    Raises OSError when it is a link or no plain file, KeyError without the user.
    """
    name = name or order.log
    flags = os.O_WRONLY | os.O_NOFOLLOW | os.O_NONBLOCK
    try:
        # Without O_CREAT at first: the kernel may forbid it for another user's file in a sticky folder.
        fd = os.open(name, flags, dir_fd=order.folder_fd)
    except FileNotFoundError:
        fd = os.open(name, flags | os.O_CREAT | os.O_EXCL, 0o644, dir_fd=order.folder_fd)
    if not stat.S_ISREG(os.fstat(fd).st_mode):
        raise OSError(f"{name} is not a plain file")
    os.set_blocking(fd, True)
    os.ftruncate(fd, 0)
    if _changes_user(order):
        user = pwd.getpwnam(order.run_as)
        os.fchown(fd, user.pw_uid, user.pw_gid)
    return fd


def make_waiting(order: Order, log: int) -> Waiting:
    go_read, go = os.pipe()
    complaint, complain = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(go)
        _become_solver(order, log, go_read, complain)
    os.close(go_read)
    os.close(complain)
    return Waiting(pid, go, complaint)


def _become_solver(order: Order, log: int, go: int, complain: int) -> NoReturn:
    try:
        os.setsid()
        if os.read(go, 1) != GO:
            os._exit(0)  # the recorder died before our pid was on disk: nobody would know of us
        for number in signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP}:
            signal.signal(number, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_SETMASK, ())
        os.fchdir(order.folder_fd)
        os.dup2(os.open("/dev/null", os.O_RDONLY), 0)
        os.dup2(log, 1)
        os.dup2(log, 2)
        environment = {**os.environ, "PWD": order.folder}
        for name in ("OMP_NUM_THREADS", "CCX_NPROC_RESULTS", "CCX_NPROC_EQUATION_SOLVER"):
            environment[name] = str(order.cores)
        if _changes_user(order):
            environment.update(_become_user(order.run_as))
        environment.update(order.environment)
        if order.then:
            _lead(order, environment, log, complain)
        if order.program is None:
            raise FileNotFoundError("no such program on PATH")
        os.execve(order.program, order.argv, environment)
    except BaseException as error:
        _complain(complain, order.program or order.argv[0], error)
    finally:
        os._exit(127)


def _lead(order: Order, environment: dict[str, str], log: int, complain: int) -> NoReturn:
    """Stays and runs the steps; ends as the last one that ran."""
    # The lock is the recorder's alone, and where it writes is none of ours.
    for fd in (order.lock_fd, order.state_fd):
        os.close(fd)
    leader = Leader(environment)
    for step in (Step(order.argv, order.program, order.log), *(Step(*one) for one in order.then)):
        try:
            own = log if step.log == order.log else open_log(order, step.log)
            code = leader.run(step, own)
        except (OSError, KeyError) as error:
            _complain(complain, step.program or step.argv[0], error)
            os._exit(127)
        if leader.asked is not None:
            end_as(-leader.asked)
        if code != 0:
            _say(complain, failed_step=Path(step.argv[0]).name, failed_log=step.log)
            end_as(code)
        if own != log:
            os.close(own)
    os._exit(0)


def _complain(fd: int, what: str, error: BaseException) -> None:
    words = getattr(error, "strerror", None) or str(error)
    text = f"{what}: {words}".encode("utf-8", "replace")[:COMPLAINT_BYTES]
    _say(fd, error=text.decode("utf-8", "replace"))


def _say(fd: int, **words: str) -> None:
    """What the record is to hold of how it ended, beside the exit code."""
    os.write(fd, json.dumps(words).encode("ascii"))


def _changes_user(order: Order) -> bool:
    return bool(order.run_as) and os.geteuid() == 0


def _become_user(name: str) -> dict[str, str]:
    """Gives up root's rights for good; returns what the user's environment says of them."""
    user = pwd.getpwnam(name)
    os.initgroups(name, user.pw_gid)
    os.setgid(user.pw_gid)
    os.setuid(user.pw_uid)
    return {"HOME": user.pw_dir, "USER": name, "LOGNAME": name}
