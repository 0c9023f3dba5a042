"""A writer does anything to a log, a reader takes turns at any moment; in the end both say the same."""

import os
import tempfile
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from workers.tests.follower import Follower, lines_of


@dataclass
class Writer:
    """Its long texts are each of their own, as those of real runs are; short ones may be alike."""

    path: Path
    texts: int = 0

    def text(self, length: int) -> bytes:
        self.texts += 1
        rows = [b"increment %d of run %d" % (row, self.texts) for row in range(length // 20)]
        return b"\n".join(rows) + b"\n"

    def data(self) -> bytes:
        return self.path.read_bytes() if self.path.exists() else b""

    def write(self, data: bytes, at: int | None = None) -> None:
        """Over the whole file, or into it."""
        if at is None:
            self.path.write_bytes(data)
            return
        self.path.touch()
        with self.path.open("r+b") as file:
            file.seek(at)
            file.write(data)

    def append_anything(self, piece, length, share):
        self.write(piece, len(self.data()))

    def append_lines(self, piece, length, share):
        self.write(piece + self.text(length), len(self.data()))

    def cut(self, piece, length, share):
        self.write(self.data()[: int(len(self.data()) * share)])

    def cut_and_write_on_at_the_old_place(self, piece, length, share):
        """As a program does that knows nothing of the log's copy-and-truncate."""
        size = len(self.data())
        self.write(b"")
        self.write(piece + self.text(length), size)

    def rewrite(self, piece, length, share):
        self.write(piece)

    def run_again_with_the_same_banner(self, piece, length, share):
        self.write(self.data()[:1100] + self.text(length))

    def change_the_banner_alone(self, piece, length, share):
        if len(self.data()) > 1000:
            self.write(self.text(40), int(1000 * share))

    def rotate(self, piece, length, share):
        if self.path.exists():
            self.path.rename(self.path.with_name("a.log.1"))
        self.write(piece)

    def replace(self, piece, length, share):
        """By another file that begins alike."""
        other = self.path.with_name("other")
        other.write_bytes(self.data()[:1100] + self.text(length))
        other.rename(self.path)

    def delete(self, piece, length, share):
        self.path.unlink(missing_ok=True)

    def delete_and_create(self, piece, length, share):
        """Mostly with the inode that has become free."""
        data = self.data()[:1100]
        self.path.unlink(missing_ok=True)
        self.write(data + self.text(length))

    def make_room(self, piece, length, share):
        self.path.touch()
        os.truncate(self.path, len(self.data()) + 60 * length)

    def fill_the_room(self, piece, length, share):
        self.write(piece, len(self.data().rstrip(b"\0")))


DOINGS = st.fixed_dictionaries(
    {
        "how": st.sampled_from(
            [
                how
                for name, how in vars(Writer).items()
                if callable(how) and "share" in how.__code__.co_varnames
            ]
        ),
        "piece": st.binary(max_size=40)
        | st.sampled_from([b"", b"\n", b"one\r\n", b"50%\r", b"\0\0", b"\xc3\xa4\xe4\n"]),
        "length": st.sampled_from([0, 100, 1500, 2500, 5000]),
        "share": st.floats(0, 1),
    }
)


LONG = bool(os.environ.get("PDFJOBS_LONG"))
MOST = st.sampled_from([900, 5000, 1 << 20])
BLOCK = st.sampled_from([40, 1000, 1 << 20])


class WriterAndReader(RuleBasedStateMachine):
    @initialize()
    def begin(self):
        self.folder = tempfile.TemporaryDirectory()
        self.writer = Writer(Path(self.folder.name) / "a.log")
        self.reader = Follower(self.writer.path)

    def do(self, doing) -> None:
        doing["how"](self.writer, doing["piece"], doing["length"], doing["share"])

    @rule(doing=DOINGS)
    def write(self, doing):
        self.do(doing)

    @rule(most=MOST, block=BLOCK)
    def take_a_turn(self, most, block):
        self.reader.turn(most, block)

    @rule(doing=DOINGS, most=MOST, block=BLOCK)
    def take_a_turn_while_it_changes(self, doing, most, block):
        self.reader.turn(most, block, lambda: self.do(doing))

    @rule()
    def compare(self):
        self.reader.catch_up()

        if self.writer.path.exists():
            assert self.reader.taken == lines_of(self.writer.data())

    def teardown(self):
        self.compare()
        self.folder.cleanup()


TestWriterAndReader = pytest.mark.timeout(600 if LONG else 10)(WriterAndReader.TestCase)
TestWriterAndReader.settings = settings(max_examples=3000 if LONG else 100, stateful_step_count=30)
