"""One run tree with real files, a real memory and the kernel's real events; clock, queue and workers are the test's."""

import errno
import os
import time
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

from watchdog.observers.inotify_c import inotify_init

from watcher.config import Root
from watcher.habits import Habits
from watcher.kernel import KernelQueue
from watcher.memory import Memory
from watcher.mounts import Mounts
from watcher.observe import Place
from watcher.pace import Pace
from watcher.publish import Hints, QueueAwayError
from watcher.scan import file_stamp
from watcher.tree import RunTree
from watcher.watches import Watches

PACE = Pace(quiet_s=0.2, ceiling_s=1.0, readings_per_s=50.0, steady_s=5.0)
HABITS = Habits(poll_s=5.0, stats_per_s=2000.0, grace_s=3600.0, rescan_s=30.0)


def habits(**others):
    """Those, but for these."""
    return replace(HABITS, **others)


STEP_S = 0.0625


class UnreadQueue(KernelQueue):
    """The kernel's queue, read when the test says so and by no thread; with no more watches than `limit`."""

    def __init__(self, limit=None):
        self._fd = inotify_init()
        os.set_blocking(self._fd, False)
        self.blocks = self
        self.is_lost = False
        self.limit = limit
        self.numbers = set()

    def is_alive(self):
        return True

    def watch(self, path, *, writes=True):
        number = super().watch(path, writes=writes)
        if self.limit is not None and len(self.numbers | {number}) > self.limit:
            super().unwatch(number)
            raise OSError(errno.ENOSPC, "the kernel's limit of watches is reached")
        self.numbers.add(number)
        return number

    def unwatch(self, number):
        self.numbers.discard(number)
        super().unwatch(number)

    def take(self):
        blocks, lost = [], self.is_lost
        self.is_lost = False
        while True:
            try:
                blocks.append((float("inf"), os.read(self._fd, 1 << 20)))
            except BlockingIOError:
                return blocks, lost

    def forget(self):
        """What the kernel has told is gone, and nobody says so."""
        self.take()

    def overflow(self):
        """What the kernel has told is gone."""
        self.take()
        self.is_lost = True

    def close(self):
        os.close(self._fd)


class Tasks:
    """Stands for queue server and workers: tasks wait until they are begun, done, failed or lost."""

    def __init__(self, top):
        self.top = top
        self.handed = []
        """(lane, paths) of each task, in order."""
        self.open = {}
        """Ticket -> [fate, paths] of those that are not forgotten."""
        self.read = {}
        """Path -> what a worker saw there when it read it last."""
        self.is_away = False
        self.answers_are_lost = False
        """The server does what it is asked, and nobody hears of it."""

    def ingest(self, root, paths, lane="ingest"):
        self.answer(before=True)
        ticket = f"pdfjobs:ticket:{len(self.handed)}"
        self.handed.append((lane, paths))
        self.open[ticket] = ["waiting", paths]
        self.answer()
        return ticket

    def fates(self, tickets):
        self.answer()
        return {ticket: self.open.get(ticket, ["lost"])[0] for ticket in tickets}

    def forget(self, tickets):
        if tickets:
            self.answer()
        for ticket in tickets:
            del self.open[ticket]

    def answer(self, before=False):
        if self.is_away or (self.answers_are_lost and not before):
            raise QueueAwayError("away")

    def waiting(self):
        return [ticket for ticket, (fate, *_) in self.open.items() if fate == "waiting"]

    def begin(self, ticket):
        """A worker reads the files."""
        self.open[ticket][0] = "begun"
        for path in self.open[ticket][1]:
            if not path.endswith("/"):
                self.read[path] = contents(os.path.join(self.top, path))

    def do(self, ticket):
        self.begin(ticket)
        self.open[ticket][0] = "done"

    def do_all(self):
        for ticket, (fate, *_) in list(self.open.items()):
            if fate in ("waiting", "begun"):
                self.do(ticket)

    def paths(self, begin=0):
        """What was handed over since, path by path."""
        return [path for _, paths in self.handed[begin:] for path in paths]


def contents(place):
    """Of a regular file, with its inode; None when there is none."""
    stamp = file_stamp(place)
    if stamp is None:
        return None
    return stamp, Path(place).read_bytes()


class Rig:
    """A watcher of one tree; `run` lets time pass in the order of the loop's own turns."""

    def __init__(self, folder, *, habits=HABITS, pace=PACE, is_watched=True, limit=None):
        self.top = folder / "runs"
        self.top.mkdir(exist_ok=True)
        self.memory_file = folder / "watcher.sqlite3"
        self.now = 1000.0
        self.tasks = Tasks(self.top)
        self.habits, self.pace, self.is_watched, self.limit = habits, pace, is_watched, limit
        self.events = None
        self.tick_s = 0.0
        """By so much time goes on whenever somebody looks at the clock: as on a slow disk, little fits into a slice."""
        self.start()

    def start(self):
        self.memory = Memory(self.memory_file)
        self.tree = RunTree(
            Root("runs", str(self.top), "tree"),
            self.pace,
            self.habits,
            self.memory.tree("runs"),
            self.clock,
        )
        self.begin()

    def clock(self):
        self.now += self.tick_s
        return self.now

    def begin(self, away=(), silent=()):
        """The root is there (again)."""
        self.end_events()
        self.watches = None
        if self.is_watched:
            self.events = UnreadQueue(self.limit)
            self.watches = Watches(str(self.top), self.events, self.clock)
            self.watches.add("")
        status = self.top.stat()
        place = Place(str(self.top), status.st_dev, status.st_ino, False)
        reach = SimpleNamespace(place=place, watches=self.watches, away=away, silent=silent)
        self.tree.begin(reach, Mounts.read())

    def end_events(self):
        if self.events is not None:
            self.events.close()
            self.events = None

    def kill(self):
        """What was not committed is gone."""
        self.end_events()
        self.memory.close()

    def restart(self):
        self.kill()
        self.start()

    def turn(self):
        if self.watches is not None:
            self.tree.take(self.watches.take())
        self.tree.step(self.now)
        try:
            self.tree.deliver(self.tasks, self.now)
        except QueueAwayError:
            pass
        self.memory.commit()

    def run(self, seconds, *, reads=False):
        """What was handed over, path by path, while time passed; `reads`: workers are at work."""
        before, end = len(self.tasks.handed), self.now + seconds
        while self.now < end:
            self.turn()
            if reads:
                self.tasks.do_all()
            self.now += STEP_S
        return self.tasks.paths(before)

    def rest(self, seconds=1.5):
        """As `run`, with everything read."""
        return self.run(seconds, reads=True)

    def rest_long(self, seconds):
        """As `rest`, in steps so long that hours pass."""
        before, end = len(self.tasks.handed), self.now + seconds
        while self.now < end:
            self.turn()
            self.tasks.do_all()
            self.now += min(20.0, max(STEP_S, self.tree.next_due() - self.now))
        return self.tasks.paths(before)

    def hint(self, ignore=(), unfinished=()):
        self.tree.hint(Hints(list(ignore), list(unfinished), "diary"))

    # Files

    def write(self, path, text="x", age_s=None):
        place = self.top / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text)
        if age_s is not None:
            self.age(path, age_s)
        return place

    def age(self, path, age_s):
        """It, and the folders that it lies in, were last changed so long ago."""
        at = time.time() - age_s
        place = self.top / path
        while place != self.top.parent:
            os.utime(place, (at, at))
            place = place.parent

    def append(self, path, text="more"):
        with (self.top / path).open("a") as file:
            file.write(text)

    def state(self, *names):
        words = self.tree.state()
        return {name: words[name] for name in names}
