"""When a run will end: the diary's estimate from its pace, on made and on real runs."""

import re
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workers.eta import ends, usual_gap_s
from workers.parsers.pace import Pace

AT = 2_000_000_000.0
SHARED = Path(__file__).parents[3] / "shared" / "samples" / "ls-dyna" / "live_growing_run"
STEADY = [(float(n), 10.0 * n) for n in range(40)]


def test_a_steady_run_ends_when_its_rate_says():
    assert ends(STEADY, 139.0, AT) == pytest.approx(
        (AT + 1000.0, AT + 937.18, AT + 1062.82), abs=0.01, rel=0
    )


def test_stops_of_the_machine_do_not_count():
    stopped = [(time, wall + (3000.0 if time >= 35 else 0.0)) for time, wall in STEADY]

    assert ends(stopped, 139.0, AT).best == pytest.approx(AT + 1000.0, rel=1e-9)


def test_a_collapsed_time_step_counts_at_once():
    slow = [(39.0 + 0.01 * n, 390.0 + 10.0 * n) for n in range(1, 33)]
    pace = Pace()
    for time, wall in [*STEADY, *slow]:
        pace.add(time, wall)

    left = 139.0 - slow[-1][0]
    found = ends(pace.pairs(), 139.0, AT)
    assert found.best - AT == pytest.approx(1000.0 * left)
    assert found.early < found.best < found.late


@pytest.mark.parametrize(
    ("pairs", "end_time"),
    [
        ([], 1.0),
        (STEADY[:2], 1.0),
        (STEADY, None),
        (STEADY, "nan"),
        (STEADY, float("inf")),
        (STEADY, 39.0),
        (STEADY, 1.0),
        ([(1.0, 5.0), (2.0, 5.0), (3.0, 5.0)], 9.0),
        ([(1.0, 5.0), (1.0, 6.0), (1.0, 7.0)], 9.0),
    ],
)
def test_nothing_is_said_where_nothing_can_be_told(pairs, end_time):
    assert ends(pairs, end_time, AT) is None


@given(
    st.lists(st.tuples(st.floats(0, 1e6), st.floats(0, 1e9)), max_size=64),
    st.none() | st.floats(-1e9, 1e9),
)
def test_the_likely_end_lies_in_its_band(added, end_time):
    pace = Pace()
    for time, wall in added:
        pace.add(time, wall)

    found = ends(pace.pairs(), end_time, AT)

    assert found is None or AT <= found.early <= found.best <= found.late


def test_the_usual_gap_is_the_median():
    assert usual_gap_s([(1.0, 0.0), (2.0, 5.0), (3.0, 10.0), (4.0, 900.0)]) == 5.0
    assert usual_gap_s([(1.0, 0.0), (2.0, 5.0)]) is None


#       5000 t 1.8154E-03 dt 3.65E-07 flush i/o buffers            08/19/24 10:49:40
ROW = re.compile(r"\d+ t (\S+) dt \S+ .*?(\d\d/\d\d/\d\d \d\d:\d\d:\d\d)")


def growing(number):
    pace, last = Pace(), 0.0
    text = (SHARED / f"snap-{number:02}" / "lsrun.out.txt").read_text(errors="replace")
    for line in text.splitlines():
        if row := ROW.search(line):
            moment = datetime.strptime(row[2], "%m/%d/%y %H:%M:%S").replace(tzinfo=UTC)
            last = moment.timestamp()
            pace.add(float(row[1]), last)
    return pace.pairs(), last


@pytest.mark.skipif(not SHARED.exists(), reason="../shared/samples is absent")
def test_a_real_run_is_told_far_better_than_its_solver_did():
    """LS-DYNA said 1338249 s to go, once; the truth was 47971 s."""
    _, end = growing(13)
    off, held = [], 0
    for number in range(2, 13):
        pairs, last = growing(number)
        found = ends(pairs, 20.0, last)
        off.append((found.best - last) / (end - last))
        held += found.early <= end <= found.late

    assert len(off) == 11
    assert all(0.75 < each < 1.35 for each in off)  # the solver's: 28
    assert all(0.85 < each < 1.15 for each in off[1:])
    assert held >= 10


def test_pace_keeps_what_the_estimate_needs():
    pace = Pace()
    for n in range(1000):
        pace.add(float(n), float(n * n))

    pairs = pace.pairs()

    assert pairs[0] == (0.0, 0.0) and pairs[-1] == (999.0, 998001.0)
    assert all(before[0] < after[0] for before, after in pairwise(pairs))
