import json
import math

import pytest

from workers.parsers.report import News
from workers.parsers.series import SERIES_KEPT, SeriesKind, Tally, series_kind

NAN, INF = math.nan, math.inf


def summary_of(values):
    tally = Tally()
    for x, y in enumerate(values):
        tally.add(News(), "time_step", x, y)
        tally = Tally(json.loads(json.dumps(tally.state, allow_nan=False)))
    kept = tally.summaries()["time_step"]
    return kept.n, kept.first, kept.last, kept.min, kept.max


@pytest.mark.parametrize(
    ("values", "summary"),
    [
        ([2.0], (1, 2.0, 2.0, 2.0, 2.0)),
        ([2.0, 3.0, 1.0], (3, 2.0, 1.0, 1.0, 3.0)),
        ([NAN, 3.0, 1.0], (3, NAN, 1.0, 1.0, 3.0)),
        ([3.0, NAN], (2, 3.0, NAN, 3.0, 3.0)),
        ([NAN, NAN], (2, NAN, NAN, NAN, NAN)),
        ([1.0, INF, -INF], (3, 1.0, -INF, -INF, INF)),
    ],
)
def test_a_nan_is_neither_smallest_nor_largest_while_there_is_a_number(values, summary):
    assert summary_of(values) == pytest.approx(summary, nan_ok=True)


def test_points_are_news_in_their_order():
    tally, news = Tally(), News()

    tally.add(news, "cutbacks", 1, 0)
    tally.add(news, "residual.force", 1, 5)
    tally.add(news, "cutbacks", 2, 1)

    assert news.points == {"cutbacks": [(1.0, 0.0), (2.0, 1.0)], "residual.force": [(1.0, 5.0)]}


def test_a_log_has_no_more_series_than_fit():
    tally, news = Tally(), News()

    for number in range(2 * SERIES_KEPT):
        tally.add(news, f"residual.f{number}", 0, 0)

    assert len(tally.summaries()) == len(news.points) == SERIES_KEPT


def test_a_log_may_have_its_own_unit_and_axis():
    tally = Tally(units={"residual.p": "%"}, axes={"residual.p": "time"})
    tally.add(News(), "residual.p", 0, 0)

    kept = tally.summaries()["residual.p"]

    assert (kept.unit, kept.x) == ("%", "time")


@pytest.mark.parametrize("name", ["speed", "residual", "speed.x", ""])
def test_a_name_outside_the_table_is_a_fault(name):
    with pytest.raises(KeyError):
        Tally().add(News(), name, 0, 0)


def test_a_family_has_one_line_in_the_table():
    assert series_kind("residual.anything") == SeriesKind(None, "iteration", "Residual of a field")
