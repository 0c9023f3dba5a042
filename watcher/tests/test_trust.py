"""A change that was found and of which no event tells in time counts; one whose event is only late does not."""

import pytest

from watcher.trust import PAUSE_S, SUSPECT_S, Suspects


def judged(suspects, begin, seconds):
    now = begin
    while now < begin + seconds:
        now += PAUSE_S / 2
        suspects.judge(now)
    return suspects.missed


@pytest.fixture
def suspects():
    suspects = Suspects()
    suspects.judge(10.0)
    suspects.add("a", 10.0)
    return suspects


def test_an_event_that_does_not_come_is_missed_once(suspects):
    assert judged(suspects, 10.0, SUSPECT_S) == 0
    assert (judged(suspects, 15.0, 1.0), bool(suspects)) == (1, False)
    assert judged(suspects, 16.0, 100.0) == 1


def test_an_event_that_comes_late_is_none_that_was_missed(suspects):
    judged(suspects, 10.0, SUSPECT_S)

    suspects.heard("a")
    suspects.heard("b")

    assert judged(suspects, 15.0, 100.0) == 0


def test_found_again_it_is_no_younger(suspects):
    for second in range(5):
        suspects.add("a", 10.0 + second)
        judged(suspects, 10.0 + second, 1.0)

    assert judged(suspects, 15.0, 1.0) == 1


def test_while_the_watcher_was_stopped_no_event_could_come(suspects):
    """SIGSTOP, a machine that slept: what wakes first must not judge before the events are read."""
    suspects.judge(11.0)
    suspects.judge(1000.0)
    assert suspects.missed == 0

    suspects.heard("a")

    assert judged(suspects, 1000.0, 100.0) == 0


def test_where_everything_is_looked_at_anyway_nothing_is_missed(suspects):
    suspects.clear()

    assert judged(suspects, 10.0, 100.0) == 0
