"""Keeps the workers of this host alive: forks one process a slot, and a new one for each that ends.

Its own because nothing kept does it: RQ's pool puts all workers on the same queues, and supervisor's delay
grows by a second with every early death, without a cap. Forking from a process that has loaded Django brings
a killed worker back in milliseconds. The pool itself never touches database or queue, so nothing breaks by
the fork.
"""

import ctypes
import gc
import logging
import os
import signal
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from workers.pulse import Pulse

HEALTHY_S = 30.0
"""A process that lived so long starts its successor without delay."""
FIRST_DELAY_S, LONGEST_DELAY_S = 0.1, 5.0
STOP_GRACE_S = 2.0
"""How long a process may take to end its task; its next life takes up what was cut off."""
ALIVE_S = 5.0
"""How often, at least, the pool says that it lives, and feels the pulse of its processes."""
MOST_MISSED = 18
"""Looks: a process that has not stirred for a minute and a half hangs where nothing but an end helps."""
PR_SET_PDEATHSIG = 1
WATCHED = {signal.SIGCHLD, signal.SIGTERM, signal.SIGINT}

log = logging.getLogger(__name__)


@dataclass
class Slot:
    """A place for one process, and how its processes fared."""

    name: str
    main: Callable[[], None]
    grace_s: float = STOP_GRACE_S
    pid: int = 0
    born: float = 0.0
    early_deaths: int = 0
    due: float = 0.0
    """When the next process may be born, monotonic."""
    pulse: Pulse = field(default_factory=Pulse)

    def died(self, now: float) -> None:
        """Plans the successor: at once after a healthy life, later and later after early deaths."""
        self.pid = 0
        self.pulse.forget()
        self.early_deaths = 0 if now - self.born >= HEALTHY_S else self.early_deaths + 1
        delay = min(FIRST_DELAY_S * 2 ** min(self.early_deaths, 10), LONGEST_DELAY_S)
        self.due = now + (delay if self.early_deaths > 1 else 0.0)


def keep(slots: list[Slot], alive: Callable[[], object] = lambda: None) -> None:
    """Keeps every slot filled until SIGTERM or SIGINT, then ends all; `alive` is called every few seconds."""
    signal.pthread_sigmask(signal.SIG_BLOCK, WATCHED)
    gc.freeze()
    felt = time.monotonic()
    while True:
        now = time.monotonic()
        if now - felt >= ALIVE_S:
            felt = now
            _end_hanging(slots)
        for slot in slots:
            if not slot.pid and slot.due <= now:
                _fill(slot, now)
        alive()
        waits = [slot.due - now for slot in slots if not slot.pid]
        got = signal.sigtimedwait(WATCHED, max(0.01, min([ALIVE_S, *waits])))
        _reap(slots)
        if got is not None and got.si_signo in (signal.SIGTERM, signal.SIGINT):
            break
    _end(slots)


def _fill(slot: Slot, now: float) -> None:
    parent = os.getpid()
    sys.stderr.flush()
    pid = os.fork()
    if pid:
        slot.pid, slot.born = pid, now
        return
    code = 1
    try:
        slot.pulse.begin()  # before: signals are the main thread's
        signal.pthread_sigmask(signal.SIG_UNBLOCK, WATCHED)
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() == parent:  # else the pool died before the line above
            slot.main()
            code = 0
    except KeyboardInterrupt:
        code = 130
    except BaseException:
        log.exception("%s ended by an error", slot.name)
    finally:
        sys.stderr.flush()
        os._exit(code)


def _end_hanging(slots: list[Slot]) -> None:
    """Stopped, or caught where no signal but one reaches it; the next process takes up its task."""
    for slot in slots:
        if slot.pid and slot.pulse.is_missing(MOST_MISSED):
            log.error("%s hangs and is killed: process %s", slot.name, slot.pid)
            slot.pulse.forget()
            os.kill(slot.pid, signal.SIGKILL)


def _reap(slots: list[Slot]) -> None:
    by_pid = {slot.pid: slot for slot in slots if slot.pid}
    while by_pid:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if not pid:
            return
        if (slot := by_pid.pop(pid, None)) is not None:
            slot.died(time.monotonic())
            log.warning("%s ended (%s)", slot.name, os.waitstatus_to_exitcode(status))


def _end(slots: list[Slot]) -> None:
    alive = [slot for slot in slots if slot.pid]
    for slot in alive:
        os.kill(slot.pid, signal.SIGTERM)
    told = time.monotonic()
    while any(slot.pid for slot in alive):
        signal.sigtimedwait({signal.SIGCHLD}, 0.1)
        _reap(alive)
        for slot in alive:
            if slot.pid and time.monotonic() - told >= slot.grace_s:
                os.kill(slot.pid, signal.SIGKILL)  # the next one in this slot takes up its task
                os.waitpid(slot.pid, 0)
                slot.pid = 0
