"""The leader of a confined run: the first of our own code in the sandbox, and the last.

bubblewrap's own exit code cannot tell a program that was killed by a signal from one that ended with 128 and more,
and it dies of a request to end without passing it on. So this process stays between: it starts the run's programs,
hands a request to end to every process of the sandbox, and says what they ended with.

1. Take the order, and forget where it came from.
2. Give up what rights are left, for good.
3. Set the limits; programs inherit them, and nothing can raise them again.
4. Run the programs.
"""

import ctypes
import json
import os
import resource
import sys
from pathlib import Path
from typing import Any

if __name__ == "__main__":
    sys.path.append(str(Path(__file__).resolve().parents[2]))

from workers.launchers.complaint import complain
from workers.launchers.leading import lead, reset_signals
from workers.launchers.steps import Crowd, Step

PR_SET_DUMPABLE = 4


def main() -> None:
    fd = int(sys.argv[1])
    with os.fdopen(fd, "rb") as file:
        file.seek(0)
        order = json.load(file)
    words = os.dup(2)  # which no program inherits
    try:
        _give_up_rights(order["user"])
        _limit(order)
        reset_signals()
        os.set_inheritable(order["log_fd"], False)
        steps = [Step(*one) for one in order["steps"]]
        lead(Crowd(order["environment"]), steps, order["log_fd"], words, _folder())
    except BaseException as error:
        complain(words, "the run's leader", error)
    finally:
        os._exit(127)


def _folder() -> int:
    """The run folder as the sandbox has it."""
    return os.open(".", os.O_RDONLY | os.O_DIRECTORY)


def _give_up_rights(user: list[Any] | None) -> None:
    if user is not None:
        uid, gid, groups = user
        os.setgroups(groups)
        os.setgid(gid)
        os.setuid(uid)
    # Of one user all, programs could else look into this process and speak in its place.
    ctypes.CDLL(None).prctl(PR_SET_DUMPABLE, 0)


def _limit(order: dict[str, Any]) -> None:
    for which, most in (
        (resource.RLIMIT_DATA, order["memory_bytes"]),
        (resource.RLIMIT_NPROC, order["processes"]),
        (resource.RLIMIT_CORE, 0),
    ):
        hard = resource.getrlimit(which)[1]
        least = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(which, (least, least))


if __name__ == "__main__":
    main()
