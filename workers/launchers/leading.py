"""A run's programs, one after the other, up to the end of the process that leads them."""

import os
import signal
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from workers.launchers.complaint import complain, say
from workers.launchers.steplog import open_log
from workers.launchers.steps import Leader, Step, end_as


def lead(leader: Leader, steps: Sequence[Step], log: int, words: int, folder_fd: int) -> NoReturn:
    """Runs the steps, the first into the open log; ends as the last one that ran."""
    code = 0
    for step in steps:
        try:
            own = log if step.log == steps[0].log else open_log(folder_fd, step.log)
            code = leader.run(step, own)
        except OSError as error:
            complain(words, step.program or step.argv[0], error)
            os._exit(127)
        if leader.asked is not None:
            # A run of one program ends as that did: it may have saved its results and left with a code of its own.
            code = code if len(steps) == 1 and leader.has_run else -leader.asked
            break
        if code != 0:
            if len(steps) > 1:
                say(words, failed_step=Path(step.argv[0]).name, failed_log=step.log)
            break
        if own != log:
            os.close(own)
    if code < 0:
        say(words, signal=-code)
    end_as(code)


def reset_signals() -> None:
    """As a fresh shell has them; Python ignores some, and an ignored one stays so in every program."""
    for number in signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP}:
        signal.signal(number, signal.SIG_DFL)
