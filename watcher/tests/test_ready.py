"""Paths that are due are taken once each, and fairly: no flood keeps another folder's news waiting."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from watcher.ready import DEPTH, Ready

NAMES = st.sampled_from(["a", "b", "c", "\udce9"])
PATHS = st.lists(NAMES, min_size=1, max_size=DEPTH + 3).map("/".join) | NAMES.map("{}/".format)


class Model(RuleBasedStateMachine):
    """Beside a plain set."""

    def __init__(self):
        super().__init__()
        self.ready, self.paths = Ready(), set()

    @rule(path=PATHS)
    def add(self, path):
        self.ready.add(path)
        self.paths.add(path)

    @rule(path=PATHS)
    def discard(self, path):
        self.ready.discard(path)
        self.paths.discard(path)

    @rule(most=st.integers(0, 6), is_put_back=st.booleans())
    def take(self, most, is_put_back):
        taken = self.ready.take(most)
        assert taken == sorted(set(taken))
        assert len(taken) == min(most, len(self.paths))
        assert self.paths.issuperset(taken)
        if is_put_back:
            self.ready.put_back(taken)
        else:
            self.paths.difference_update(taken)

    @invariant()
    def holds_the_same(self):
        assert (set(self.ready), len(self.ready)) == (self.paths, len(self.paths))
        assert all(path in self.ready for path in self.paths)


TestModel = Model.TestCase


@pytest.mark.parametrize(
    "flood",
    [
        [f"flood/{number}" for number in range(10_000)],
        [f"flood/{number // 10}/{number}" for number in range(10_000)],
        [f"flood/{number // 1000}/{number // 10}/a/b/{number}" for number in range(10_000)],
        [f"{number}" for number in range(10_000)],
    ],
    ids=["flat", "nested", "deeply nested", "in the root"],
)
@pytest.mark.parametrize("path", ["other/log", "other/a/b/log", "log"])
def test_a_flood_delays_another_folder_by_one_take_at_most(flood, path):
    ready = Ready()
    ready.put_back(flood)
    ready.take(100)

    ready.add(path)

    if "/" in path or "/" in flood[0]:
        assert path in ready.take(100)


def test_runs_share_what_is_taken_whatever_the_number_of_their_files():
    ready = Ready()
    for run, files in (("a", 1000), ("b", 1000), ("c", 10)):
        ready.put_back(f"{run}/{number // 7}/{number}" for number in range(files))

    taken = Counter(path[0] for path in ready.take(310))

    assert taken == {"a": 150, "b": 150, "c": 10}


def test_a_run_that_waited_comes_first():
    ready = Ready()
    for run in "abc":
        ready.put_back(f"{run}/{number}" for number in range(3))

    assert [ready.take(1) for _ in range(6)] == [[f"{run}/{n}"] for n in (0, 1) for run in "abc"]


@given(paths=st.sets(PATHS, min_size=1, max_size=50), most=st.integers(1, 7))
def test_everything_is_taken_in_the_end(paths, most):
    ready = Ready()
    ready.put_back(paths)

    taken = [path for _ in range(-(-len(paths) // most)) for path in ready.take(most)]

    assert (sorted(taken), len(ready)) == (sorted(paths), 0)


def test_nothing_is_left_of_what_was_taken():
    """A tree of folders that grew with every folder ever seen would fill the memory."""
    ready = Ready()
    for day in range(3):
        ready.put_back(f"{day}/{number}/log" for number in range(10))
        ready.take(100)

    assert (ready._top.folders, list(ready._top.paths)) == ({}, [])
