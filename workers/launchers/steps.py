"""The leader of a run of several programs: starts each when the one before has ended well, and ends as the last one did.

It is the process whose number the record holds, and lives as long as any of them is to run: whoever ends its session
ends the run.
"""

import os
import resource
import signal
from contextlib import suppress
from typing import NamedTuple, NoReturn

ASKING = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
"""What asks a run to end: the program gets it too, and none is started after it."""


class Step(NamedTuple):
    """One program, as the recorder's order has it."""

    argv: list[str]
    program: str | None
    """Absolute path of argv[0]; None when it was not found."""
    log: str


class Leader:
    """Runs programs one after the other, in this process's folder and session."""

    own_sessions = False
    """Whether each program leads a session of its own, as from a fresh shell."""

    def __init__(self, environment: dict[str, str]) -> None:
        self._environment = environment
        self.has_run = False
        """Whether any program was started."""
        self._child: int | None = None
        self._asked: int | None = None
        # Its recorder may be gone when it has something to say.
        signal.signal(signal.SIGPIPE, signal.SIG_IGN)
        for number in ASKING:
            signal.signal(number, self._hear)

    def _hear(self, number: int, _: object) -> None:
        self._asked = self._asked or number
        if self._child is not None:
            self._pass_on(self._child, number)

    def _pass_on(self, child: int, number: int) -> None:
        os.kill(child, number)  # not reaped yet, so it is still the number's owner

    def run(self, step: Step, log: int) -> int:
        """Waits for a program; its exit code, or a signal's number below zero. Raises OSError when it cannot be run."""
        if step.program is None:
            raise FileNotFoundError(None, "no such program on PATH")
        # Asked in this very moment it is asked as well: nothing is heard until its number is known.
        signal.pthread_sigmask(signal.SIG_BLOCK, ASKING)
        try:
            if signal.sigpending() & set(ASKING) or self._asked is not None:
                return 0
            self._child = os.posix_spawn(
                step.program,
                step.argv,
                self._environment,
                file_actions=[(os.POSIX_SPAWN_DUP2, log, 1), (os.POSIX_SPAWN_DUP2, log, 2)],
                setsigmask=(),
                setsigdef=(*ASKING, signal.SIGPIPE),
                setsid=self.own_sessions,
            )
            self.has_run = True
        finally:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, ASKING)
        os.waitid(os.P_PID, self._child, os.WEXITED | os.WNOWAIT)
        child, self._child = self._child, None
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])

    @property
    def asked(self) -> int | None:
        """The signal that asked the run to end."""
        return self._asked


class Crowd(Leader):
    """A leader that has a sandbox of its own: who asks it to end asks everybody in it, once."""

    own_sessions = True

    def _pass_on(self, child: int, number: int) -> None:
        for one in (number, signal.SIGCONT):  # a stopped process acts on nothing until it goes on
            with suppress(ProcessLookupError):
                os.kill(-1, one)  # all but this process and the sandbox's first


def end_as(code: int) -> NoReturn:
    """Ends this process as a program ended, by exit code or signal, without a core of its own."""
    if code < 0:
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        if -code not in (signal.SIGKILL, signal.SIGSTOP):
            signal.signal(-code, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, [-code])
        os.kill(os.getpid(), -code)
    os._exit(code if code >= 0 else 128 - code)
