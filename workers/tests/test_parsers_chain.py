"""Several runs that wrote their logs beside each other: what follows what, and what was replaced."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workers.parsers.chain import chained, links
from workers.parsers.combine import combine
from workers.parsers.report import Report, SeriesSummary


def log(path, begun=None, continues=None, role="solver", **facts):
    started = f"2024-01-01T{begun}" if begun else None
    report = Report("openfoam", role, started_at=started, continues=continues, **facts)
    return report.to_json() | {"path": path}


def parts(*logs):
    return {one["path"]: one["part"] for one in chained(list(logs), ("utility",))}


@pytest.mark.parametrize(
    ("logs", "found"),
    [
        ([], {}),
        ([log("a", "08:00:00", "time 5")], {"a": None}),
        # Begun later, from a later time.
        ([log("a", "08:00:00"), log("b", "09:00:00", "time 5")], {"a": 1, "b": 2}),
        # Within one second.
        ([log("a", "08:00:00"), log("b", "08:00:00", "time 0.5"), log("0", "08:00:00", "time 12")], {"a": 1, "b": 2, "0": 3}),
        # One that began afresh replaces what was before; ranks begin together.
        ([log("a", "08:00:00"), log("b", "09:00:00")], {"b": None}),
        ([log("a", "08:00:00"), log("b", "08:00:50")], {"a": None, "b": None}),
        ([log("a", "08:00:00"), log("b", "09:00:00", "time 5"), log("c", "10:00:00")], {"c": None}),
        ([log("a", "08:00:00"), log("b", "09:00:00"), log("c", "10:00:00", "time 5")], {"b": 1, "c": 2}),
        ([log("a", "08:00:00", "d3dump01"), log("b", "08:00:01", "d3dump01"), log("c", "09:00:00", "d3dump02"), log("d", "09:00:02")],
         {"a": 1, "b": 1, "c": 2, "d": 2}),
        # It may have begun while the other one still worked.
        ([log("a", "08:00:00", wall_time_s=7200.0), log("b", "09:00:00")], {"a": None, "b": None}),
        ([log("a", "08:00:00", wall_time_s=3599.0), log("b", "09:00:00")], {"b": None}),
        # Without starts nothing is told.
        ([log("a"), log("b")], {"a": None, "b": None}),
        ([log("a"), log("b", None, "time 3")], {"a": 1, "b": 2}),
        # What prepares a run is no run of it; parts that are printed stay.
        ([log("a", "08:00:00", role="utility"), log("b", "09:00:00", role="utility"), log("c", "10:00:00")],
         {"a": None, "b": None, "c": None}),
        ([log("a", "08:00:00", part=3), log("b", "09:00:00", part=2)], {"a": 3, "b": 2}),
        # Another kind of log that only the last run has.
        ([log("a", "08:00:00"), log("b", "09:00:00", "time 5"), log("m", "09:00:00", role="msg"), log("n", "10:00:00", "time 7", role="msg"), log("c", "10:00:00", "time 7")],
         {"a": 1, "b": 2, "c": 3, "m": 2, "n": 3}),
    ],
)  # fmt: skip
def test_starts_and_words_tell_which_log_follows_which(logs, found):
    for order in itertools.islice(itertools.permutations(logs), 24):
        assert parts(*order) == found


def test_a_case_that_runs_again_is_running_whatever_its_old_log_said():
    failed = log("log.x", "08:00:00", status="error", status_reason="FOAM FATAL ERROR", errors=1)
    afresh = log("log.x.2", "09:00:00", status="running", time=1.0)
    goes_on = log("log.x.2", "09:00:00", "time 5", status="running", time=6.0)

    again, on = combine([failed, afresh], None), combine([failed, goes_on], None)

    assert (again["status"], again["errors"], again.get("chain")) == ("running", 0, None)
    assert (on["status"], on["errors"], on["continues"]) == ("running", 1, None)
    assert on["chain"] == [
        {"part": 1, "paths": ["log.x"], "continues": None},
        {"part": 2, "paths": ["log.x.2"], "continues": "time 5"},
    ]


def test_the_first_part_says_what_a_whole_chain_goes_on_from():
    run = combine([log("a", "08:00:00", "time 3"), log("b", "09:00:00", "time 5")], None)

    assert run["continues"] == "time 3"


def test_the_series_of_a_chain_are_summed_up():
    def kept(n, first, last):
        return {"time_step": SeriesSummary("s", "time", n, first, last, min(first, last), 9.0)}

    logs = [
        log("a", "08:00:00", series=kept(3, 5.0, 2.0)),
        log("b", "09:00:00", "time 5", series=kept(4, 1.0, 3.0)),
    ]

    assert combine(logs, None)["series"]["time_step"] == {
        **log("", series={"time_step": SeriesSummary("s", "time", 7, 5.0, 3.0, 1.0, 9.0)})["series"]["time_step"],
        "path": "b",
    }  # fmt: skip


@pytest.mark.parametrize(
    "logs",
    [
        [],
        [log("a", part=1)],
        [log("a"), log("b")],
        [log("a", part=0, role="starter"), log("b", part=1)],
    ],
    ids=repr,
)
def test_one_part_is_no_chain(logs):
    assert links(logs) == []


words = st.sampled_from([None, "", "time 5", "time .", "time 1e999", "time nan", "d3dump01"])
starts = st.sampled_from(
    [None, "", "2024-01-01", "2024-01-01T08:00:00", "2024-01-01T09:00:00Z", "2024-13-01T00:00:00", "x T"]
)  # fmt: skip


@given(
    st.lists(
        st.builds(
            lambda started, continues, role, part, wall: Report(
                "openfoam", role, started_at=started, continues=continues, part=part, wall_time_s=wall
            ).to_json(),
            starts, words, st.sampled_from(["solver", "utility"]),
            st.none() | st.integers(0, 3), st.none() | st.floats(),
        ),
        max_size=6,
    ),
    st.randoms(),
)  # fmt: skip
def test_any_logs_make_the_same_chain_in_any_order(reports, random):
    reports = [one | {"path": f"log.{k}"} for k, one in enumerate(reports)]
    shuffled = random.sample(reports, len(reports))

    assert combine(reports, None) == combine(shuffled, None)
    assert {one["path"] for one in chained(reports)} <= {one["path"] for one in reports}
