"""Early warnings: each rule of `alerts.toml` when it must speak, and when it must be silent."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workers.alertrules import RULES
from workers.alerts import _LOOKS, MOST, Course, alerts
from workers.parsers.series import SERIES, series_kind

NEWEST = 2_000_000_000.0


def course(running=True, **more):
    blank = dict.fromkeys(["newest", "gap_s", "began", "wall_limit_s", "likely_end", "early_end"])
    return Course(running=running, **(blank | more))


def curve(first, last, low=None, high=None, n=1000, line=900, low_line=100, **more):
    low = min(first, last) if low is None else low
    high = max(first, last) if high is None else high
    return {"unit": None, "x": "time", "n": n, "first": first, "last": last, "min": low, "max": high,
            "last_line": line, "min_line": low_line, "max_line": 1, **more}  # fmt: skip


def said(series, solver="ls-dyna", running=True, **more):
    found = alerts({"solver": solver, "series": series}, course(running, **more))
    return [(one["rule"], one["level"]) for one in found]


CRASH = {"energy.total": curve(100.0, 95.0), "energy.internal": curve(0.0, 50.0)}
SPEAKS = [
    ("energy ratio", "yellow", CRASH | {"energy.ratio": curve(1.0, 1.06)}, "ls-dyna"),
    ("energy ratio", "red", CRASH | {"energy.ratio": curve(1.0, 0.85)}, "ls-dyna"),
    ("energy error", "red", {"energy.error": curve(0.0, 99.9)}, "radioss"),
    ("energy error", "yellow", {"energy.error": curve(0.0, -16.0)}, "radioss"),
    ("hourglass energy", "yellow", CRASH | {"energy.hourglass": curve(0.0, 3.0)}, "ls-dyna"),
    ("hourglass energy", "red", CRASH | {"energy.hourglass": curve(0.0, 6.0)}, "ls-dyna"),
    ("contact energy", "red", CRASH | {"energy.sliding": curve(0.0, -6.0)}, "ls-dyna"),
    ("added mass", "yellow", {"mass_scaling.percent": curve(0.0, 2.0)}, "ls-dyna"),
    ("added mass", "red", {"mass_scaling.error": curve(0.0, 0.06)}, "radioss"),
    ("added mass", "red", {"mass_scaling.added": curve(0.0, 6.0), "mass.total": curve(100.0, 100.0)}, "ls-dyna"),
    ("time step", "yellow", {"time_step": curve(1e-6, 4e-7)}, "ls-dyna"),
    ("time step", "red", {"time_step": curve(1e-6, 9e-8)}, "ls-dyna"),
    ("time step", "red", {"time_step": curve(0.1, 1e-6), "cutbacks": curve(0.0, 2.0)}, "abaqus"),
    ("cutbacks", "red", {"cutbacks": curve(0.0, 9.0), "increments": curve(1.0, 4.0, n=4)}, "abaqus"),
    ("cutbacks", "yellow", {"cutbacks": curve(0.0, 4.0), "increments": curve(1.0, 9.0, n=9)}, "abaqus"),
    ("no number", "red", {"residual.p": curve(1.0, "nan", 0.1, 1.0)}, "openfoam"),
    ("no number", "red", {"energy.total": curve(1.0, "inf", 0.1, 1.0)}, "ls-dyna"),
    ("residual grows", "yellow", {"residual.p": curve(1.0, 0.5, 4e-3, low_line=800)}, "openfoam"),
    ("residual grows", "red", {"residual.rho": curve(-1.0, -2.0, -6.0, unit="log10", low_line=800)}, "su2"),
    ("residual stalled", "yellow", {"residual.p": curve(1.0, 3e-3, 2e-3, low_line=400)}, "openfoam"),
    ("residual stalled", "red", {"residual.rho": curve(-1.0, -3.0, -3.1, unit="log10", low_line=100)}, "su2"),
    ("continuity", "red", {"continuity.local": curve(1e-6, 0.2)}, "openfoam"),
    ("continuity", "red", {"continuity.water.local": curve(1e-6, 0.2)}, "openfoam"),
    ("Courant number", "yellow", {"courant.max": curve(0.2, 6.0)}, "openfoam"),
]  # fmt: skip


@pytest.mark.parametrize(("rule", "level", "series", "solver"), SPEAKS)
def test_a_rule_speaks(rule, level, series, solver):
    assert said(series, solver) == [(rule, level)]


@pytest.mark.parametrize(
    ("series", "solver"),
    [
        ({}, "ls-dyna"),
        (CRASH | {"energy.ratio": curve(1.0, 1.04)}, "ls-dyna"),
        # A run that begins without energy has no ratio worth the name: 12872 in one that ended well.
        ({"energy.ratio": curve(1.0, 12872.0), "energy.total": curve(2e3, 2.6e7)}, "ls-dyna"),
        ({"energy.ratio": curve(1.0, 2.0, n=2)}, "ls-dyna"),
        ({"energy.error": curve(0.0, 99.9)}, "abaqus"),
        # Hardly any internal energy yet, beside what flies.
        ({"energy.total": curve(1e6, 1e6), "energy.internal": curve(0.0, 1.0), "energy.hourglass": curve(0.0, 0.5)},
         "ls-dyna"),
        (CRASH | {"energy.sliding": curve(0.0, 6.0)}, "ls-dyna"),
        ({"time_step": curve(1.1e-8, 3.65e-7)}, "ls-dyna"),
        ({"time_step": curve(0.1, 0.01), "cutbacks": curve(0.0, 1.0), "iterations": curve(1.0, 4.0)}, "abaqus"),
        ({"cutbacks": curve(0.0, 3.0), "increments": curve(1.0, 2.0, n=2)}, "abaqus"),
        # An implicit solver's residual begins high in each increment.
        ({"residual.force": curve(1.0, 1.0, 1e-9)}, "calculix"),
        # A transient flow's in each time step.
        ({"residual.p": curve(1.0, 0.5, 1e-4), "courant.max": curve(0.1, 0.5)}, "openfoam"),
        ({"residual.p": curve(1.0, 5e-5, 4e-5)}, "openfoam"),
        ({"residual.p": curve("nan", 0.5, 0.5, 0.6, n=5)}, "openfoam"),
    ],
)  # fmt: skip
def test_a_sound_run_is_left_in_peace(series, solver):
    assert said(series, solver) == []


def test_a_warning_says_its_number_and_the_line_that_it_rests_on():
    series = CRASH | {"energy.hourglass": curve(0.0, 6.0, line=4711, path="glstat")}

    assert alerts({"solver": "ls-dyna", "series": series}, course()) == [
        {
            "rule": "hourglass energy",
            "level": "red",
            "words": "hourglass energy is 12 % of the peak internal energy",
            "line": 4711,
            "path": "glstat",
        }
    ]


def test_a_run_that_has_ended_keeps_what_its_results_are_judged_by():
    series = CRASH | {"energy.hourglass": curve(0.0, 6.0), "time_step": curve(1e-6, 1e-8)}

    assert said(series, running=False) == [("hourglass energy", "red")]


@pytest.mark.parametrize(
    ("likely", "early", "level"),
    [
        (3500.0, 3400.0, []),
        (3700.0, 3500.0, ["yellow"]),
        (3900.0, 3700.0, ["red"]),
        (None, None, []),
    ],
)
def test_an_end_beyond_the_wall_limit_is_said_before_it_comes(likely, early, level):
    ends = {} if likely is None else {"likely_end": NEWEST + likely, "early_end": NEWEST + early}
    found = alerts({"solver": "x"}, course(began=NEWEST, wall_limit_s=3600.0, **ends))

    assert [(one["rule"], one["level"]) for one in found] == [
        ("wall limit", each) for each in level
    ]


def test_silence_is_said_from_the_moment_that_it_is_unusual():
    found = alerts({"solver": "x"}, course(newest=NEWEST, gap_s=60.0))

    assert [(one["rule"], one["level"], one["after"]) for one in found] == [
        ("stalled", "red", "2033-05-18T04:23:20+00:00"),
        ("stalled", "yellow", "2033-05-18T03:43:20+00:00"),
    ]
    assert (
        found[0]["words"]
        == "no log has grown since 2033-05-18 03:33 UTC; a line came each 1.0 min before"
    )


def test_a_family_of_fields_does_not_fill_the_page():
    series = {f"residual.{n}": curve(1.0, "nan", 0.1, 1.0) for n in range(90)}

    assert len(said(series, "openfoam")) == 3 <= MOST


numbers = st.floats() | st.sampled_from(["nan", "inf", "-inf"]) | st.integers(-(10**18), 10**18)
curves = st.fixed_dictionaries(
    {
        **dict.fromkeys(["first", "last", "min", "max"], numbers),
        "n": st.integers(1, 10**9),
        "unit": st.sampled_from([None, "log10"]),
        **dict.fromkeys(["last_line", "min_line"], st.none() | st.integers(1, 10**9)),
    }
)
names = [name.replace("*", "p") for rule in RULES for name in (*rule.series, rule.of) if name]


@given(
    st.dictionaries(st.sampled_from(names), curves),
    st.sampled_from(["ls-dyna", "openfoam", "su2", "radioss"]),
    st.floats(0, 1e300),
)
def test_any_curves_are_judged(series, solver, gap_s):
    found = alerts({"solver": solver, "series": series}, course(newest=NEWEST, gap_s=gap_s))

    assert len(found) <= MOST
    json.dumps(found, allow_nan=False)


def test_the_rules_name_series_that_there_are():
    for rule in RULES:
        assert rule.look in {*_LOOKS, "silence", "wall limit"}
        assert rule.reference and rule.words
        for name in (*rule.series, *rule.required, *rule.without, rule.of, rule.gate):
            assert not name or name in SERIES or series_kind(name.replace("*", "x"))
