"""What people and programs do to the files and folders of a tree, for a state machine to choose from."""

import os
import shutil
import tempfile
import time
from pathlib import Path

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule

NAMES = st.sampled_from(["a", "b", os.fsdecode(b"\xe9\n")])
FILES = st.sampled_from(["x.log", "y.frd", "z.tmp", ".x.log.part", os.fsdecode(b"\xff x.sta")])
FOLDERS = st.lists(NAMES, min_size=0, max_size=3).map("/".join)
SOME_FOLDERS = st.lists(NAMES, min_size=1, max_size=3).map("/".join)
AGES = st.sampled_from([100.0, 3000.0, 40_000.0])


class LifeOfFiles(RuleBasedStateMachine):
    """Below `top`, a folder of its own; `came_back` is told of what may lie somewhere as it did before."""

    def __init__(self):
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(dir="/dev/shm"))
        self.top = self.folder / "runs"
        self.outside = self.folder / "outside"
        self.top.mkdir()
        self.outside.mkdir()
        self.moved = 0
        self.ticks = 0
        self.links = []

    def teardown(self):
        shutil.rmtree(self.folder)

    def came_back(self, path):
        """Of a file or a folder."""

    def place(self, path):
        return self.top / path if path else self.top

    def is_real(self, path):
        """No link on the way there, and a folder at its end."""
        place = self.top
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
            self.came_back(path)

    @rule(folder=FOLDERS, name=FILES, to=FOLDERS, new=FILES)
    def rename(self, folder, name, to, new):
        path, target = ("/".join(filter(None, one)) for one in ((folder, name), (to, new)))
        if self.is_real(folder) and self.is_real(to) and self.place(path).is_file():
            self.place(path).rename(self.place(target))
            self.note_folder(path)
            self.note_folder(target)
            self.came_back(path)
            self.came_back(target)

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
                self.came_back(path)

    @rule(folder=SOME_FOLDERS)
    def move_out(self, folder):
        if self.is_real(folder):
            self.moved += 1
            self.place(folder).rename(self.outside / str(self.moved))
            self.note_folder(folder)
            self.came_back(folder)

    @rule(to=SOME_FOLDERS, which=st.integers(0, 5))
    def move_in(self, to, which):
        lying = sorted(os.listdir(self.outside))
        above = to.rpartition("/")[0]
        if lying and self.is_real(above) and not os.path.lexists(self.place(to)):
            (self.outside / lying[which % len(lying)]).rename(self.place(to))
            self.note_folder(to)
            self.came_back(to)

    @rule(folder=SOME_FOLDERS)
    def delete_folder(self, folder):
        if self.is_real(folder):
            shutil.rmtree(self.place(folder))
            self.note_folder(folder)
            self.came_back(folder)

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
            self.came_back(folder)
