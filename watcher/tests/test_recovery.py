"""Lost events are made up for by one round of looks at a time, which backs off while it goes on."""

import pytest

from watcher.recovery import FIRST_BACK_OFF_S, MOST_BACK_OFF_S, RAPID_S, Recovery


def drain(recovery, now):
    folders = []
    while (folder := recovery.next_folder(now)) is not None:
        folders.append(folder)
    return folders


def test_every_folder_is_looked_at_once():
    recovery = Recovery()
    assert (bool(recovery), recovery.next_due(), drain(recovery, 1.0)) == (False, float("inf"), [])

    recovery.lost()
    assert (bool(recovery), recovery.is_due(1.0)) == (True, True)
    recovery.begin(["", "a", "b"], 1.0)

    assert (bool(recovery), recovery.next_due()) == (True, float("-inf"))
    assert drain(recovery, 1.0) == ["", "a", "b"]
    assert (bool(recovery), recovery.next_due()) == (False, float("inf"))
    assert (recovery.overflows, recovery.rounds) == (1, 1)


def test_what_is_lost_during_a_round_is_made_up_for_after_it():
    """Each loss used to begin a round of its own: they piled up faster than they ended."""
    recovery = Recovery()
    recovery.lost()
    recovery.begin(["a", "b"], 1.0)
    recovery.next_folder(1.0)
    for _ in range(100):
        recovery.lost()
        assert not recovery.is_due(1.0)
    assert recovery.next_folder(2.0) == "b"

    assert recovery.is_due(2.0)
    recovery.begin(["a", "b"], 2.0)
    assert (recovery.overflows, recovery.rounds) == (101, 2)


def waits(pause_s, rounds):
    """How long each round had to wait when events are lost all the time."""
    recovery, now, found = Recovery(), 1000.0, []
    for _ in range(rounds):
        recovery.lost()
        found.append(max(0.0, recovery.next_due() - now))
        now = max(now + pause_s, recovery.next_due())
        assert recovery.is_due(now)
        recovery.begin(["a"], now)
        drain(recovery, now)
    return found


def test_rounds_come_later_and_later_while_events_are_lost_all_the_time():
    found = waits(0.0, 15)

    doubled = [FIRST_BACK_OFF_S * 2**number for number in range(10)]
    assert found == pytest.approx([0.0, 0.0, *doubled, *[MOST_BACK_OFF_S] * 3])


def test_a_loss_now_and_then_is_made_up_for_at_once():
    assert waits(2 * RAPID_S, 10) == [0.0] * 10


def test_where_everything_is_looked_at_anyway_nothing_is_left_to_do():
    recovery = Recovery()
    recovery.lost()
    recovery.begin(["a", "b"], 1.0)
    recovery.lost()

    recovery.clear()

    assert (bool(recovery), recovery.is_due(100.0), drain(recovery, 100.0)) == (False, False, [])
