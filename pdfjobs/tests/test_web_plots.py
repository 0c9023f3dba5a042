"""Which curves belong together, on which axes, and what the job's page tells of them without any script."""

import html
import json
import re

import pytest

from pdfjobs.points import plots
from pdfjobs.points.pointtable import csv_lines
from pdfjobs.tests.web_rows import make_job, make_log, make_series

pytestmark = pytest.mark.django_db
SCRIPT = "<script>alert(1)</script>"


def series(*names, x="time", unit=None):
    return {name: {"x": x, "unit": unit, "n": 3, "first": 1.0, "last": 2.0} for name in names}


def keys(series):
    return [(each["key"], each["curves"]) for each in plots.presets(series)]


@pytest.mark.parametrize(
    ("names", "sets"),
    [
        # Explicit: energies together, with the ratio; the time step apart.
        (["energy.ratio", "energy.total", "energy.kinetic", "time_step"],
         [("energies", ["energy.kinetic", "energy.total", "energy.ratio"]), ("time step", ["time_step"])]),
        # A ratio alone is no balance of energies.
        (["energy.ratio"], []),
        # Implicit: the increment's size with its iterations and cutbacks.
        (["time_step", "iterations", "cutbacks"], [("increments", ["time_step", "iterations", "cutbacks"])]),
        (["courant.mean", "courant.max"], [("courant", ["courant.max", "courant.mean"])]),
        (["force.drag", "force.lift"], [("forces", ["force.drag", "force.lift"])]),
        (["objective", "constraint_violation"], [("optimisation", ["objective", "constraint_violation"])]),
        ([], []),
        (["something_else"], []),
    ],
)  # fmt: skip
def test_curves_that_are_looked_at_together_are_a_set(names, sets):
    assert keys(series(*names)) == sets


def test_residuals_come_first_and_have_as_many_curves_as_there_are_colours():
    both = series("energy.kinetic") | series(
        *(f"residual.{k:02}" for k in range(12)), x="iteration"
    )

    assert [(key, len(curves)) for key, curves in keys(both)] == [("residuals", 8), ("energies", 1)]


def test_a_set_has_curves_over_one_x_alone():
    mixed = series("residual.a", x="iteration") | series("residual.b", x="time")

    assert keys(mixed) == [("residuals", ["residual.a"])]


@pytest.mark.parametrize(
    ("name", "unit", "axis", "log"),
    [
        ("energy.kinetic", "mJ", "energy [mJ]", False), ("energy.ratio", None, "ratio", False),
        ("residual.Ux", None, "residual", True), ("time_step", "s", "time step [s]", True),
        ("courant.max", None, "Courant number", True), ("quite_new.one", None, "quite new", False),
    ],
)  # fmt: skip
def test_curves_of_a_kind_and_unit_share_an_axis(name, unit, axis, log):
    (row,) = plots.series_rows(series(name, unit=unit))

    assert (row["axis"], row["log"]) == (axis, log)


def test_limits_are_those_of_the_early_warnings():
    found = plots.limits(series("energy.ratio", "mass_scaling.percent", "energy.error"), "ls-dyna")

    assert found == {
        "energy.ratio": {"yellow": [0.95, 1.05], "red": [0.9, 1.1]},
        "mass_scaling.percent": {"yellow": [1.0], "red": [5.0]},
    }


def test_the_page_tells_the_curves_in_a_table_and_offers_the_base_run(mara):
    make_job(1000001)
    job = make_job(1000002, facts={"series": series("energy.total", unit="J"), "end_time": 2.0})
    job.base_runs.create(number=1000001)
    job.base_runs.create(number=1000009)

    text = mara.get("/jobs/1000002/").content.decode()

    told = json.loads(html.unescape(re.search(r'data-settings="([^"]*)"', text)[1]))
    assert (told["end"], told["clock"], told["number"]) == (2.0, None, 1000002)
    assert '<a href="/compare/?jobs=1000001,1000002">' in text
    assert re.findall(r'data-plot-base="(\d+)"', text) == ["1000001"]
    assert 'href="/jobs/1000002/series.csv?names=energy.total"' in text


def test_names_of_series_stay_text(mara):
    make_job(facts={"series": series(f"residual.{SCRIPT}\"'", unit=SCRIPT)})

    text = mara.get("/jobs/1000001/").content.decode()

    assert SCRIPT not in text


def made(**columns):
    job = make_job(facts={"series": series(*columns, unit="N")})
    log = make_log(job)
    for name, (xs, ys) in columns.items():
        make_series(log, name, xs, ys, chunk=2)
    return job


def csv_of(client, query=""):
    answer = client.get(f"/jobs/1000001/series.csv{query}")
    assert (answer.status_code, answer["Content-Type"]) == (200, "text/csv; charset=utf-8")
    assert answer["Content-Disposition"] == 'attachment; filename="series-1000001.csv"'
    return b"".join(answer.streaming_content).decode().splitlines()


def test_a_table_has_a_row_for_each_x_and_every_digit(mara):
    made(
        **{
            "force.x": ([1.0, 2.0, 3.0], [0.1, 0.2, 1 / 3]),
            "force.y": ([2.0, 2.0, 4.0], [5.0, float("nan"), 7.0]),
        }
    )

    assert csv_of(mara) == [
        "time,force.x [N],force.y [N]",
        "1.0,0.1,",
        "2.0,0.2,5.0",
        "2.0,,nan",
        "3.0,0.3333333333333333,",
        "4.0,,7.0",
    ]
    assert csv_of(mara, "?names=force.x&from=1.5&to=2.5") == ["time,force.x [N]", "2.0,0.2"]
    assert csv_of(mara, "?names=absent") == ["index"]


def test_a_table_that_is_too_long_is_refused_with_words(mara, monkeypatch):
    made(**{"force.x": ([1.0, 2.0, 3.0], [1.0] * 3)})
    monkeypatch.setattr("pdfjobs.points.pointtable.MOST_POINTS", 2)

    answer = mara.get("/jobs/1000001/series.csv")

    assert answer.status_code == 413
    assert "fewer curves or a smaller range" in answer.content.decode()
    assert mara.get("/jobs/1000001/series.csv?from=x").status_code == 400


def test_a_job_without_points_has_an_empty_table(mara):
    make_job(run=False)

    assert csv_of(mara) == ["index"]
    assert list(csv_lines({}, {}, "time", 0, 1)) == ["time\r\n"]
