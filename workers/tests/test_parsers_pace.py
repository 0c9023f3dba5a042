from hypothesis import given
from hypothesis import strategies as st

from workers.parsers.pace import Pace

# Few different ones, so that they repeat, go back and are not finite now and then.
numbers = st.one_of(
    st.integers(0, 400).map(float), st.sampled_from([float("nan"), float("inf"), -float("inf")])
)
pairs = st.lists(st.tuples(numbers, numbers), max_size=300)


@given(pairs, st.booleans(), st.integers(0, 300))
def test_many_pairs_at_once_are_taken_as_one_by_one(values, rising, cut):
    values = sorted(values) if rising else values
    walls = sorted(wall for _, wall in values) if rising else [wall for _, wall in values]
    times = [time for time, _ in values]
    one_by_one, at_once = Pace(), Pace()
    for time, wall in zip(times, walls, strict=True):
        one_by_one.add(time, wall)
    at_once.extend(times[:cut], walls[:cut])
    at_once.extend(times[cut:], walls[cut:])
    assert at_once.pairs() == one_by_one.pairs()


def test_of_a_thousand_pairs_the_first_and_the_last_ones_are_kept():
    pace = Pace()
    pace.extend([float(at) for at in range(1000)], [2.0 * at for at in range(1000)])
    kept = pace.pairs()
    assert len(kept) <= 64
    assert kept[0] == (0.0, 0.0)
    assert kept[-32:] == [(float(at), 2.0 * at) for at in range(968, 1000)]
