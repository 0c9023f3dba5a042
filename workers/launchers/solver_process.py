"""The solver's own process: made waiting, let go by a word, with a log of its own and no rights to spare."""

import json
import os
import pwd
import signal
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, NamedTuple, NoReturn

from workers.launchers import refusals
from workers.launchers.complaint import complain
from workers.launchers.leading import lead, reset_signals
from workers.launchers.steps import ASKING, Leader, Step

GO = b"g"


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
    sandbox: dict[str, Any] | None = None
    """What `confinement.sandbox` made of it; None: as it is, with all rights of its user."""


class Waiting(NamedTuple):
    """A process that becomes the solver when it reads `GO`, and leaves when its other end is closed."""

    pid: int
    go: int
    complaint: int
    """Gives what is to be said of a solver that could not be started, or of how it ended."""


def owner_of(order: Order) -> tuple[int, int] | None:
    """User and group that a run's files are to belong to, where they are not ours. Raises KeyError."""
    if not _changes_user(order):
        return None
    user = pwd.getpwnam(order.run_as)
    return user.pw_uid, user.pw_gid


def make_waiting(order: Order, log: int) -> Waiting:
    go_read, go = os.pipe()
    heard, complaint = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(go)
        _become_solver(order, log, go_read, complaint)
    os.close(go_read)
    os.close(complaint)
    return Waiting(pid, go, heard)


def _become_solver(order: Order, log: int, go: int, complaint: int) -> NoReturn:
    try:
        os.setsid()
        if os.read(go, 1) != GO:
            os._exit(0)  # the recorder died before our pid was on disk: nobody would know of us
        reset_signals()
        # What asks bubblewrap to end would end it alone: it is for the leader behind it, which does not block it.
        signal.pthread_sigmask(signal.SIG_SETMASK, ASKING if order.sandbox else ())
        os.fchdir(order.folder_fd)
        os.dup2(os.open("/dev/null", os.O_RDONLY), 0)
        environment = {**os.environ, "PWD": order.folder}
        for name in ("OMP_NUM_THREADS", "CCX_NPROC_RESULTS", "CCX_NPROC_EQUATION_SOLVER"):
            environment[name] = str(order.cores)
        if _changes_user(order):
            environment.update(_surroundings(order.run_as))
        environment.update(order.environment)
        if order.sandbox:
            _confine(order, order.sandbox, environment, log, complaint)
        os.dup2(log, 1)
        os.dup2(log, 2)
        if _changes_user(order):
            _become_user(order.run_as)
        if order.then:
            # The lock is the recorder's alone, and where it writes is none of ours.
            for fd in (order.lock_fd, order.state_fd):
                os.close(fd)
            lead(Leader(environment), _steps(order), log, complaint, order.folder_fd)
        if order.program is None:
            raise FileNotFoundError("no such program on PATH")
        os.execve(order.program, order.argv, environment)
    except BaseException as error:
        complain(complaint, order.program or order.argv[0], error)
    finally:
        os._exit(127)


def _steps(order: Order) -> list[Step]:
    return [Step(order.argv, order.program, order.log), *(Step(*one) for one in order.then)]


def _confine(
    order: Order, sandbox: dict[str, Any], environment: dict[str, str], log: int, complaint: int
) -> NoReturn:
    """Becomes bubblewrap, whose own words are complaints; its leader takes the order from a file in memory."""
    words = {
        "steps": _steps(order),
        "environment": environment,
        "log_fd": log,
        **{name: sandbox[name] for name in ("user", "memory_bytes", "processes")},
    }
    inner = os.memfd_create("order", 0)
    with os.fdopen(os.dup(inner), "wb") as file:
        file.write(json.dumps(words).encode("ascii"))
    os.set_inheritable(log, True)
    for fd in (1, 2):
        os.dup2(complaint, fd)
    argv = [*refusals.with_filter(sandbox["argv"], os.uname().machine)[0], str(inner)]
    os.execve(argv[0], argv, {})


def _changes_user(order: Order) -> bool:
    return bool(order.run_as) and os.geteuid() == 0


def _surroundings(name: str) -> dict[str, str]:
    """What a user's environment says of them."""
    return {"HOME": pwd.getpwnam(name).pw_dir, "USER": name, "LOGNAME": name}


def _become_user(name: str) -> None:
    """Gives up root's rights for good."""
    user = pwd.getpwnam(name)
    os.initgroups(name, user.pw_gid)
    os.setgid(user.pw_gid)
    os.setuid(user.pw_uid)
