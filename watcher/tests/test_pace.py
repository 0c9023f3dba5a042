"""When a changed log is handed over: soon after a calm, and within a budget where many grow steadily."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watcher.pace import TOGETHER_S, WINDOW_S, Pace, Pacer

PACE = Pace(quiet_s=0.2, ceiling_s=1.0, readings_per_s=50.0, steady_s=5.0)


@pytest.mark.parametrize(
    ("first", "last", "due"),
    [(10.0, 10.0, 10.2), (10.0, 10.5, 10.7), (10.0, 10.9, 11.0), (10.0, 300.0, 11.0)],
)
def test_a_log_is_due_when_quiet_and_at_the_ceiling_at_last(first, last, due):
    assert Pacer(PACE).due("a", first, last) == pytest.approx(due)


def with_steady(count, at=10.0):
    pacer = Pacer(PACE)
    for number in range(count):
        pacer.handed(f"{number}", at)
    return pacer


@pytest.mark.parametrize(("steady", "waits"), [(1, 0.2), (40, 0.8), (100, 2.0), (240, 4.4)])
def test_the_more_logs_grow_the_longer_each_waits_for_its_next_reading(steady, waits):
    assert with_steady(steady).due("0", 10.0, 10.0) == pytest.approx(10.0 + waits)


def test_the_first_change_after_a_calm_never_waits_for_others():
    pacer = with_steady(1000)

    assert pacer.due("new", 11.0, 11.0) == pytest.approx(11.2)
    assert pacer.due("0", 10.0 + WINDOW_S, 10.0 + WINDOW_S) == pytest.approx(10.2 + WINDOW_S)


def test_what_was_handed_over_long_ago_is_forgotten():
    pacer = with_steady(1000)
    assert (pacer.is_steady("0"), pacer.interval(10.0)) == (True, 5.0)

    assert (pacer.interval(10.0 + WINDOW_S), pacer.is_steady("0")) == (0.0, False)


def readings(pacer, logs, period_s, seconds):
    """(log, time) of each, where every log grows each `period_s`, a little after one another."""
    tick, found = 0.05, []
    first, last, due = {}, {}, {}
    grows_at = {log: 100.0 + period_s * number / logs for number, log in enumerate(range(logs))}
    for step in range(int(seconds / tick)):
        now = 100.0 + step * tick
        for log, at in grows_at.items():
            if at <= now:
                grows_at[log] = at + period_s
                last[log] = now
                first.setdefault(log, now)
                due[log] = pacer.due(f"{log}", first[log], now)
        for log in [log for log, at in due.items() if at <= now]:
            pacer.handed(f"{log}", now)
            found.append((log, now, now - first[log]))
            del due[log], first[log]
    return found


@pytest.mark.parametrize(
    ("logs", "period_s"), [(5, 0.1), (100, 0.5), (200, 1.0), (600, 2.0), (1000, 0.5)]
)
def test_logs_that_grow_all_the_time_are_read_within_the_budget_and_never_too_late(logs, period_s):
    found = readings(Pacer(PACE), logs, period_s, 40.0)

    later = [now for _, now, _ in found if now >= 120.0]
    budget = max(PACE.readings_per_s, logs / PACE.steady_s)
    assert len(later) <= 20.0 * budget * 1.05
    assert max(wait for _, _, wait in found) <= PACE.steady_s + PACE.quiet_s + max(
        TOGETHER_S, PACE.steady_s / 4
    )
    assert {log for log, now, _ in found if now >= 120.0} == set(range(logs))


@given(
    st.lists(
        st.tuples(st.sampled_from("abc"), st.floats(0, 8), st.floats(0, 3), st.booleans()),
        max_size=40,
    ),
    st.floats(0, 2),
    st.floats(0, 3),
    st.floats(0.1, 100),
    st.floats(0, 10),
)
def test_no_news_wait_longer_than_the_ceiling_or_the_steady_interval(
    steps, quiet_s, ceiling_s, readings_per_s, steady_s
):
    pacer = Pacer(Pace(quiet_s, ceiling_s, readings_per_s, steady_s))
    now = 1000.0
    for path, pause, lasts, is_handed in steps:
        now += pause
        first, now = now, now + lasts
        due = pacer.due(path, first, now)
        assert due <= first + max(ceiling_s, steady_s) + TOGETHER_S + 1e-6
        assert due >= min(now + quiet_s, first + ceiling_s)
        if is_handed:
            now = max(now, due)
            pacer.handed(path, now)
