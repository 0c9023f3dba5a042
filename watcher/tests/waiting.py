"""For what other processes and threads do in their own time."""

import time


def wait_until(condition, seconds=20.0):
    """Returns the condition's first true answer; fails when there is none in time."""
    deadline = time.monotonic() + seconds
    while not (answer := condition()):
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.005)
    return answer
