"""A recorder killed between any two steps of a start leaves what a follower can conclude the truth from."""

import json
import os
import subprocess
import sys

import pytest

from workers.launchers import local, recorder
from workers.tests.launcher_runs import LiveRun, bounds, live, until

__all__ = ["bounds", "live"]


def _order(live: LiveRun, claim: local.Claim, stack: list[int]) -> bytes:
    stack.append(os.open(live.folder, os.O_RDONLY))
    stack.append(os.open(live.folder / ".pdfjobs", os.O_RDONLY))
    order = {
        "folder": str(live.folder), "ordinal": 1, "argv": ["touch", "ran"],
        "program": "/usr/bin/touch", "log": "solver.log", "cores": 1, "wall_limit_s": None,
        "grace_s": 1.0, "run_as": "", "folder_fd": stack[0], "state_fd": stack[1],
        "lock_fd": claim.fd,
    }  # fmt: skip
    return json.dumps(order).encode()


# Kills the recorder, or what it forked, just before the numbered call of the named function.
CRASH = """
import os, runpy, signal, sys
path, where, nth = sys.argv[1], sys.argv[2], int(sys.argv[3])
real, calls = getattr(os, where), 0
def crash(*args, **kwargs):
    global calls
    calls += 1
    if calls == nth:
        os.kill(os.getpid(), signal.SIGKILL)
    return real(*args, **kwargs)
setattr(os, where, crash)
sys.argv = [path]
runpy.run_path(path, run_name="__main__")
"""


@pytest.mark.parametrize(
    ("where", "nth", "state", "ran"),
    [
        # Steps of a start in order: reserve, record without pid, process, record with pid, word.
        ("fsync", 1, "never started", False),
        ("rename", 1, "never started", False),
        ("fsync", 3, "never started", False),
        ("pipe", 1, "never started", False),
        ("fork", 2, "never started", False),
        ("fsync", 4, "never started", False),
        ("rename", 2, "never started", False),
        ("fsync", 5, "lost", False),
        ("waitid", 1, "lost", True),
        ("rename", 3, "lost", True),
        ("unlink", 99, "ended", True),
    ],
)
def test_a_recorder_killed_at_any_step_leaves_the_truth(
    live: LiveRun, where: str, nth: int, state: str, ran: bool
) -> None:
    claim = local.Claim.take(live.folder, 1)
    assert claim is not None
    fds: list[int] = []
    order = _order(live, claim, fds)
    subprocess.run(
        [sys.executable, "-I", "-S", "-c", CRASH, recorder.__file__, where, str(nth)],
        input=order,
        pass_fds=(claim.fd, *fds),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
    )
    claim.release()
    for fd in fds:
        os.close(fd)

    # The lock is free when recorder and waiting process have both left.
    until(lambda: not live.is_locked())
    until(lambda: live.state() == state)
    if ran:
        until(lambda: (live.folder / "ran").exists())
    assert (live.folder / "ran").exists() is ran
