"""Whatever happens to files, events, queue, watcher and clock: at rest, each file was read as it lies there."""

import os
from pathlib import Path

import pytest
from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import rule

from watcher.filters import unworthy
from watcher.publish import QueueAwayError
from watcher.trust import MOST_MISSED

from .life_of_files import SOME_FOLDERS, LifeOfFiles
from .rig import Rig

MOST_ROUNDS = 5000
LONG = bool(os.environ.get("PDFJOBS_LONG"))
EXAMPLES = 4000 if LONG else 60
PHASES = [phase for phase in Phase if phase != Phase.explain]


class Life(LifeOfFiles):
    def __init__(self):
        super().__init__()
        self.rig = Rig(self.folder)
        self.ignored = []
        self.excused = True
        """Something happened that explains why a file is handed over again without a change."""
        self.was_deaf = False
        """Events were lost and nobody said so."""
        self.last = {}
        """Path -> stamp when it was last handed over."""
        self.seen = 0

    def teardown(self):
        self.rig.kill()
        super().teardown()

    def came_back(self, path):
        """It is handed over then."""
        for known in list(self.last):
            if known == path or known.startswith(f"{path}/"):
                del self.last[known]

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
            seen = os.path.join(self.top, path)
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
        self.top.rename(away)
        self.rig.tree.end()
        self.rig.end_events()
        self.rig.watches = None
        self.rig.now += 1.0
        self.rig.turn()
        away.rename(self.top)
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
        known = self.rig.tree.survey.looking.folders
        digests = {folder: known.get(folder).digest for folder in known if known.get(folder).digest}
        assert digests == self.rig.memory.tree("runs").digests()
        assert self.rig.memory.tree("runs").tickets() == {}
        self.excused = False

    def compare(self):
        there = {}
        for folder, folders, files in os.walk(self.top):
            folders[:] = [name for name in folders if not name.startswith(".")]
            for place in (Path(folder) / name for name in files):
                path = str(place.relative_to(self.top))
                if not place.is_symlink() and not unworthy(self.ignored)(place.name):
                    there[path] = place.read_bytes()
        read = {path: (self.rig.tasks.read.get(path) or (None, None))[1] for path in there}
        assert read == there


Life.TestCase.settings = settings(max_examples=EXAMPLES, stateful_step_count=40, phases=PHASES)
TestLife = pytest.mark.timeout(1800 if LONG else 60)(Life.TestCase)
