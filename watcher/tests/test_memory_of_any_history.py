"""Whatever was kept, confirmed, dropped, committed and killed: the memory equals a dict that saw the same."""

import copy
import os
import shutil
import tempfile
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from watcher.memory import Memory, TreeMemory

NAMES = st.one_of(
    st.sampled_from(["beam.sta", "a", "a0", "a-", "A", "\N{SNOWMAN}", os.fsdecode(b"caf\xe9")]),
    st.binary(min_size=1, max_size=3)
    .filter(lambda name: b"/" not in name and b"\0" not in name)
    .map(os.fsdecode),
)
FOLDERS = st.lists(NAMES, max_size=3).map("/".join)
PATHS = st.tuples(FOLDERS, NAMES).map(lambda parts: "/".join(filter(None, parts)))
STAMPS = st.tuples(
    st.integers(0, 2**64 - 1), st.integers(0, 2**63 - 1), st.integers(-(2**65), 2**65)
)
TICKETS = st.sampled_from(["", "pdfjobs:ticket:1", "pdfjobs:ticket:2"])
ROOTS = st.sampled_from(["runs", "archive"])


class Model:
    def __init__(self):
        self.files = {"runs": {}, "archive": {}}
        self.tickets = {"runs": {}, "archive": {}}
        self.mounts = {"runs": [], "archive": []}
        self.diary = None

    def folders(self, root):
        folders = {}
        for path, (stamp, _) in self.files[root].items():
            folder, _, name = path.rpartition("/")
            folders.setdefault(folder, {})[name] = stamp
        return folders


class History(RuleBasedStateMachine):
    def __init__(self):
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(dir="/dev/shm"))
        self.memory = Memory(self.folder / "watcher.sqlite3")
        self.now, self.committed, self.at = Model(), Model(), 0

    def teardown(self):
        self.memory.close()
        shutil.rmtree(self.folder)

    @rule(root=ROOTS, stamps=st.dictionaries(PATHS, st.none() | STAMPS, max_size=8), ticket=TICKETS)
    def keep(self, root, stamps, ticket):
        self.at += 1
        self.memory.tree(root).keep(stamps, ticket, self.at)
        for path, stamp in stamps.items():
            self.now.files[root].pop(path, None)
            if stamp:
                self.now.files[root][path] = (stamp, self.at)
        if ticket and stamps:
            self.now.tickets[root].setdefault(ticket, []).extend(stamps)

    @rule(root=ROOTS, ticket=TICKETS)
    def confirm(self, root, ticket):
        self.memory.tree(root).confirm(ticket)
        self.now.tickets[root].pop(ticket, None)

    @rule(root=ROOTS, data=st.data())
    def drop_folder(self, root, data):
        known = sorted(self.now.folders(root))
        folder = data.draw(st.sampled_from(known) if known else FOLDERS)
        self.memory.tree(root).drop_folder(folder)
        for path in list(self.now.files[root]):
            if not folder or path.startswith(folder + "/"):
                del self.now.files[root][path]

    @rule(root=ROOTS, mounts=st.lists(FOLDERS, max_size=2), diary=st.sampled_from(["a", "b"]))
    def note(self, root, mounts, diary):
        self.memory.tree(root).mounts = mounts
        self.memory.diary = diary
        self.now.mounts[root], self.now.diary = mounts, diary

    @rule(sure=st.integers(0, 3).map(bool))
    def forget(self, sure):
        if not sure:
            self.memory.forget()
            self.now = Model()

    @rule()
    def commit(self):
        self.memory.commit()
        self.committed = copy.deepcopy(self.now)

    @rule()
    def kill(self):
        self.memory.close()
        self.memory = Memory(self.folder / "watcher.sqlite3")
        self.now = copy.deepcopy(self.committed)

    @invariant()
    def is_as_the_model(self):
        assert self.memory.diary == self.now.diary
        for root in ("runs", "archive"):
            tree, folders = self.memory.tree(root), self.now.folders(root)
            assert {folder: tree.stamps(folder) for folder in tree.folders_below("")} == folders
            assert tree.digests() == {
                folder: TreeMemory.digest_of_many(files.items())
                for folder, files in folders.items()
            }
            handed = {path: at for path, (_, at) in self.now.files[root].items()}
            middle = self.at // 2
            assert sorted(tree.since(middle)) == sorted(
                p for p, at in handed.items() if at >= middle
            )
            assert {path: tree.stamp(path) for path in handed} == {
                path: stamp for path, (stamp, _) in self.now.files[root].items()
            }
            assert tree.tickets() == self.now.tickets[root]
            assert tree.mounts == self.now.mounts[root]

    @invariant()
    def tells_what_lies_below(self):
        folders = self.now.folders("archive")
        for folder in {one.partition("/")[0] for one in folders} - {""}:
            below = [one for one in folders if f"{one}/".startswith(f"{folder}/")]
            found = self.memory.tree("archive").folders_below(folder)
            assert sorted(found) == sorted(below)


History.TestCase.settings = settings(max_examples=30, stateful_step_count=25)
test_the_memory_equals_a_dict_after_any_history = History.TestCase
