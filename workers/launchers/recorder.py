"""Starts one solver, stays beside it and writes down how it began and how it ended.

Runs in a process of its own with nothing but the standard library and its neighbours here, so that what
happens to the service or its environment does not reach it. Its order comes as JSON on stdin, its folders and
its lock as open descriptors.

It may be killed between any two of these steps, and the disk still tells the truth:

1. keep some disk space for the end;
2. write the record without a pid: who finds it so, and no recorder, knows that no solver ran;
3. make the solver's process, which waits for a word and leaves when none can come any more;
4. write the record with its pid, and only when that is on disk give the word;
5. wait; end the solver when asked to, or when it is out of time;
6. end what the solver left behind, then write the end, for as long as that takes.
"""

import json
import os
import signal
import sys
import time
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

if __name__ == "__main__":
    # Last, so that no name in the checkout can stand in for one of the standard library.
    sys.path.append(str(Path(__file__).resolve().parents[2]))

from workers.launchers.complaint import heard
from workers.launchers.limits import Limits
from workers.launchers.processes import (
    BEGIN_LOOK_S,
    BEGIN_S,
    boot_id,
    hears,
    members,
    signal_each,
    signal_session,
    start_of,
)
from workers.launchers.runfiles import Record, RunFiles
from workers.launchers.solver_process import GO, Order, Waiting, make_waiting, owner_of
from workers.launchers.steplog import open_log

READY = b"ready"
LOOK_S = 1.0
"""How often a stop file is looked for: one written on another host comes without a signal."""
KILLED_GONE_S = 5.0
"""How long what was killed may take to leave; a process that hangs in the kernel may never."""
AWAITED = {signal.SIGCHLD, signal.SIGTERM}


def main() -> int:
    order = Order(**json.load(sys.stdin.buffer))
    if os.fork():
        os._exit(0)  # the launcher waits for this process alone, so the recorder is nobody's zombie
    _detach(order)
    files = RunFiles(order.state_fd, order.ordinal)
    record = _empty_record(order)
    try:
        waiting = _begin(order, files, record)
    except (OSError, KeyError) as error:
        files.withdraw()
        os.close(order.lock_fd)  # who hears the answer may try again at once
        _answer(str(error).encode("utf-8", "replace"))
        return 1
    began = time.monotonic()
    os.write(waiting.go, GO)
    os.close(waiting.go)
    _answer(READY)
    _follow(order, files, record, waiting.pid, began)
    # Not before it has ended: a process that hangs short of becoming the solver must be stoppable too.
    _add_words(record, heard(waiting.complaint))
    files.save_end(record)
    return 0


def _add_words(record: Record, words: Record) -> None:
    """What becomes of the record by what the solver's process had to say."""
    number = words.pop("signal", None)
    if "error" in words:
        words |= {"end_cause": "could not start", "exit_code": None, "signal": None}
    elif number is not None and record["exit_code"] == 128 + number:
        # Seen from outside a sandbox it ended as shells say it.
        words |= {"exit_code": None, "signal": number}
        if record["end_cause"] == "exited":
            words["end_cause"] = "signal"
    record.update(words)


def _detach(order: Order) -> None:
    os.chdir("/")
    for fd in (order.folder_fd, order.state_fd, order.lock_fd):
        os.set_inheritable(fd, False)
    for number in (signal.SIGINT, signal.SIGHUP, signal.SIGPIPE):
        signal.signal(number, signal.SIG_IGN)
    for number in AWAITED:
        signal.signal(number, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_SETMASK, AWAITED)


def _empty_record(order: Order) -> Record:
    me = os.getpid()
    return {
        "run": order.ordinal,
        "argv": order.argv,
        **({"then": [[argv, log] for argv, _, log in order.then]} if order.then else {}),
        "host": os.uname().nodename,
        "boot_id": boot_id(),
        "recorder_pid": me,
        "recorder_start": start_of(me),
        "pid": None,
        "pid_start": None,
        "started_at": _now(),
        "cores": order.cores,
        "wall_limit_s": order.wall_limit_s,
        "grace_s": order.grace_s,
        "log": order.log,
        "ended_at": None,
        "exit_code": None,
        "signal": None,
        "end_cause": None,
        "stopped_by": None,
        "wall_time_s": None,
        "error": None,
    }


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _begin(order: Order, files: RunFiles, record: Record) -> Waiting:
    """Steps 1 to 4 up to the word; raises when anything is not safely on disk."""
    files.prepare()
    files.save(record)
    log = open_log(order.folder_fd, order.log, owner_of(order))
    waiting = make_waiting(order, log)
    os.close(log)
    try:
        record.update(pid=waiting.pid, pid_start=start_of(waiting.pid), started_at=_now())
        files.save(record)
    except OSError:
        os.close(waiting.go)
        os.waitpid(waiting.pid, 0)
        raise
    return waiting


def _answer(word: bytes) -> None:
    """Tells the launcher, if it still listens, and lets go of its pipes."""
    with suppress(BrokenPipeError):
        os.write(1, word)
    null = os.open("/dev/null", os.O_RDWR)
    for fd in (0, 1, 2):
        os.dup2(null, fd)
    os.close(null)


def _follow(order: Order, files: RunFiles, record: Record, pid: int, began: float) -> None:
    """Steps 5 and 6 up to the writing.

    The solver is reaped last: until then its number, which is its group's and its session's, is nobody else's.
    """
    ending = Ending(order, files, record, pid, began)
    while os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None:
        heard = signal.sigtimedwait(AWAITED, ending.pursue(time.monotonic()))
        ending.asked |= heard is not None and heard.si_signo == signal.SIGTERM
    record.update(ended_at=_now(), wall_time_s=round(time.monotonic() - began, 3))
    _end_the_rest(pid, order.grace_s)
    end = os.waitid(os.P_PID, pid, os.WEXITED)
    assert end is not None
    exited = end.si_code == os.CLD_EXITED
    record["exit_code" if exited else "signal"] = end.si_status
    record["end_cause"] = record["end_cause"] or ("exited" if exited else "signal")


class Ending:
    """Whether a running solver is to end, why, and how far that has come."""

    def __init__(
        self, order: Order, files: RunFiles, record: Record, pid: int, began: float
    ) -> None:
        self.asked = False
        """By a SIGTERM."""
        self._files = files
        self._record = record
        self._pid = pid
        self._begins_until = began + BEGIN_S if order.sandbox else began
        self._grace_s = order.grace_s
        self._limit = None if order.wall_limit_s is None else began + order.wall_limit_s
        self._kill_at: float | None = None
        self._at_once = False
        self._limits = Limits(order.sandbox) if order.sandbox else None

    def pursue(self, now: float) -> float:
        """Does what is due; returns the seconds until it should be called again."""
        if self._kill_at is None and self._is_due(now):
            if self._still_begins(now):
                return BEGIN_LOOK_S
            signal_session(self._pid, signal.SIGKILL if self._at_once else signal.SIGTERM)
            self._kill_at = now + self._grace_s
        if self._kill_at is None:
            return LOOK_S if self._limit is None else max(0.0, min(LOOK_S, self._limit - now))
        if now < self._kill_at:
            return min(LOOK_S, self._kill_at - now)
        signal_session(self._pid, signal.SIGKILL)
        return LOOK_S

    def _still_begins(self, now: float) -> bool:
        """Whether the sandbox is being made, so that nobody is there yet to hear a request to end."""
        if now >= self._begins_until or hears(self._pid):
            return False
        os.kill(self._pid, signal.SIGCONT)
        return True

    def _is_due(self, now: float) -> bool:
        wish = self._files.stop_wish()
        if wish is not None or self.asked:
            self._record.update(end_cause="stopped", stopped_by=(wish or {}).get("by"))
            return True
        if self._limit is not None and now >= self._limit:
            self._record["end_cause"] = "wall limit"
            return True
        passed = self._limits.passed_by(self._pid) if self._limits else None
        if passed is not None:
            self._record.update(end_cause=passed.end_cause, limit=passed.limit)
            self._at_once = True  # it would take yet more
            return True
        return False


def _end_the_rest(leader: int, grace_s: float) -> None:
    """Ends what the solver left running, in its session and in the sandbox."""
    for number, patience_s in ((signal.SIGTERM, grace_s), (signal.SIGKILL, KILLED_GONE_S)):
        until = time.monotonic() + patience_s
        signal_each(members(leader), number)
        while members(leader) and time.monotonic() < until:
            time.sleep(0.05)


if __name__ == "__main__":
    sys.exit(main())
