"""A loop that stands still is ended, to begin anew; one that turns, however slowly, is not."""

import subprocess
import sys
import textwrap
from pathlib import Path

APP = Path(__file__).resolve().parent.parent.parent
STANDING = """
    import time
    from watcher.stuck import end_when_stuck
    class Loop:
        turns, busy_with = 7, "the root archive"
    end_when_stuck(Loop, 0.005)
    time.sleep(60)
"""
TURNING = """
    import time
    from watcher import stuck
    class Loop:
        turns, busy_with = 7, "the root archive"
    stuck.end_when_stuck(Loop, 0.005)
    for _ in range(4 * stuck.STUCK_LOOKS):
        time.sleep(0.01)
        Loop.turns += 1
"""


def run(program):
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(program)],
        cwd=APP,
        capture_output=True,
        text=True,
        timeout=50,
    )
    return done.returncode, done.stderr


def test_one_that_stands_still_ends_and_says_where():
    words = "no answer from the root archive: the watcher ends, to begin anew\n"

    assert run(STANDING) == (1, words)


def test_one_that_turns_goes_on():
    assert run(TURNING) == (0, "")
