"""Points for the plots: thinned without losing a peak, never a number that JSON does not have."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pdfjobs.models import LogFile, SeriesPiece
from pdfjobs.points.chunks import pack_piece
from pdfjobs.points.extremes import of_stretches, thinned, within
from pdfjobs.points.series import series_points, series_version
from pdfjobs.tests.web_rows import make_job, make_log, make_series

pytestmark = pytest.mark.django_db

numbers = st.floats(width=64) | st.sampled_from([math.nan, math.inf, -math.inf])


@given(ys=st.lists(numbers, max_size=300), most=st.integers(4, 80))
def test_thinning_keeps_order_ends_and_extremes(ys, most):
    xs = [float(i) for i in range(len(ys))]

    kept_xs, kept_ys = thinned((xs, ys), most)

    real = [y for y in ys if math.isfinite(y)]
    kept_real = [y for y in kept_ys if math.isfinite(y)]
    assert len(kept_xs) == len(kept_ys) <= max(most, 5) or len(ys) <= most
    assert kept_xs == sorted(set(kept_xs))
    assert all(kept_ys[i] is ys[int(x)] for i, x in enumerate(kept_xs))
    assert kept_xs[:1] == xs[:1] and kept_xs[-1:] == xs[-1:]
    assert (min(real, default=None), max(real, default=None)) == (
        min(kept_real, default=None),
        max(kept_real, default=None),
    )


def test_points_come_back_as_they_were_written():
    job = make_job(facts={"series": {"residual.force": {"unit": "%", "x": "iteration"}}})
    make_series(
        make_log(job), "residual.force", [1.0, 2.0, 3.0], [0.5, math.nan, math.inf], chunk=2
    )

    assert series_points(job.runs.get(), ["residual.force", "absent"]) == {
        "residual.force": {
            "unit": "%",
            "x": "iteration",
            "n": 3,
            "exact": True,
            "xs": [1.0, 2.0, 3.0],
            "ys": [0.5, None, None],
        }
    }


@pytest.mark.parametrize(("since", "xs"), [(0, [1, 2, 3]), (1, [2, 3]), (2, [3]), (3, None)])
def test_since_leaves_out_what_is_known(since, xs):
    job = make_job()
    make_series(make_log(job), "time_step", [1.0, 2.0, 3.0], [1.0, 1.0, 1.0], chunk=2)

    found = series_points(job.runs.get(), ["time_step"], since)

    assert found.get("time_step", {}).get("xs") == xs


def test_of_two_files_with_one_series_the_longer_counts():
    job = make_job()
    make_series(make_log(job, "a.log"), "time_step", [1.0], [1.0])
    make_series(make_log(job, "b.log", inode=2), "time_step", [1.0, 2.0], [5.0, 6.0])

    assert series_points(job.runs.get(), ["time_step"])["time_step"]["ys"] == [5.0, 6.0]


def test_the_address_answers_304_until_a_point_comes(client, django_user_model):
    client.force_login(django_user_model.objects.create_user("mara"))
    job = make_job()
    log = make_log(job)
    make_series(log, "time_step", [1.0], [1.0])
    address = "/jobs/1000001/series.json?names=time_step"

    first = client.get(address)
    again = client.get(address, headers={"If-None-Match": first["ETag"]})
    make_series(log, "iterations", [1.0], [1.0])
    LogFile.objects.update(offset=100)
    later = client.get(address, headers={"If-None-Match": first["ETag"]})

    assert (first.status_code, again.status_code, later.status_code) == (200, 304, 200)
    assert first.json()["series"]["time_step"]["ys"] == [1.0]


def test_a_job_without_a_run_has_no_series(client, django_user_model):
    client.force_login(django_user_model.objects.create_user("mara"))
    make_job(run=False)

    assert client.get("/jobs/1000001/series.json?names=x").json() == {"series": {}}


@pytest.mark.parametrize("since", ["-1", "x", "1e3", "9" * 30, "²"])
def test_a_since_that_is_no_count_is_refused(client, django_user_model, since):
    client.force_login(django_user_model.objects.create_user("mara"))
    make_job()

    assert (
        client.get("/jobs/1000001/series.json", {"names": "x", "since": since}).status_code == 400
    )


@pytest.mark.parametrize(
    "change", [{"offset": 10}, {"generation": 2, "offset": 0}, {"closed": True}], ids=str
)
def test_a_log_that_was_read_on_anew_or_to_its_end_is_a_new_version(change):
    log = make_log(make_job(), offset=9)
    before = series_version(log.run)

    LogFile.objects.update(**change)

    assert series_version(log.run) != before


@pytest.mark.parametrize("since", range(8))
def test_pieces_follow_the_chunks_of_their_series(since):
    job = make_job()
    log = make_log(job)
    make_series(log, "time_step", [1.0, 2.0, 3.0], [1.0, 2.0, 3.0], chunk=2)
    pieces = [{"time_step": [(4.0, 4.0)], "cutbacks": [(4.0, 0.0)]}, {"cutbacks": [(5.0, 1.0)]}]
    pieces += [{"time_step": [(5.0, 5.0), (6.0, 6.0)]}]
    for number, points in reversed(list(enumerate(pieces))):
        SeriesPiece.objects.create(file=log, number=number, data=pack_piece(points))

    found = series_points(job.runs.get(), ["time_step", "cutbacks"], since)

    whole = {"time_step": [1.0, 2.0, 3.0, 4.0, 5.0, 6.0], "cutbacks": [4.0, 5.0]}
    assert {name: series["xs"] for name, series in found.items()} == {
        name: xs[since:] for name, xs in whole.items() if xs[since:]
    }


def chain(*parts, facts=None):
    """A run with logs of one series: role, part, start, xs and ys of each."""
    job = make_job(facts=facts or {})
    for n, (role, part, began, xs, ys) in enumerate(parts):
        log = make_log(job, f"{n}.out", report={"role": role, "part": part, "started_at": began})
        make_series(log, "time_step", xs, ys, chunk=2)
    return job.runs.get()


@pytest.mark.parametrize(
    ("parts", "xs", "ys"),
    [
        # Restarts: the later part instead of the earlier one where they overlap.
        ([("engine", 1, None, [1.0, 2.0, 3.0], [1.0] * 3), ("engine", 2, None, [3.0, 4.0], [2.0] * 2)],
         [1.0, 2.0, 3.0, 4.0], [1.0, 1.0, 2.0, 2.0]),
        ([("engine", 2, None, [3.0, 4.0], [2.0] * 2), ("engine", 1, None, [1.0, 2.0, 3.0], [1.0] * 3)],
         [1.0, 2.0, 3.0, 4.0], [1.0, 1.0, 2.0, 2.0]),
        # A part that has gone back far takes back what the one before it had done.
        ([("engine", 1, None, [1.0, 2.0, 3.0], [1.0] * 3), ("engine", 2, None, [2.0], [2.0])],
         [1.0, 2.0], [1.0, 2.0]),
        # Without numbers their starts tell the order.
        ([("log", None, "2024-01-02T00:00:00", [3.0], [2.0]), ("log", None, "2024-01-01T00:00:00", [1.0], [1.0])],
         [1.0, 3.0], [1.0, 2.0]),
        # Ranks of one MPI run repeat each other.
        ([("mes", None, None, [1.0, 2.0], [1.0, 1.0]), ("mes", None, None, [1.0, 2.0, 3.0], [9.0] * 3)],
         [1.0, 2.0, 3.0], [9.0] * 3),
        # Another kind of log does not continue it.
        ([("sta", 1, None, [1.0, 2.0], [1.0, 1.0]), ("msg", 2, None, [3.0], [9.0])], [1.0, 2.0], [1.0, 1.0]),
        ([("engine", 1, None, [1.0], [1.0]), ("engine", 2, None, [math.nan], [9.0])], [1.0], [1.0]),
    ],
)  # fmt: skip
def test_the_logs_of_a_chain_are_one_curve(parts, xs, ys):
    found = series_points(chain(*parts), ["time_step"])["time_step"]

    assert (found["xs"], found["ys"]) == (xs, ys)


def test_since_counts_the_points_of_the_whole_curve():
    run = chain(
        ("engine", 1, None, [1.0, 2.0, 3.0], [1.0] * 3), ("engine", 2, None, [3.0, 4.0], [2.0] * 2)
    )

    assert series_points(run, ["time_step"], 3)["time_step"]["xs"] == [4.0]
    assert series_points(run, ["time_step"], 4) == {}


def test_the_log_that_the_facts_believe_is_shown():
    parts = [("screen", None, None, [1.0, 2.0], [1.0] * 2), ("sta", None, None, [1.0], [9.0])]
    facts = {"series": {"time_step": {"path": "1.out"}}}

    assert series_points(chain(*parts, facts=facts), ["time_step"])["time_step"]["ys"] == [9.0]


@given(
    ys=st.lists(numbers, min_size=30, max_size=200),
    low=st.integers(0, 90),
    width=st.integers(1, 60),
)
def test_each_pixel_of_a_window_shows_its_lowest_highest_and_gap(ys, low, width):
    xs = [float(k) for k in range(len(ys))]
    most, high = 20, low + width
    shown = within((xs, ys), low, high)

    kept_xs, kept_ys = thinned(shown, most, low, high)

    inside = [(x, y) for x, y in zip(*shown, strict=True) if low <= x <= high]
    kept = [(x, y) for x, y in zip(kept_xs, kept_ys, strict=True) if low <= x <= high]
    for some in (min, max):
        assert some((y for _, y in inside if math.isfinite(y)), default=None) == some(
            (y for _, y in kept if math.isfinite(y)), default=None
        )
    assert any(not math.isfinite(y) for _, y in inside) == any(
        not math.isfinite(y) for _, y in kept
    )
    assert kept_xs[:1] == shown[0][:1] and kept_xs[-1:] == shown[0][-1:]


@given(ys=st.lists(numbers, max_size=100), size=st.integers(1, 20))
def test_stretches_keep_their_extremes_and_gaps(ys, size):
    xs = [float(k) for k in range(len(ys))]

    kept = dict(zip(*of_stretches((xs, ys), size), strict=True))

    assert all(repr(kept[x]) == repr(ys[int(x)]) for x in kept)
    for at in range(0, len(ys), size):
        its = [kept[x] for x in xs[at : at + size] if x in kept]
        real = [y for y in ys[at : at + size] if math.isfinite(y)]
        assert {min(real, default=None), max(real, default=None)} <= {*its, None}
        assert any(not math.isfinite(y) for y in its) == (len(real) < len(ys[at : at + size]))


@pytest.mark.parametrize(
    "asked",
    [
        {"from": "x"}, {"to": "nan"}, {"from": "inf"}, {"from": "2", "to": "1"}, {"points": "-1"},
        {"points": "1e3"}, {"points": "9" * 30}, {"from": "²"}, {"to": "1e999"}, {"to": "\0"},
    ],
    ids=str,
)  # fmt: skip
def test_a_window_that_is_none_is_refused_with_words(client, django_user_model, asked):
    client.force_login(django_user_model.objects.create_user("mara"))
    make_job()

    answer = client.get("/jobs/1000001/series.json", {"names": "x", **asked})

    assert (answer.status_code, list(answer.json())) == (400, ["error"])


def test_a_window_and_a_number_of_points_narrow_the_answer(client, django_user_model):
    client.force_login(django_user_model.objects.create_user("mara"))
    xs = [float(k) for k in range(3000)]
    make_series(make_log(make_job()), "time_step", xs, [-x for x in xs])
    address = "/jobs/1000001/series.json?names=time_step,time_step,absent"

    near = client.get(address + "&from=10.5&to=12.5").json()["series"]
    few = client.get(address + "&points=20").json()["series"]["time_step"]

    assert list(near) == ["time_step"]
    assert near["time_step"]["xs"] == [10.0, 11.0, 12.0, 13.0]
    assert (near["time_step"]["exact"], near["time_step"]["n"]) == (True, 3000)
    assert (few["exact"], len(few["xs"]), few["xs"][0], few["xs"][-1]) == (False, 20, 0.0, 2999.0)


def test_a_job_that_is_not_seen_has_no_points(client, django_user_model, settings):
    web = settings.PDFJOBS.web.model_copy(update={"open_to_all": False})
    settings.PDFJOBS = settings.PDFJOBS.model_copy(update={"web": web})
    client.force_login(django_user_model.objects.create_user("mara"))
    make_series(make_log(make_job(owner="jens")), "time_step", [1.0], [1.0])

    assert client.get("/jobs/1000001/series.json?names=time_step").status_code == 404
