"""Whatever happens to files, events, queue, watcher and clock: at rest, each file was read as it lies there."""

import os
import shutil
import tempfile
import time
from pathlib import Path

from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule

from watcher.filters import ignoring, is_worth_a_notice
from watcher.publish import QueueAwayError
from watcher.trust import MOST_MISSED

from .rig import Rig

NAMES = st.sampled_from(["a", "b", os.fsdecode(b"\xe9\n")])
FILES = st.sampled_from(["x.log", "y.frd", "z.tmp", ".x.log.part", os.fsdecode(b"\xff x.sta")])
FOLDERS = st.lists(NAMES, min_size=0, max_size=3).map("/".join)
SOME_FOLDERS = st.lists(NAMES, min_size=1, max_size=3).map("/".join)
AGES = st.sampled_from([100.0, 3000.0, 40_000.0])
MOST_ROUNDS = 5000
EXAMPLES = int(os.environ.get("N", "60"))
PHASES = [phase for phase in Phase if phase != Phase.explain]


class Life(RuleBasedStateMachine):
    def __init__(self):
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(dir="/dev/shm"))
        self.outside = self.folder / "outside"
        self.outside.mkdir()
        self.rig = Rig(self.folder)
        self.ignored = []
        self.moved = 0
        self.ticks = 0
        self.links = []
        self.excused = True
        """Something happened that explains why a file is handed over again without a change."""
        self.was_deaf = False
        """Events were lost and nobody said so."""
        self.last = {}
        """Path -> stamp when it was last handed over."""
        self.seen = 0

    def teardown(self):
        self.rig.kill()
        shutil.rmtree(self.folder)

    # Files

    def place(self, path):
        return self.rig.top / path if path else self.rig.top

    def is_real(self, path):
        """No link on the way there, and a folder at its end."""
        place = self.rig.top
        for name in path.split("/") if path else ():
            place = place / name
            if place.is_symlink():
                return False
        return place.is_dir()

    def stamp(self, path, age_s):
        """Every change leaves a time of its own: the test does not wait for the kernel's clock to tick."""
        self.ticks += 1
        at = time.time_ns() - int(age_s * 1e9) + self.ticks * 1_000_000
        os.utime(self.place(path), ns=(at, at), follow_symlinks=False)

    def note_folder(self, path, age_s=100.0):
        while path:
            path = path.rpartition("/")[0]
            self.stamp(path, age_s)

    def forget(self, path):
        """It may come back as it was, and is handed over then."""
        for known in list(self.last):
            if known == path or known.startswith(f"{path}/"):
                del self.last[known]

    def make_folder(self, path):
        done = ""
        for name in path.split("/") if path else ():
            done = f"{done}/{name}" if done else name
            if not self.is_real(done):
                if os.path.lexists(self.place(done)):
                    return False
                self.place(done).mkdir()
                self.note_folder(done)
        return True

    @rule(folder=FOLDERS, name=FILES, age_s=AGES)
    def write(self, folder, name, age_s):
        if self.make_folder(folder):
            path = f"{folder}/{name}" if folder else name
            self.place(path).write_text(f"{self.ticks}")
            self.stamp(path, age_s)
            self.note_folder(path, age_s)

    @rule(folder=FOLDERS, name=FILES, is_truncated=st.booleans())
    def change(self, folder, name, is_truncated):
        path = f"{folder}/{name}" if folder else name
        if self.is_real(folder) and self.place(path).is_file():
            with self.place(path).open("w" if is_truncated else "a") as file:
                file.write(f"{self.ticks}")
            self.stamp(path, 50.0)

    @rule(folder=FOLDERS, name=FILES)
    def delete(self, folder, name):
        path = f"{folder}/{name}" if folder else name
        if self.is_real(folder) and self.place(path).is_file():
            self.place(path).unlink()
            self.note_folder(path)
            self.forget(path)

    @rule(folder=FOLDERS, name=FILES, to=FOLDERS, new=FILES)
    def rename(self, folder, name, to, new):
        path, target = ("/".join(filter(None, one)) for one in ((folder, name), (to, new)))
        if self.is_real(folder) and self.is_real(to) and self.place(path).is_file():
            self.place(path).rename(self.place(target))
            self.note_folder(path)
            self.note_folder(target)
            self.forget(path)
            self.forget(target)

    @rule(top=SOME_FOLDERS, inside=st.lists(st.tuples(FOLDERS, FILES), min_size=1, max_size=4))
    def make_tree(self, top, inside):
        for folder, name in inside:
            self.write("/".join(filter(None, (top, folder))), name, 3000.0)

    @rule(folder=SOME_FOLDERS, to=SOME_FOLDERS)
    def move_folder(self, folder, to):
        above = to.rpartition("/")[0]
        inside = to == folder or to.startswith(f"{folder}/")
        if self.is_real(folder) and self.is_real(above) and not inside:
            if self.is_real(to) and not os.listdir(self.place(to)):
                pass  # an empty folder is replaced
            elif os.path.lexists(self.place(to)):
                return
            self.place(folder).rename(self.place(to))
            for path in (folder, to):
                self.note_folder(path)
                self.forget(path)

    @rule(folder=SOME_FOLDERS)
    def move_out(self, folder):
        if self.is_real(folder):
            self.moved += 1
            self.place(folder).rename(self.outside / str(self.moved))
            self.note_folder(folder)
            self.forget(folder)

    @rule(to=SOME_FOLDERS, which=st.integers(0, 5))
    def move_in(self, to, which):
        lying = sorted(os.listdir(self.outside))
        above = to.rpartition("/")[0]
        if lying and self.is_real(above) and not os.path.lexists(self.place(to)):
            (self.outside / lying[which % len(lying)]).rename(self.place(to))
            self.note_folder(to)
            self.forget(to)

    @rule(folder=SOME_FOLDERS)
    def delete_folder(self, folder):
        if self.is_real(folder):
            shutil.rmtree(self.place(folder))
            self.note_folder(folder)
            self.forget(folder)

    @rule(folder=SOME_FOLDERS)
    def replace_by_a_link(self, folder):
        if self.is_real(folder):
            self.move_out(folder)
            self.place(folder).symlink_to(self.outside / str(self.moved))
            self.note_folder(folder)
            self.links.append(folder)

    @precondition(lambda self: self.links)
    @rule()
    def put_folder_back(self):
        folder = self.links.pop()
        place = self.place(folder)
        if self.is_real(folder.rpartition("/")[0]) and place.is_symlink():
            target = place.readlink()
            place.unlink()
            if target.is_dir():
                target.rename(place)
            self.note_folder(folder)
            self.forget(folder)

    # Events

    @rule()
    def overflow(self):
        if self.rig.events is not None:
            self.rig.events.overflow()

    @rule()
    def lose_events(self):
        if self.rig.events is not None:
            self.rig.events.forget()
            self.was_deaf = True

    @rule(limit=st.sampled_from([None, 1, 2, 4]))
    def limit_watches(self, limit):
        self.rig.limit = limit
        if self.rig.events is not None:
            self.rig.events.limit = limit and max(limit, len(self.rig.events.numbers))

    # Watcher

    def look_after(self):
        """Nothing was handed over twice without a change or a reason; events are not distrusted without one."""
        tasks = self.rig.tasks
        for path in tasks.paths(self.seen):
            if path.endswith("/"):
                continue
            seen = os.path.join(self.rig.top, path)
            now = os.lstat(seen) if os.path.lexists(seen) else None
            stamp = now and (now.st_ino, now.st_size, now.st_mtime_ns)
            assert self.excused or stamp is None or self.last.get(path) != stamp, path
            self.last[path] = stamp
        self.seen = len(tasks.handed)
        assert self.was_deaf or self.rig.tree.missed < MOST_MISSED

    @rule(seconds=st.sampled_from([0.05, 0.3, 1.5, 10.0, 100.0, 4000.0]))
    def time_passes(self, seconds):
        self.rig.now += seconds
        self.rig.turn()
        self.look_after()

    @rule(tick_s=st.sampled_from([0.0, 0.004, 0.02]))
    def disk_gets_slow(self, tick_s):
        self.rig.tick_s = tick_s

    @rule(is_committed=st.booleans())
    def restart(self, is_committed):
        if is_committed:
            self.rig.memory.commit()
        elif self.rig.watches is not None:
            self.rig.now += 1.5
            self.rig.tree.take(self.rig.watches.take())
            self.rig.tree.step(self.rig.now)
            try:
                self.rig.tree.deliver(self.rig.tasks, self.rig.now)
            except QueueAwayError:
                pass
            self.look_after()
            self.excused = True
        self.rig.restart()
        self.rig.hint(self.ignored)

    @rule(is_watched=st.booleans())
    def follow_otherwise(self, is_watched):
        self.rig.is_watched = is_watched
        self.rig.begin()

    @rule()
    def root_goes_and_comes_back(self):
        self.excused = True  # what was handed over shortly before may not have been read
        away = self.folder / "away"
        self.rig.top.rename(away)
        self.rig.tree.end()
        self.rig.end_events()
        self.rig.watches = None
        self.rig.now += 1.0
        self.rig.turn()
        away.rename(self.rig.top)
        self.rig.begin()

    @rule(ignored=st.sampled_from([[], ["*.frd"], ["*.frd", "x*"]]))
    def hint(self, ignored):
        self.excused |= ignored != self.ignored
        self.ignored = ignored
        self.rig.hint(ignored)

    @rule(unfinished=st.lists(SOME_FOLDERS, max_size=2))
    def runs_go_on(self, unfinished):
        self.rig.hint(self.ignored, unfinished)

    @rule()
    def diary_is_another_one(self):
        self.excused = True
        self.rig.memory.forget()
        self.rig.tree.anew()
        self.rig.memory.commit()
        self.rig.tasks.read.clear()

    # Queue

    @rule(is_away=st.booleans(), is_deaf=st.booleans())
    def queue(self, is_away, is_deaf):
        self.rig.tasks.is_away, self.rig.tasks.answers_are_lost = is_away, is_deaf
        self.excused |= is_deaf

    @rule(fate=st.sampled_from(["begun", "done", "failed", "lost", "forgotten"]), n=st.integers(0))
    def a_task(self, fate, n):
        tasks = self.rig.tasks
        waiting = tasks.waiting()
        if not waiting:
            return
        ticket = waiting[n % len(waiting)]
        if fate in ("begun", "done"):
            tasks.begin(ticket)
        self.excused |= fate in ("lost", "forgotten", "failed")
        if fate == "forgotten":
            del tasks.open[ticket]
        else:
            tasks.open[ticket][0] = fate

    @rule()
    def it_comes_to_rest(self):
        """Two whole scans find nothing, and everything is read."""
        self.rig.tasks.is_away = self.rig.tasks.answers_are_lost = False
        scans = []
        for _ in range(MOST_ROUNDS):
            self.rig.now += 2.0
            self.rig.turn()
            self.look_after()
            self.rig.tasks.do_all()
            state = self.rig.state("pending", "outstanding", "scan_at", "import")
            if state["pending"] or state["outstanding"] or state["import"]:
                scans = []
            elif state["scan_at"] not in scans:
                scans.append(state["scan_at"])
            if len(scans) == 4:  # the first may be old, the second had begun before
                break
        else:
            raise AssertionError(f"no rest: {self.rig.tree.state()}")
        self.compare()
        self.excused = False

    def compare(self):
        there = {}
        for folder, folders, files in os.walk(self.rig.top):
            folders[:] = [name for name in folders if not name.startswith(".")]
            for place in (Path(folder) / name for name in files):
                path = str(place.relative_to(self.rig.top))
                if not place.is_symlink() and is_worth_a_notice(path, ignoring(self.ignored)):
                    there[path] = place.read_bytes()
        read = {path: (self.rig.tasks.read.get(path) or (None, None))[1] for path in there}
        assert read == there


Life.TestCase.settings = settings(
    max_examples=EXAMPLES, stateful_step_count=40, deadline=None, phases=PHASES
)
TestLife = Life.TestCase
