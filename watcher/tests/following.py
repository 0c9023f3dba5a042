"""One root as the loop follows it, with a clock of the test's and a table of mounts that it may write."""

from watcher.config import Root
from watcher.mounts import Mount, Mounts
from watcher.observe import CHECK_S, Reach

from .waiting import wait_until

WATCHED = ("watched", "")


class Follower:
    """A root's reach, with a clock of the test's and a table of mounts that it may write."""

    def __init__(self, folder, bell, mode="auto", is_ours=False):
        self.top = folder / "runs"
        self.now = 1000.0
        self.known_mounts = []
        self.is_used = False
        root = Root("runs", str(self.top), "tree", mode)
        self.reach = Reach(root, bell, is_ours, lambda: self.now)
        self.mounts = Mounts.read()

    def mount(self, point, fs_type):
        """As far as the table says."""
        around = [one for one in self.mounts.table if point.is_relative_to(one.point)]
        upon = max(reversed(around), key=lambda one: len(one.point))  # such as a /tmp of its own
        self.mounts = Mounts((*self.mounts.table, Mount(10**6, upon.number, str(point), fs_type)))

    def check(self, seconds=CHECK_S):
        self.now += seconds
        return self.reach.check(self.mounts, self.known_mounts, lambda: self.is_used, self.now)

    @property
    def state(self):
        return self.reach.state, self.reach.why

    def heard(self, path):
        """Waits until events told of the file."""
        wait_until(lambda: path in self.reach.take().touched)
