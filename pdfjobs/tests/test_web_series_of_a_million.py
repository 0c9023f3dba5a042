"""Long series: an overview keeps every peak, a zoom shows the samples themselves, whatever was read for it."""

import bisect
import math
import random

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from pdfjobs.models import LogFile, SeriesChunk, SeriesLevel, SeriesPiece
from pdfjobs.points import chunks
from pdfjobs.points.levels import CHUNK, SPANS
from pdfjobs.points.series import series_points
from pdfjobs.services import levels
from pdfjobs.services.points import Growth, keep_points
from pdfjobs.tests.web_rows import make_job, make_log

pytestmark = pytest.mark.django_db
MILLION = SPANS[2] + SPANS[1] + 70_000
MOST = 2000


def made(count, seed=4):
    """Uneven steps, noise, a few peaks, a gap."""
    chance = random.Random(seed)
    xs, ys, x = [], [], 0.0
    for k in range(count):
        x += 0.5 + chance.random() * (3 if k % 50_000 < 9000 else 1)
        xs.append(x)
        ys.append(math.sin(k / 9000) + chance.random() / 8)
    for k in range(777, count, 99_991):
        ys[k] = 50.0 + k / count
        ys[k - 300] = -40.0 - k / count
    ys[count // 3] = math.nan
    return xs, ys


def keep(xs, ys, *, step=300_000, name="energy.total", number=1000001):
    """A job whose log has these points, laid down as a reading does."""
    facts = {"series": {name: {"x": "time", "n": len(xs), "unit": None}}}
    log = make_log(make_job(number, facts=facts))
    points = list(zip(xs, ys, strict=True))
    for at in range(0, len(points), step):
        growth = Growth.of(log, {name: points[at : at + step]}, fresh=False, over=False)
        keep_points([growth], [])
    return log.run


@pytest.fixture(scope="module")
def million():
    return made(MILLION)


@pytest.fixture
def run(million):
    return keep(*million)


def asked(run, low=-math.inf, high=math.inf, most=MOST, name="energy.total"):
    found = series_points(run, [name], window=(low, high), most=most)[name]
    return found, list(zip(found["xs"], found["ys"], strict=True))


def cut(million, low, high):
    xs, ys = million
    begin, end = bisect.bisect_left(xs, low), bisect.bisect_right(xs, high)
    return list(zip(xs[begin:end], ys[begin:end], strict=True))


@pytest.mark.timeout(60)
def test_a_million_points_are_seen_whole_and_to_the_sample(run, million):
    """One test: to lay down a million points takes a second or two."""
    xs, ys = million
    real = [y for y in ys if not math.isnan(y)]
    assert SeriesLevel.objects.filter(level=2).count() == 1
    assert SeriesLevel.objects.filter(level=1).count() == MILLION // SPANS[1]

    found, points = asked(run)
    assert len(points) <= MOST and (found["n"], found["exact"]) == (MILLION, False)
    assert {x: y for x, y in points if y is not None}.items() <= dict(
        zip(xs, ys, strict=True)
    ).items()
    assert min(y for _, y in points if y is not None) == min(real)
    assert max(y for _, y in points if y is not None) == max(real)
    assert [x for x, y in points if y is None] == [xs[MILLION // 3]]
    peaks = list(range(777, MILLION, 99_991))
    assert {ys[k] for k in peaks} | {ys[k - 300] for k in peaks} <= {y for _, y in points}

    chance = random.Random(1)
    for width in (3, 900, 2_000, 40_000, 150_000, 500_000, 900_000):
        for _ in range(3):
            first = chance.randrange(MILLION - width)
            low, high = xs[first] - 0.01, xs[first + width] + 0.01
            found, points = asked(run, low, high)
            truth = cut(million, low, high)
            inside = [(x, y) for x, y in points if low <= x <= high]
            if width < MOST - 2:
                assert found["exact"]
                assert repr(inside) == repr([(x, None if math.isnan(y) else y) for x, y in truth])
                assert points[0][0] == xs[max(0, first - 1)]
                assert points[-1][0] == xs[min(MILLION - 1, first + width + 1)]
            assert len(points) <= MOST
            seen = [y for _, y in inside if y is not None]
            real = [y for _, y in truth if not math.isnan(y)]
            assert (min(seen), max(seen)) == (min(real), max(real)), width

    # Between two samples there is a line.
    low, high = xs[5000] + 0.1, xs[5001] - 0.1
    assert [x for x, _ in asked(run, low, high)[1]] == [xs[5000], xs[5001]]
    # Between two chunks, and between two rows of level 1, too.
    for k in (CHUNK, SPANS[1], SPANS[2]):
        low, high = xs[k - 1] + 0.1, xs[k] - 0.1
        assert [x for x, _ in asked(run, low, high)[1]] == [xs[k - 1], xs[k]]

    # An overview unpacks few rows; a zoom asks four times.
    with CaptureQueriesContext(connection) as seen:
        asked(run)
    assert len(seen) <= 8

    # `since` reads the end alone.
    tail = series_points(run, ["energy.total"], MILLION - 3)["energy.total"]
    assert (tail["xs"], tail["n"]) == (xs[-3:], MILLION)

    _without_levels_or_with_holes(run, million)


def _without_levels_or_with_holes(run, million):
    whole = asked(run, *(million[0][k] for k in (100_000, 101_000)))
    kept = list(SeriesLevel.objects.order_by("pk").values_list("level", "start", "x_min", "x_max"))
    SeriesLevel.objects.filter(start=5 * SPANS[1]).delete()
    assert asked(run, *(million[0][k] for k in (100_000, 101_000))) == whole
    SeriesLevel.objects.all().delete()
    assert asked(run, *(million[0][k] for k in (100_000, 101_000))) == whole

    made_again = list(levels.fill())

    assert made_again[-1] == len(kept)
    rows = SeriesLevel.objects.order_by("level", "start")
    assert sorted(rows.values_list("level", "start", "x_min", "x_max")) == sorted(kept)
    assert list(levels.fill()) == []


def test_points_that_come_one_by_one_complete_a_level(monkeypatch):
    xs, ys = made(SPANS[1] + 5)
    run = keep(xs, ys, step=20_011)

    assert SeriesLevel.objects.count() == 1
    assert asked(run, xs[9], xs[12])[0]["xs"] == xs[8:14]


def test_exactly_as_many_points_as_a_level_has_are_found():
    xs, ys = made(SPANS[1])
    run = keep(xs, ys)

    assert asked(run)[0]["n"] == SPANS[1]
    assert asked(run, xs[-2], math.inf)[0]["xs"] == xs[-3:]


def test_a_log_that_is_begun_anew_takes_its_levels_along():
    xs, ys = made(SPANS[1] + 5)
    log = keep(xs, ys).files.get()

    growth = Growth.of(log, {"energy.total": [(1.0, 1.0)]}, fresh=True, over=True)
    keep_points([growth], [log.pk])

    assert not SeriesLevel.objects.exists()
    assert asked(log.run)[0]["xs"] == [1.0]


def test_newer_pieces_stand_behind_the_levels():
    xs, ys = made(SPANS[1] + 5)
    run = keep(xs[:-5], ys[:-5])
    more = {"energy.total": list(zip(xs[-5:], ys[-5:], strict=True))}
    SeriesPiece.objects.create(file=run.files.get(), number=0, data=chunks.pack_piece(more))

    assert asked(run, xs[-7], math.inf)[0]["xs"] == xs[-8:]
    assert series_points(run, ["energy.total"], len(xs) - 7)["energy.total"]["xs"] == xs[-7:]


def test_time_that_goes_back_and_no_numbers_as_x_lose_no_peak():
    xs, ys = made(2 * SPANS[1])
    for k in range(1000, len(xs), 5000):
        xs[k] = xs[k] - 900.0
    xs[2000:2010] = [math.nan] * 10
    run = keep(xs, ys)
    real = [y for x, y in zip(xs, ys, strict=True) if math.isfinite(x) and math.isfinite(y)]

    _, points = asked(run)

    assert len(points) <= MOST
    seen = [y for _, y in points if y is not None]
    assert (min(seen), max(seen)) == (min(real), max(real))


def test_long_parts_of_a_chain_are_joined_without_reading_all_of_them():
    xs, _ys = made(3 * SPANS[1])
    name = "energy.total"
    facts = {"series": {name: {"x": "time", "n": len(xs), "unit": None}}}
    job = make_job(facts=facts)
    for part, (begin, end) in enumerate([(0, 150_000), (140_000, len(xs))], 1):
        report = {"role": "engine", "part": part, "started_at": None}
        log = make_log(job, f"{part}.out", inode=part, report=report)
        its = list(zip(xs[begin:end], [float(part)] * (end - begin), strict=True))
        keep_points([Growth.of(log, {name: its}, fresh=True, over=True)], [])
    run = job.runs.get()

    found, _ = asked(run)
    near, _ = asked(run, xs[139_996] - 0.1, xs[140_003] + 0.1)

    assert [border["x"] for border in found["borders"]] == [xs[140_000]]
    assert near["xs"] == xs[139_995:140_005]
    assert near["ys"] == [1.0] * 5 + [2.0] * 5
    assert LogFile.objects.count() == 2
    assert SeriesChunk.objects.count() > 100
