"""Folders that nobody watches are looked at: hot ones often, cold ones rarely, within a budget of stats."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watcher.polling import REST_SHARE, ROUND_S, Polling

from .rig import habits

TICK_S = 0.1


class Looks:
    """Polls folders, each look for a price."""

    def __init__(self, habits, folders=(), price=1):
        self.now = 100.0
        self.polling = Polling(habits, lambda: self.now)
        self.folders, self.price = list(folders), price
        self.hot, self.cold = [], []
        self.polling.begin(self.now)

    def look(self, folder):
        self.hot.append((round(self.now - 100.0, 3), folder))
        self.polling.spend(self.price)
        self.polling.set(folder, self.now)

    def look_at_cold(self, folder):
        self.cold.append((round(self.now - 100.0, 3), folder))
        self.polling.spend(1)

    def run(self, seconds, tick_s=TICK_S):
        end = self.now + seconds
        while self.now < end:
            self.polling.step(self.now + 1, self.folders, self.look, self.look_at_cold)
            assert self.polling.next_due(self.now) > self.now
            self.now += tick_s


def test_a_hot_folder_is_looked_at_every_so_often():
    looks = Looks(habits(poll_s=5.0))
    looks.polling.set("a", looks.now)
    assert (looks.polling.next_due(looks.now), len(looks.polling)) == (105.0, 1)

    looks.run(17.0, 0.5)

    assert looks.hot == [(5.0, "a"), (10.0, "a"), (15.0, "a")]
    looks.polling.drop("a")
    assert ("a" in looks.polling, len(looks.polling)) == (False, 0)


def test_cold_folders_are_looked_at_in_rounds_but_for_hot_ones():
    looks = Looks(habits(poll_s=1000.0), ["a", "b", "c"])
    looks.polling.set("b", looks.now)

    looks.run(2 * ROUND_S + 1, 1.0)

    assert looks.cold == [(ROUND_S * n, one) for n in (1, 2) for one in "ac"]


@pytest.mark.parametrize("price", [1, 10])
def test_the_budget_holds_and_everybody_has_a_turn(price):
    looks = Looks(habits(poll_s=1.0, stats_per_s=100.0), [f"cold {n}" for n in range(500)], price)
    for number in range(1000):
        looks.polling.set(f"{number}", looks.now)

    looks.run(300.0)

    spent = price * len(looks.hot) + len(looks.cold)
    assert 0.9 * 100.0 * 299 <= spent <= 100.0 * 301 + price
    assert {folder for _, folder in looks.hot} == {f"{number}" for number in range(1000)}
    assert {folder for _, folder in looks.cold} == set(looks.folders)


def test_one_dear_folder_is_paid_for_before_anything_else_is_looked_at():
    looks = Looks(habits(poll_s=1.0, stats_per_s=100.0), price=1000)
    looks.polling.set("a", looks.now)

    looks.run(60.0)

    assert len(looks.hot) == 6
    assert looks.polling.next_due(looks.now) <= looks.now + 10.0


def test_many_that_are_due_together_do_not_all_have_to_be_looked_at_in_one_slice():
    looks = Looks(habits(poll_s=1.0))
    for number in range(100):
        looks.polling.set(f"{number}", looks.now)
    looks.now += 1.0

    def look(folder):
        looks.look(folder)
        looks.now += 0.01

    looks.polling.step(looks.now + 0.05, [], look, look)

    assert len(looks.hot) == 5


def test_what_is_out_of_reach_is_not_polled():
    looks = Looks(habits(poll_s=1.0), ["cold"])
    looks.polling.set("a", looks.now)
    looks.polling.end()

    assert looks.polling.next_due(looks.now) == float("inf")
    looks.run(200.0)
    assert (looks.hot, looks.cold) == ([], [])


def test_a_long_round_of_cold_folders_is_followed_by_a_long_rest():
    """So that a hundred thousand of them cost next to nothing."""
    looks = Looks(habits(), ["a", "b"])

    def look(folder):
        looks.cold.append((looks.now, folder))
        looks.now += 1.0

    looks.now += ROUND_S
    looks.polling.step(looks.now + 10.0, looks.folders, look, look)
    ended = looks.now

    assert looks.polling.next_due(ended) == pytest.approx(ended + 2 * REST_SHARE)


@given(
    st.lists(st.tuples(st.sampled_from("abc"), st.floats(0, 5)), max_size=20),
    st.floats(1, 1000),
)
def test_a_poll_is_never_later_than_its_time_while_the_budget_lasts(sets, rate):
    looks = Looks(habits(poll_s=2.0, stats_per_s=rate), price=0)
    for folder, pause in sets:
        looks.now += pause
        looks.polling.set(folder, looks.now)

    looks.run(3.0, 0.25)

    assert {folder for _, folder in looks.hot} == {folder for folder, _ in sets}
