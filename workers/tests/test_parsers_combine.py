import pytest
from hypothesis import given
from hypothesis import strategies as st

from workers.parsers.combine import combine
from workers.parsers.report import MESSAGES_KEPT, Message, Report, SeriesSummary

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

    run = combine([of("sta", messages=[second], errors=5), of("screen", messages=[first], errors=2)], None)  # fmt: skip

    assert (run["errors"], run["messages"]) == (5, of("", messages=[Message("error", "a", "wrong", 3, 5)])["messages"])  # fmt: skip


def test_the_reports_given_stay_as_they_are():
    reports = [of("sta", messages=[Message("note", None, "x", 1)]), of("screen", messages=[Message("note", None, "x", 1, 4)])]  # fmt: skip
    before = repr(reports)

    combine(reports, DECK)["messages"][0]["count"] = 99

    assert repr(reports) == before


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


def chained(part, **facts):
    return of("engine", part=part, **facts) | {"solver": "radioss"}


def test_the_last_part_of_a_chain_says_how_the_run_stands():
    ended = chained(
        1, status="other", status_reason="stopped early", cause="killed by user", time=0.5
    )
    goes_on = chained(2, status="running", time=0.6)

    run = combine([ended, goes_on], None)

    assert (run["status"], run["status_reason"], run["cause"]) == ("running", None, None)
    assert (run["time"], run["part"]) == (0.6, 2)


def test_what_the_parts_of_a_chain_counted_and_used_adds_up():
    warning = Message("warning", "a", "thin", 3, 2)
    parts = [
        chained(
            1, started_at="2024-01-01T08:00:00", wall_time_s=10.0, warnings=2, messages=[warning]
        ),
        chained(
            2, started_at="2024-01-01T09:00:00", wall_time_s=5.0, warnings=2, messages=[warning]
        ),
        of("screen", warnings=1) | {"solver": "radioss"},
    ]

    run = combine(parts, None)

    assert (run["started_at"], run["wall_time_s"]) == ("2024-01-01T08:00:00", 15.0)
    assert (run["warnings"], run["messages"][0]["count"]) == (4, 4)


def test_the_series_of_a_chain_are_one():
    def part(number, n, first, last, low, high):
        kept = SeriesSummary(None, "time", n, first, last, low, high, 9, 8, 7)
        return chained(number, series={"energy.total": kept})

    run = combine([part(1, 3, 5.0, 2.0, 1.0, 5.0), part(2, 4, 2.0, 3.0, 2.0, 4.0)], None)

    whole = SeriesSummary(None, "time", 7, 5.0, 3.0, 1.0, 5.0, 9, None, None)
    assert run["series"] == of("", series={"energy.total": whole})["series"]


def test_a_chain_in_any_order_is_the_same_chain():
    parts = [chained(n, time=float(n), series={"time_step": summary(n)}) for n in (3, 1, 2)]

    assert combine(parts, None) == combine(sorted(parts, key=lambda one: one["part"]), None)


def test_a_cause_that_one_file_knows_is_better_than_unknown():
    reports = [
        of("screen", status="error", cause="unknown", cause_text="stopped"),
        of("sta", cause="no convergence", cause_text="too many cutbacks", cause_line=7),
    ]

    run = combine(reports, None)

    assert (run["cause"], run["cause_text"], run["cause_line"]) == ("no convergence", "too many cutbacks", 7)  # fmt: skip


@pytest.mark.parametrize("status", ["running", "normal", "error", "other"])
@pytest.mark.parametrize("ended", ["normal", "error"])
def test_what_prepares_a_run_says_nothing_of_it_once_the_solver_has_spoken(ended, status):
    mesh = of("utility", status=ended) | {"solver": "openfoam"}
    solver = of("solver", status=status) | {"solver": "openfoam"}

    assert combine([mesh, solver], None)["status"] == status
    assert combine([mesh], None)["status"] == ended


def test_what_prepares_a_run_speaks_for_a_solver_that_says_nothing():
    mesh = of("utility", status="error") | {"solver": "openfoam"}
    solver = of("solver", time=1.0) | {"solver": "openfoam"}

    assert combine([mesh, solver], None)["status"] == "error"


@pytest.mark.parametrize(
    ("believed", "other"),
    [
        # The last part of a chain, whatever the clocks say; without parts the one begun last.
        ({"part": 2, "started_at": "2024-01-01T08:00:00"}, {"part": 1, "started_at": "2024-01-01T09:00:00"}),
        ({"started_at": "2024-01-01T09:00:00"}, {"started_at": "2024-01-01T08:00:00"}),
        ({"part": 1, "started_at": "2024-01-01T09:00:00"}, {"part": 1, "started_at": "2024-01-01T08:00:00"}),
    ],
)  # fmt: skip
def test_of_files_of_one_role_the_last_one_is_believed(believed, other):
    files = [of("engine", time=2.0, **believed), of("engine", time=1.0, **other)]

    for reports in (files, files[::-1]):
        assert combine([one | {"solver": "radioss"} for one in reports], None)["time"] == 2.0


def test_a_file_of_another_role_is_no_part_of_the_chain():
    files = [chained(1, wall_time_s=10.0), of("screen", part=2, wall_time_s=3.0)]

    assert combine([one | {"solver": "radioss"} for one in files], None)["wall_time_s"] == 10.0


@pytest.mark.parametrize(
    ("files", "wall_time_s", "ended_at"),
    [
        # The last part has not said yet: what an earlier one used up is not its own.
        ([chained(1, wall_time_s=10.0, ended_at="2024-01-01T08:00:00"), chained(2)], None, None),
        # Another file of the last part knows.
        (
            [chained(1, wall_time_s=10.0), chained(2), of("screen", part=2, wall_time_s=3.0)],
            13.0,
            None,
        ),
        # One of no part speaks of them all.
        ([chained(1, wall_time_s=10.0), chained(2), of("screen", wall_time_s=14.0)], 14.0, None),
        (
            [chained(1), chained(2, wall_time_s=5.0, ended_at="2024-01-01T09:00:00")],
            5.0,
            "2024-01-01T09:00:00",
        ),
    ],
)
def test_what_the_last_part_has_not_told_is_not_known(files, wall_time_s, ended_at):
    run = combine([one | {"solver": "radioss"} for one in files], None)

    assert (run["wall_time_s"], run["ended_at"]) == (wall_time_s, ended_at)


@pytest.mark.parametrize(
    ("status", "causes", "found"),
    [
        ("error", [("error", "input error"), ("error", "missing file")], "missing file"),
        ("error", [("error", "unknown"), ("error", "input error")], "input error"),
        ("error", [("error", "crash"), ("error", "no convergence")], "crash"),
        # A run that was killed had errors of its own before.
        ("other", [("error", "no convergence"), ("other", "wall limit")], "wall limit"),
        ("error", [("error", None), ("other", "killed by user")], "killed by user"),
    ],
)
def test_the_most_telling_cause_is_the_runs(status, causes, found):
    files = [
        of("screen", status=each, cause=cause) | {"solver": "calculix"} for each, cause in causes
    ]
    told = of("screen", status=status, started_at="2024-01-01T09:00:00")

    assert combine([told, *files], None)["cause"] == found


def test_a_file_of_no_part_speaks_of_the_whole_chain():
    files = [chained(1), chained(2), of("screen", status="error", status_reason="killed")]

    assert combine([one | {"solver": "radioss"} for one in files], None)["status"] == "error"


def test_a_part_that_used_no_number_of_seconds_is_not_added():
    assert combine([chained(1, wall_time_s=9.0), chained(2, wall_time_s=float("nan"))], None)["wall_time_s"] == "nan"  # fmt: skip


def test_a_chain_may_have_been_no_number():
    def part(number, high):
        kept = SeriesSummary(None, "time", 3, 1.0, 1.0, 1.0, high, 9, 8, 7)
        return chained(number, series={"energy.total": kept})

    run = combine([part(1, float("inf")), part(2, 4.0)], None)

    assert (run["series"]["energy.total"]["max"], run["series"]["energy.total"]["max_line"]) == ("inf", None)  # fmt: skip


@pytest.mark.parametrize(
    ("status", "cause", "found"),
    [
        ("error", "unknown", "unknown"),
        ("error", "crash", "crash"),
        ("other", "wall limit", "wall limit"),
        ("running", "crash", None),
        ("normal", "crash", None),
    ],
)
def test_only_an_end_that_is_not_normal_has_a_cause(status, cause, found):
    assert combine([of("screen", status=status, cause=cause)], None)["cause"] == found


def test_a_run_keeps_as_many_messages_as_a_file():
    files = [
        of(role, messages=[Message("note", role, str(n), n) for n in range(MESSAGES_KEPT)])
        for role in ("screen", "sta")
    ]

    assert [one["code"] for one in combine(files, None)["messages"]] == ["screen"] * MESSAGES_KEPT


def test_the_end_is_asked_of_files_in_an_order_of_its_own():
    files = [of("sta", status="normal"), of("log", status="error")]

    assert combine([one | {"solver": "abaqus"} for one in files], None)["status"] == "error"
