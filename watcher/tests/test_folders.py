"""The known folders of a root are those of a tree: each has its parents, and goes with them."""

from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from watcher.folders import Folder, Folders, is_below, join

NAMES = st.sampled_from(["a", "b", "a0", "\udce9"])
PATHS = st.lists(NAMES, max_size=4).map("/".join)


def above(path):
    """The folder itself, and those that it lies in, up to the root."""
    while path:
        yield path
        path = path.rpartition("/")[0]
    yield ""


class Model(RuleBasedStateMachine):
    """Beside a set of paths and their digests."""

    def __init__(self):
        super().__init__()
        self.folders, self.digests = Folders(), {}

    @rule(path=PATHS, digest=st.integers(0, 3))
    def add(self, path, digest):
        added = self.folders.add(path, lambda one: digest + len(one))
        for one in above(path):
            self.digests.setdefault(one, digest + len(one))
        assert added is self.folders.get(path)

    @rule(path=PATHS)
    def remove(self, path):
        wanted = sorted(one for one in self.digests if path in above(one))
        assert sorted(self.folders.below(path)) == wanted
        assert sorted(self.folders.remove(path)) == wanted
        for one in wanted:
            del self.digests[one]

    @invariant()
    def is_the_same_tree(self):
        assert {one: self.folders.get(one).digest for one in self.folders} == self.digests
        assert len(self.folders) == len(self.digests)
        assert self.folders.has_files() == any(self.digests.values())
        children = {
            path: {one for one in self.digests if one and one.rpartition("/")[0] == path}
            for path in self.digests
        }
        assert {
            path: {join(path, name) for name in self.folders.get(path).children or ()}
            for path in self.folders
        } == children
        assert all(self.folders.get(path).children != set() for path in self.folders)


TestModel = Model.TestCase


def test_a_folder_ever_so_deep_is_added_and_removed():
    folders = Folders()
    path = "/".join(["a"] * 2000)

    folders.add(path)

    assert len(folders) == 2001
    assert folders.remove("a")[-1] == path
    assert list(folders) == [""]


@given(parts=st.lists(st.tuples(st.integers(0, 2**64 - 1), st.integers(0, 2**64 - 1))))
def test_a_digest_counts_up_and_down_to_where_it_was(parts):
    folder = Folder(digest=7)

    for before, after in parts:
        folder.count(before, after)
        assert 0 <= folder.digest < 2**64
    for before, after in parts:
        folder.count(after, before)

    assert folder.digest == 7


@given(path=PATHS, tops=st.lists(PATHS, max_size=3))
def test_a_folder_lies_in_itself_and_in_those_above(path, tops):
    assert is_below(path, tops) == any(top in above(path) for top in tops)
