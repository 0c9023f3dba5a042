"""Processes that write files as fast as they can: `python -m bench.writers FOLDER SHAPE FIRST COUNT`.

Shapes: flat; nested, in fresh folders of ten files; archive, the same with nine of the ten empty. Each waits for a line on its standard input, so that several begin at once, and says when it began and ended.
"""

import json
import os
import subprocess
import sys
import time
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, cast

Shape = Literal["flat", "nested", "archive"]

WRITERS = 2
FILES_A_FOLDER = 10
FOLDERS_ABOVE = 100
"""Of the nested shape: a new folder for ten files, a new folder above for a hundred of them."""
TEXT = b"SUMMARY OF JOB INFORMATION\n  STEP      INC     ATT  ITRS     TOT TIME\n"
APP = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Burst:
    """What the writers did; monotonic times."""

    files: int
    began: float
    ended: float

    @property
    def rate(self) -> float:
        """Files written in a second."""
        return self.files / (self.ended - self.began)


def burst(top: Path, shape: Shape, files: int) -> Burst:
    """So many new files below a folder, by two processes at once."""
    share = files // WRITERS
    with ExitStack() as stack:
        writers = [
            stack.enter_context(
                subprocess.Popen(
                    [
                        sys.executable,
                        "-m",
                        "bench.writers",
                        str(top),
                        shape,
                        str(first),
                        str(share),
                    ],
                    cwd=APP,
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                )
            )
            for first in range(0, share * WRITERS, share)
        ]
        for writer in writers:
            assert writer.stdout is not None
            writer.stdout.readline()
        for writer in writers:
            assert writer.stdin is not None
            writer.stdin.write(b"go\n")
            writer.stdin.flush()
        times = [json.loads(writer.communicate()[0]) for writer in writers]
    return Burst(share * WRITERS, min(t[0] for t in times), max(t[1] for t in times))


def write(top: Path, shape: Shape, numbers: range) -> None:
    """A file for each number, opened, written once and closed."""
    folder = top
    for number in numbers:
        if shape != "flat" and (number % FILES_A_FOLDER == 0 or number == numbers[0]):
            folder = top / _nest(number)
            folder.mkdir(parents=True, exist_ok=True)
        place = os.open(f"{folder}/case_{number}.sta", os.O_CREAT | os.O_WRONLY | os.O_APPEND)
        if shape != "archive" or number % FILES_A_FOLDER == 0:
            os.write(place, TEXT)
        os.close(place)


def _nest(number: int) -> str:
    folder = number // FILES_A_FOLDER
    return f"project_{folder // FOLDERS_ABOVE}/run_{folder}"


def main() -> None:
    top, shape, first, count = sys.argv[1:]
    numbers = range(int(first), int(first) + int(count))
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.readline()
    began = time.monotonic()
    write(Path(top), cast(Shape, shape), numbers)
    sys.stdout.write(json.dumps([began, time.monotonic()]))


if __name__ == "__main__":
    main()
