import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workers.parsers.combine import combine
from workers.parsers.report import Message, Report, SeriesSummary

DECK = {"solver": "calculix", "title": "Bar", "nodes": 8, "elements": 0, "end_time": 2.0}


def of(role, **facts):
    return Report("calculix", role, **facts).to_json()


def merged(**facts):
    """A whole merged report: a report's fields without `role`."""
    blank = of("", **facts)
    del blank["role"]
    return blank


def summary(n):
    return SeriesSummary("%", "iteration", n, 1.0, 1.0, 1.0, 1.0)


def test_each_file_is_believed_for_what_it_knows():
    note = Message("note", None, "hello", 3)
    reports = [
        of("dat", time=0.5),
        of("cvg", status="running", series={"residual.force": summary(7)}),
        of("sta", status="running", time=1.0, cycle=4, time_step=0.1, series={"cutbacks": summary(4)}),
        of(
            "screen",
            solver_version="2.20",
            status="error",
            status_reason="*ERROR: too many cutbacks",
            time=0.9,
            cycle=5,
            wall_time_s=3.0,
            errors=1,
            messages=[note],
            series={"residual.force": summary(5), "cutbacks": summary(3)},
        ),
    ]  # fmt: skip

    assert combine(reports, DECK) == merged(
        solver_version="2.20",
        title="Bar",
        status="error",
        status_reason="*ERROR: too many cutbacks",
        progress=0.5,
        time=1.0,
        end_time=2.0,
        cycle=4,
        time_step=0.1,
        wall_time_s=3.0,
        nodes=8,
        errors=1,
        messages=[note],
        series={"cutbacks": summary(4), "residual.force": summary(7)},
    )


@pytest.mark.parametrize(
    ("facts", "end_time", "progress"),
    [
        ({"status": "running", "time": 1.0}, 2.0, 0.5),
        ({"status": "running", "time": 3.0}, 2.0, 1.0),
        ({"status": "running", "time": -1.0}, 2.0, 0.0),
        ({"status": "running", "time": float("nan")}, 2.0, None),
        ({"status": "running", "time": float("inf")}, 2.0, None),
        ({"status": "running", "time": 1.0}, None, None),
        ({"status": "running", "time": 1.0}, 0.0, None),
        ({"status": "running"}, 2.0, None),
        ({"status": "normal"}, None, 1.0),
        ({"status": "normal", "time": 1.0}, 2.0, 1.0),
        ({"status": "error", "time": 1.0, "progress": 0.3}, 2.0, 0.3),
        ({"status": "running", "time": 1.0, "end_time": 4.0}, 2.0, 0.25),
    ],
)
def test_progress_is_the_share_of_the_end_time(facts, end_time, progress):
    assert combine([of("screen", **facts)], DECK | {"end_time": end_time})["progress"] == progress


def test_the_order_of_the_files_does_not_matter():
    reports = [of("sta", status="running", time=1.0), of("screen", status="normal", time=0.5)]

    assert combine(reports, None) == combine(reports[::-1], None)


def test_a_run_without_logs_has_the_facts_of_its_deck():
    assert combine([], DECK) == merged(title="Bar", end_time=2.0, nodes=8)


def test_nothing_at_all_has_no_solver():
    assert combine([], None) == merged() | {"solver": None}


def test_a_message_of_two_files_is_one():
    first = Message("error", "a", "wrong", 3, 2)
    second = Message("error", "a", "wrong", 9, 5)

    run = combine([of("screen", messages=[first], errors=2), of("sta", messages=[second], errors=5)], None)  # fmt: skip

    assert (run["errors"], run["messages"]) == (5, of("", messages=[Message("error", "a", "wrong", 3, 5)])["messages"])  # fmt: skip


def test_the_reports_given_stay_as_they_are():
    reports = [of("sta", messages=[Message("note", None, "x", 1)]), of("screen", messages=[Message("note", None, "x", 1, 4)])]  # fmt: skip
    before = repr(reports)

    combine(reports, DECK)["messages"][0]["count"] = 99

    assert repr(reports) == before


@settings(deadline=None)
@given(
    st.lists(
        st.builds(
            of,
            st.sampled_from(["screen", "sta", "cvg", "dat", "other"]),
            status=st.sampled_from([None, "running", "normal", "error", "other"]),
            time=st.none() | st.floats(),
            end_time=st.none() | st.floats(),
        )
    )
)
def test_progress_is_between_0_and_1_whatever_the_files_say(reports):
    progress = combine(reports, None)["progress"]

    assert progress is None or 0 <= progress <= 1
