"""An end for what may never answer."""

import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


@contextmanager
def deadline(seconds: float) -> Iterator[None]:
    """TimeoutError inside after so long; only in the main thread. A timer that runs already goes on afterwards."""

    def ring(_: int, __: FrameType | None) -> None:
        raise TimeoutError(f"no answer within {seconds:g} s")

    begun = time.monotonic()
    before = signal.signal(signal.SIGALRM, ring)
    left, _ = signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
        if left:
            spent = time.monotonic() - begun
            signal.setitimer(signal.ITIMER_REAL, max(0.01, left - spent))
