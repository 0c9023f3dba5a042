"""A writer of real solver logs, who does to them whatever a solver, a person or a backup may do."""

import itertools
import os
import random
import shutil
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from tests.service import APP
from workers.parsers import claimant
from workers.parsers.report import HEAD_BYTES

SAMPLES = APP / "workers" / "tests" / "samples" / "calculix"
LOGS = ("bar.log", "bar.sta", "bar.cvg", "bar.dat")
RUNS = {
    folder.name: {name: (folder / name).read_bytes() for name in LOGS if (folder / name).is_file()}
    for folder in sorted(SAMPLES.iterdir())
}
"""Sample -> its logs; each real run was recorded whole."""
MOST_PIECE = 6000
"""Bytes of one writing at most; pieces end in the middle of lines, as buffers do."""


class LogWriter:
    """Makes one change after another below a run tree, the same ones for the same seed."""

    def __init__(self, top: Path, seed: int, cases: int = 0) -> None:
        self.top = top
        self.done: Counter[str] = Counter()
        """How often each kind of change was made."""
        self.clock_ahead_s = 0.0
        """How far the clock of whoever stamps the files is ahead of ours."""
        self._chance = random.Random(seed)
        self._numbers = itertools.count(1)
        self._sample: dict[Path, str] = {}
        """Case folder -> what runs in it."""
        for _ in range(cases):
            self.new_case()

    def begin(self, seed: int) -> "LogWriter":
        """From here on the changes are those of another seed."""
        self._chance.seed(seed)
        return self

    def make(self, changes: int, per_s: float = 0.0) -> "LogWriter":
        """So many changes, at that pace; without a pause when it is 0."""
        if not self._sample:
            self.new_case()
        kinds, weights = zip(*self._kinds().items(), strict=True)
        for kind in self._chance.choices(kinds, weights, k=changes):
            if kind() is not False:
                self.done[kind.__name__] += 1
            if per_s:
                time.sleep(self._chance.uniform(0, 2 / per_s))
        return self

    def stand_at(self, top: Path) -> "LogWriter":
        """The tree was moved, or is seen from elsewhere."""
        self._sample = {top / case.relative_to(self.top): of for case, of in self._sample.items()}
        self.top = top
        return self

    def one_case(self) -> Path:
        return next(iter(self._sample))

    def folders(self) -> set[str]:
        """The folders whose logs a fresh look at the disk finds; the diary must know each."""
        return {
            folder
            for folder, inner, files in os.walk(self.top)
            if not self._leave_out_hidden(inner) and any(_is_log(folder, name) for name in files)
        }

    def new_case(self) -> None:
        """A run begins, in a folder that may be nested in new ones."""
        self._fill(self._new_folder())

    def grow(self) -> None:
        """A solver goes on."""
        case = self._case()
        for name in self._chance.sample(LOGS[:3], self._chance.randint(1, 3)):
            self._append(case, name)

    def finish(self) -> None:
        """A solver writes all that is left."""
        case = self._case()
        for name, text in self._texts(case).items():
            have = _size(case / name)
            self._write(case / name, text[have:], "ab")

    def write_anew(self) -> None:
        """A run is begun again in its folder: same names, same inodes."""
        case = self._case()
        for name, text in self._other_texts(case).items():
            self._write(case / name, text[: self._chance.randint(1, len(text))], "wb")

    def replace(self) -> None:
        """A log is put there by a rename, as editors and copy programs do."""
        case, (name, text) = self._case(), self._one_log()
        self._write(case / ".new", text, "wb")
        (case / ".new").rename(case / name)

    def cut(self) -> bool | None:
        case, name = self._case(), self._chance.choice(LOGS)
        size = _size(case / name)
        if not size:
            return False
        os.truncate(case / name, self._chance.randrange(size))
        return self._stamp(case / name)

    def rotate(self) -> bool | None:
        """A log takes another name, and a new one begins."""
        case, name = self._case(), self._chance.choice(LOGS)
        if not (case / name).exists():
            return False
        (case / name).rename(case / f"{name}.1")
        return self._append(case, name)

    def delete(self) -> None:
        case, name = self._case(), self._chance.choice(LOGS)
        (case / name).unlink(missing_ok=True)

    def delete_and_write(self) -> None:
        """The new log may get the old one's inode, its size and its first lines."""
        case, (name, text) = self._case(), self._one_log()
        (case / name).unlink(missing_ok=True)
        self._write(case / name, text, "wb")

    def put_back(self) -> bool | None:
        """A log comes from a backup with the time that it had: older than what the diary has read."""
        case, (name, text) = self._case(), self._one_log()
        self._write(case / name, text, "wb")
        long_ago = time.time_ns() - self._chance.randint(10, 10**6) * 10**9
        os.utime(case / name, ns=(long_ago, long_ago))

    def rename_case(self) -> None:
        case = self._case()
        to = self._new_folder(make=False)
        case.rename(to)
        self._sample[to] = self._sample.pop(case)

    def delete_case(self) -> bool | None:
        if len(self._sample) < 4:
            return False
        case = self._case()
        shutil.rmtree(case)
        del self._sample[case]

    def begin_anew_under_old_name(self) -> None:
        case = self._case()
        shutil.rmtree(case)
        case.mkdir()
        self._fill(case)

    def move_a_tree_in(self) -> None:
        """Whole cases at once, from where nobody looks."""
        name = f"archive{next(self._numbers):05}"
        aside = self.top / ".aside" / name
        inner = [aside / "old" / f"case{n}" for n in range(3)]
        for case in inner:
            case.mkdir(parents=True)
            self._fill(case)
        aside.rename(self.top / name)
        for case in inner:
            moved = self.top / name / case.relative_to(aside)
            self._sample[moved] = self._sample.pop(case)

    def _kinds(self) -> dict[Callable[[], bool | None], int]:
        return {
            self.grow: 50,
            self.finish: 6,
            self.new_case: 8,
            self.write_anew: 4,
            self.replace: 5,
            self.cut: 5,
            self.rotate: 3,
            self.delete: 3,
            self.delete_and_write: 5,
            self.put_back: 3,
            self.rename_case: 3,
            self.delete_case: 2,
            self.begin_anew_under_old_name: 2,
            self.move_a_tree_in: 1,
        }

    def _case(self) -> Path:
        return self._chance.choice(list(self._sample))

    def _texts(self, case: Path) -> dict[str, bytes]:
        return RUNS[self._sample[case]]

    def _other_texts(self, case: Path) -> dict[str, bytes]:
        self._sample[case] = self._chance.choice(list(RUNS))
        return self._texts(case)

    def _one_log(self) -> tuple[str, bytes]:
        texts = RUNS[self._chance.choice(list(RUNS))]
        return self._chance.choice(list(texts.items()))

    def _new_folder(self, *, make: bool = True) -> Path:
        number = next(self._numbers)
        above = [f"project{number % 5}", f"year{number % 3}", "a b%20ü"][: number % 4]
        folder = self.top.joinpath(*above, f"case{number:05}")
        (folder if make else folder.parent).mkdir(parents=True, exist_ok=True)
        return folder

    def _fill(self, case: Path) -> None:
        texts = self._other_texts(case)
        shutil.copy(SAMPLES / self._sample[case] / "bar.inp", case)
        for name in texts:
            self._append(case, name)

    def _append(self, case: Path, name: str) -> None:
        """The next piece of what the case's sample holds; a piece of any where that is at its end."""
        text = self._texts(case).get(name, b"")
        have = _size(case / name)
        piece = text[have:][: self._chance.randint(1, MOST_PIECE)]
        if not piece:
            other = self._one_log()[1]
            piece = other[self._chance.randrange(len(other)) :][:MOST_PIECE]
        self._write(case / name, piece, "ab")

    def _write(self, path: Path, data: bytes, mode: str) -> None:
        with path.open(mode, buffering=0) as file:
            file.write(data)
        self._stamp(path)

    def _stamp(self, path: Path) -> None:
        if self.clock_ahead_s:
            at = time.time() + self.clock_ahead_s
            os.utime(path, (at, at))

    @staticmethod
    def _leave_out_hidden(inner: list[str]) -> None:
        inner[:] = [name for name in inner if not name.startswith(".")]


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0


def _is_log(folder: str, name: str) -> bool:
    if name.startswith(".") or name.endswith(".inp"):
        return False
    with (Path(folder) / name).open("rb") as file:
        return claimant(file.read(HEAD_BYTES)) is not None
