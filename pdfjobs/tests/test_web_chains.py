"""Runs that were stopped and continued: one curve, whose borders are told, whatever was seen first."""

import itertools
import math

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from pdfjobs.models import LogFile, Run, SeriesChunk, SeriesPiece
from pdfjobs.points.chains import Continuation, Link, chain, continuations
from pdfjobs.points.chunks import pack_piece
from pdfjobs.points.series import series_points, series_version
from pdfjobs.tests.web_rows import make_job, make_log, make_series

pytestmark = pytest.mark.django_db


def facts(n=3, **more):
    return {"series": {"time_step": {"unit": "s", "x": "time", "n": n}}, **more}


def make_run(job, ordinal, xs, y, name="time_step", folder="", **run_facts):
    """A further run of a job, with one log."""
    values = {"root": "runs", "folder": folder or f"run{ordinal}", "stem": ""}
    run = Run.objects.create(
        job=job, ordinal=ordinal, facts=facts(len(xs), **run_facts) if xs else run_facts, **values
    )
    if xs:
        log = LogFile.objects.create(
            run=run, path="run.log", parser="x", parser_version=1, device=1, inode=1, head_len=0, head_sha=""
        )  # fmt: skip
        make_series(log, name, xs, [y] * len(xs))
    return run


def last_run(job):
    return max(job.runs.all(), key=lambda run: run.ordinal)


def curve(run, name="time_step"):
    found = series_points(run, [name]).get(name, {})
    return found.get("xs"), found.get("ys"), found.get("borders")


def border(x, run, job=1000001, log=None):
    return {"x": x, "job": job, "run": run, "log": log}


@pytest.mark.parametrize(
    ("later", "said", "xs", "ys", "borders"),
    [
        # Goes on where the first one ended, or from a restart file before its end.
        ([5.0, 6.0], {}, [1.0, 2.0, 3.0, 4.0, 5.0, 6.0], [1.0] * 4 + [2.0] * 2, [border(5.0, 2)]),
        ([3.0, 4.0, 5.0], {}, [1.0, 2.0, 3.0, 4.0, 5.0], [1.0] * 2 + [2.0] * 3, [border(3.0, 2)]),
        # Afresh, also with larger steps, and before it has done as much as the first one.
        ([1.0, 2.0], {}, [1.0, 2.0], [2.0] * 2, None),
        ([1.5, 3.0], {}, [1.5, 3.0], [2.0] * 2, None),
        ([0.1], {}, [0.1], [2.0], None),
        # Nothing of it is known yet.
        ([], {}, None, None, None),
        ([3.0], {}, [3.0], [2.0], None),
        # Its log says that it goes on.
        ([3.0], {"continues": "d3dump01"}, [1.0, 2.0, 3.0], [1.0] * 2 + [2.0], [border(3.0, 2)]),
        ([], {"continues": "d3dump01"}, [1.0, 2.0, 3.0, 4.0], [1.0] * 4, None),
        ([1.0, 2.0], {"continues": "d3full01"}, [1.0, 2.0], [2.0] * 2, None),
    ],
)  # fmt: skip
def test_a_run_goes_on_from_the_one_before_or_replaces_it(later, said, xs, ys, borders):
    job = make_job(run=False)
    make_run(job, 1, [1.0, 2.0, 3.0, 4.0], 1.0)
    make_run(job, 2, later, 2.0, **said)

    assert curve(last_run(job)) == (xs, ys, borders)


def test_three_runs_are_one_curve_and_a_fresh_one_ends_it():
    job = make_job(run=False)
    for ordinal, xs in enumerate([[1.0, 2.0], [1.0, 2.0, 3.0], [3.0, 4.0], [4.0, 5.0]], 1):
        make_run(job, ordinal, xs, float(ordinal))

    assert curve(last_run(job)) == (
        [1.0, 2.0, 3.0, 4.0, 5.0],
        [2.0, 2.0, 3.0, 4.0, 4.0],
        [border(3.0, 3), border(4.0, 4)],
    )
    make_run(job, 5, [1.0, 2.0], 5.0)
    assert curve(last_run(job)) == ([1.0, 2.0], [5.0, 5.0], None)


def test_a_run_that_goes_back_before_a_border_takes_it_back():
    job = make_job(run=False)
    for ordinal, xs in enumerate([[1.0, 2.0, 3.0], [4.0, 5.0], [3.0, 4.0]], 1):
        make_run(job, ordinal, xs, float(ordinal))

    assert curve(last_run(job)) == ([1.0, 2.0, 3.0, 4.0], [1.0, 1.0, 3.0, 3.0], [border(3.0, 3)])


def test_iterations_that_are_counted_from_one_again_count_on():
    job = make_job(run=False)
    both = {"time_step": {"x": "time", "n": 2}, "residual.p": {"x": "iteration", "n": 2}}
    for ordinal, xs in ((1, [1.0, 2.0]), (2, [3.0, 4.0])):
        run = make_run(job, ordinal, xs, 1.0)
        Run.objects.filter(pk=run.pk).update(facts={"series": both})
        make_series(run.files.get(), "residual.p", [1.0, 2.0, 3.0], [float(ordinal)] * 3)

    assert curve(last_run(job), "residual.p") == (
        [1.0, 2.0, 3.0, 4.0, 5.0, 6.0],
        [1.0] * 3 + [2.0] * 3,
        [border(4.0, 2)],
    )


def named(folder, stem=""):
    return {"continues": f"../{folder}/d3dump01", "origin": {"folder": folder, "stem": stem}}


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))), ids=str)
def test_runs_of_other_jobs_that_logs_name_are_one_curve_in_whatever_order_they_were_seen(order):
    made = [
        ("a", [1.0, 2.0], {}),
        ("b", [2.0, 3.0], named("a")),
        ("c", [4.0, 5.0], named("b")),
    ]
    for k in order:
        folder, xs, said = made[k]
        make_run(make_job(1000001 + k, run=False), 1, xs, float(k), folder=folder, **said)

    run = Run.objects.get(folder="c")

    assert curve(run) == (
        [1.0, 2.0, 3.0, 4.0, 5.0],
        [0.0, 1.0, 1.0, 2.0, 2.0],
        [border(2.0, 1, 1000002), border(4.0, 1, 1000003)],
    )
    assert continuations(chain(run)) == [
        Continuation("run 1", "job 1000002", 1000002, 4.0, "../b/d3dump01"),
        Continuation("job 1000002", "job 1000001", 1000001, 2.0, "../a/d3dump01"),
    ]


def test_runs_that_name_each_other_make_no_endless_chain():
    for number, folder, other in ((1000001, "a", "b"), (1000002, "b", "a")):
        make_run(make_job(number, run=False), 1, [1.0], 1.0, folder=folder, **named(other))

    assert [link.run.folder for link in chain(Run.objects.get(folder="a"))] == ["b", "a"]


@pytest.mark.parametrize(
    ("said", "bases", "xs"),
    [
        ("bar.rin", [1000001], [1.0, 2.0, 3.0]),
        # A variant that does not say that it goes on; a choice of two; one that is not there.
        (None, [1000001], [3.0]),
        ("bar.rin", [1000001, 1000009], [3.0]),
        ("bar.rin", [1000009], [3.0]),
        ("bar.rin", [], [3.0]),
        ("bar.rin", [1000002], [3.0]),
    ],
)
def test_a_base_run_is_gone_on_from_where_the_log_says_that_it_goes_on(said, bases, xs):
    make_run(make_job(1000001, run=False), 1, [1.0, 2.0], 1.0, folder="a")
    job = make_job(1000002, run=False)
    run = make_run(job, 1, [3.0], 2.0, folder="b", continues=said)
    for number in bases:
        job.base_runs.create(number=number)

    assert curve(run)[0] == xs


def test_what_the_diary_does_not_know_is_said_in_the_logs_words():
    job = make_job(facts={"continues": "d3dump01"})

    assert continuations(chain(job.runs.get())) == [Continuation("run 1", "d3dump01")]


def test_a_run_that_began_afresh_says_nothing():
    assert continuations(chain(make_job().runs.get())) == []


def test_parts_within_a_run_are_told_and_old_logs_left_out():
    parts = [
        {"part": 1, "paths": ["log.a"], "continues": None},
        {"part": 2, "paths": ["log.a.2"], "continues": "time 2"},
    ]
    job = make_job(facts=facts(chain=parts))
    report = {"role": "solver", "part": None}
    for path, xs, y in (("log.a", [1.0, 2.0], 1.0), ("log.a.2", [3.0], 2.0), ("log.old", [1.0, 9.0, 10.0], 9.0)):  # fmt: skip
        log = make_log(job, path, report=report)
        make_series(log, "time_step", xs, [y] * len(xs))
    run = job.runs.get()

    assert curve(run) == ([1.0, 2.0, 3.0], [1.0, 1.0, 2.0], [border(3.0, 1, log="log.a.2")])
    assert continuations(chain(run)) == [Continuation("log.a.2", "log.a", said="time 2")]


def test_the_curve_of_a_job_with_one_run_costs_no_further_query(django_assert_num_queries):
    job = make_job(facts=facts())
    make_series(make_log(job), "time_step", [1.0], [1.0])
    run = job.runs.select_related("job").get()

    with django_assert_num_queries(0):
        assert chain(run) == [Link(run)]
    with django_assert_num_queries(2):
        series_points(run, ["time_step"])


def test_the_curve_of_a_job_with_several_runs_costs_one_more_query(client, django_user_model):
    client.force_login(django_user_model.objects.create_user("mara"))
    job = make_job(run=False)
    make_run(job, 1, [1.0, 2.0], 1.0)
    address = reverse("series", args=[job.number]) + "?names=time_step"

    def queries():
        with CaptureQueriesContext(connection) as seen:
            client.get(address)
        return len(seen)

    queries()  # who asks is known from then on
    one = queries()
    make_run(job, 2, [3.0, 4.0], 2.0)

    assert queries() == one + 1


def test_a_log_of_an_earlier_run_that_changes_is_a_new_version():
    job = make_job(run=False)
    first = make_run(job, 1, [1.0, 2.0], 1.0)
    run = make_run(job, 2, [3.0, 4.0], 2.0)
    before = series_version(run, chain(run))

    first.files.update(offset=9)

    assert series_version(run, chain(run)) != before


def test_since_counts_the_points_of_all_runs():
    job = make_job(run=False)
    make_run(job, 1, [1.0, 2.0], 1.0)
    run = make_run(job, 2, [3.0, 4.0], 2.0)

    assert series_points(run, ["time_step"], 3)["time_step"]["xs"] == [4.0]
    assert series_points(run, ["time_step"], 4) == {}


def test_a_running_solvers_first_points_may_come_one_by_one():
    job = make_job(run=False)
    make_run(job, 1, [1.0, 2.0], 1.0)
    run = make_run(job, 2, [3.0, 4.0], 2.0)
    SeriesChunk.objects.filter(file__run=run).delete()
    for number, x in enumerate([3.0, 4.0]):
        data = pack_piece({"time_step": [(x, 2.0)]})
        SeriesPiece.objects.create(file=run.files.get(), number=number, data=data)

    assert curve(run)[0] == [1.0, 2.0, 3.0, 4.0]


def test_a_run_that_begins_with_no_number_is_judged_by_its_first_one():
    job = make_job(run=False)
    make_run(job, 1, [1.0, 2.0], 1.0)
    make_run(job, 2, [math.nan, 3.0, 4.0], 2.0)

    xs, ys, borders = curve(last_run(job))
    assert (xs, ys, borders) == (
        [1.0, 2.0, None, 3.0, 4.0],
        [1.0] * 2 + [2.0] * 3,
        [border(3.0, 2)],
    )


def test_the_page_says_where_a_run_goes_on_and_links_the_job_it_goes_on_from(
    client, django_user_model
):
    client.force_login(django_user_model.objects.create_user("mara"))
    make_run(make_job(1000001, run=False), 1, [1.0, 2.0], 1.0, folder="a")
    make_run(make_job(1000002, run=False), 1, [2.0, 3.0], 2.0, folder="b", **named("a"))

    page = client.get(reverse("job", args=[1000002])).content.decode()

    assert '<a class="num" href="/jobs/1000001/">job 1000001</a> at t = <span class="num">2' in page
    assert "(../a/d3dump01)" in page
