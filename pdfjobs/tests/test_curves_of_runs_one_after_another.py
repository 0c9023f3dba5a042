import math
from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st

from pdfjobs.points.curves import Curve, Place, of_run

times = st.floats(0, 100, allow_nan=False)
runs = st.lists(st.lists(times, unique=True, max_size=8).map(sorted), max_size=6)
numbers = st.floats(width=64) | st.sampled_from([math.nan, math.inf, -math.inf])


@dataclass
class Held:
    """A log's points in memory."""

    xs: list
    ys: list

    @property
    def count(self):
        return len(self.xs)

    @property
    def first(self):
        return next((x for x in self.xs if not math.isnan(x)), None)

    @property
    def low(self):
        return min((x for x in self.xs if not math.isnan(x)), default=math.inf)

    @property
    def high(self):
        return max((x for x in self.xs if math.isfinite(x)), default=-math.inf)

    def read(self, low, high, *, every=False):
        return (list(self.xs), list(self.ys)), True


def after_one_another(runs, *, counts=False):
    curve = Curve()
    for k, xs in enumerate(runs):
        curve.go_on(Curve.of(Held(xs, [float(k)] * len(xs))), (k, ""), counts=counts)
    return curve


def points(curve):
    return curve.read()[0]


@given(runs)
def test_a_curve_of_runs_never_goes_back_and_ends_with_the_last_one(runs):
    curve = after_one_another(runs)
    xs, ys = points(curve)

    assert xs == sorted(xs) and len(xs) == len(ys)
    last = next((k for k in reversed(range(len(runs))) if runs[k]), None)
    if last is not None:
        assert xs[len(xs) - len(runs[last]) :] == runs[last]
        assert ys[len(ys) - len(runs[last]) :] == [float(last)] * len(runs[last])


@given(runs)
def test_each_point_is_of_the_last_run_that_had_begun_by_then(runs):
    xs, ys = points(after_one_another(runs))

    for x, y in zip(xs, ys, strict=True):
        begun = [k for k, run in enumerate(runs) if run and run[0] <= x]
        assert y == begun[-1]


@given(runs)
def test_borders_stand_where_one_runs_points_end(runs):
    curve = after_one_another(runs)
    xs, ys = points(curve)

    changes = {xs[k]: int(ys[k]) for k in range(1, len(ys)) if ys[k] != ys[k - 1]}
    assert {x: run for (run, _), x in curve.borders.items()} == changes


@given(st.lists(st.integers(0, 8), max_size=6))
def test_iterations_count_on(lengths):
    curve = after_one_another([[float(k + 1) for k in range(n)] for n in lengths], counts=True)

    assert points(curve)[0] == [float(k + 1) for k in range(sum(lengths))]


@given(st.lists(st.lists(numbers, max_size=6), max_size=5), st.booleans())
def test_numbers_of_any_kind_join(runs, counts):
    curve = after_one_another(runs, counts=counts)

    xs, ys = points(curve)
    assert len(xs) == len(ys) <= sum(map(len, runs))


@given(st.permutations(range(3)))
def test_the_order_of_logs_in_the_diary_does_not_matter(order):
    made = [
        (Place(1, "solver", 1, "", "a"), [1.0, 2.0, 3.0]),
        (Place(1, "solver", 2, "", "b"), [3.0, 4.0]),
        (Place(1, "solver", 0, "", "old", replaced=True), [1.0, 2.0, 3.0, 4.0, 5.0]),
    ]
    places = {k: made[i][0] for k, i in enumerate(order)}
    found = {k: Held(made[i][1], [float(i)] * len(made[i][1])) for k, i in enumerate(order)}

    curve = of_run(found, places, None, counts=False)

    assert points(curve) == ([1.0, 2.0, 3.0, 4.0], [0.0, 0.0, 1.0, 1.0])
    assert curve.borders == {(1, "b"): 3.0}


@given(*[st.lists(st.tuples(numbers, numbers), max_size=30)] * 2)
def test_a_joined_curve_has_all_of_the_later_one(earlier, later):
    before, after = ([list(each) for each in zip(*some, strict=True)] or [[], []] for some in (earlier, later))  # fmt: skip
    curve = Curve.of(Held(*before))

    curve.go_on(Curve.of(Held(*after)), (2, ""), counts=False)

    xs, ys = points(curve)
    begin = next((x for x in after[0] if not math.isnan(x)), None)
    assert len(xs) == len(ys)
    if begin is None:
        assert repr(xs) == repr(before[0] or after[0])
    else:
        kept = [x for x in before[0] if x < begin]
        assert repr(xs) == repr(kept + after[0])
