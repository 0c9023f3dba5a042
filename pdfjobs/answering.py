"""Whether the disk of a run tree answers at all: one whose server is gone keeps whoever touches it, for ever."""

import errno
import os
from pathlib import Path

from pdfjobs.patience import NoAnswerError, Probe

PATIENCE_S = 2.0
KNOWN_FOR_S = 1.0
_PROBES: dict[str, Probe[None]] = {}


def check_answers(root: str, path: Path) -> None:
    """Raises OSError when it does not; whatever else is wrong with it is for who looks at it to find."""
    # By the whole disk's figures: a file's may be remembered by the kernel, which asks nobody then.
    probe = _PROBES.setdefault(str(path), Probe(lambda: _ask(path), PATIENCE_S))
    try:
        probe.answer(KNOWN_FOR_S)
    except NoAnswerError as error:
        raise OSError(errno.ETIMEDOUT, f"the root {root} does not answer", str(path)) from error


def _ask(path: Path) -> None:
    try:
        os.statvfs(path)
    except OSError:
        return
