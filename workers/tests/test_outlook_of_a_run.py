"""What the diary keeps of a run's outlook: the estimated end, early warnings and the cause, as a later look finds them."""

from datetime import UTC, datetime

import pytest

from pdfjobs.models import Job, Run
from workers import rundisk
from workers.parsers.report import Report, SeriesSummary

NEWEST = datetime(2026, 1, 1, 12, tzinfo=UTC)
PACE = [(float(n), 60.0 * n) for n in range(40)]


@pytest.fixture(autouse=True)
def clock(monkeypatch):
    monkeypatch.setattr(rundisk.time, "time", lambda: NEWEST.timestamp() + 5)


def stands(*reports, state=None, record=None, ours=False):
    run = Run(job=Job(number=1, deck={}), ours=ours, record=record)
    ask = rundisk.judge_of(run, state, record)
    return ask(list(reports), int(NEWEST.timestamp() * 1e9))


def log(path="run.out", **facts):
    return Report("radioss", "engine", **facts).to_json() | {"path": path}


def test_a_running_run_has_an_end_and_the_moment_when_its_silence_is_unusual():
    facts = stands(log(status="running", time=39.0, end_time=99.0, pace=PACE)).facts

    assert facts["ends"]["best"] == "2026-01-01T13:00:00+00:00"
    assert facts["ends"]["early"] < facts["ends"]["best"] < facts["ends"]["late"]
    assert [(one["rule"], one["after"]) for one in facts["alerts"]] == [
        ("stalled", "2026-01-01T12:50:00+00:00"),
        ("stalled", "2026-01-01T12:10:00+00:00"),
    ]
    assert (facts["cause"], facts["cause_path"]) == (None, None)


def test_a_later_look_at_the_same_logs_finds_the_same(monkeypatch):
    report = log(status="running", time=39.0, end_time=99.0, pace=PACE)
    before = stands(report)
    monkeypatch.setattr(rundisk.time, "time", lambda: NEWEST.timestamp() + 3000)

    assert stands(report) == before


def test_an_end_beyond_the_wall_limit_is_warned_of():
    record = {"started_at": "2026-01-01T11:21:00.000Z", "wall_limit_s": 3600.0, "end_cause": None}

    facts = stands(log(status="running", time=39.0, end_time=99.0, pace=PACE), state="running", record=record).facts  # fmt: skip

    assert [one["level"] for one in facts["alerts"] if one["rule"] == "wall limit"] == ["red"]


def test_a_warning_names_the_log_of_the_chain_that_it_rests_on():
    def part(number, error):
        kept = SeriesSummary("%", "time", 20, 0.0, error, min(0.0, error), error, 90, 1, 90)
        return log(
            f"run_000{number}.out", part=number, status="running", series={"energy.error": kept}
        )

    alert = stands(part(1, 0.5), part(2, 9.0)).facts["alerts"][0]

    assert (alert["rule"], alert["path"], alert["line"]) == ("energy error", "run_0002.out", 90)


def test_a_run_that_has_ended_has_a_cause_and_no_end_to_wait_for():
    ended = log(status="error", status_reason="stop", cause="energy error", cause_text="ERROR 99.9%", cause_line=7, time=39.0, end_time=99.0, pace=PACE)  # fmt: skip

    facts = stands(ended).facts

    assert (facts["ends"], facts["alerts"]) == (None, [])
    assert [facts[name] for name in ("cause", "cause_text", "cause_line", "cause_path")] == [
        "energy error",
        "ERROR 99.9%",
        7,
        "run.out",
    ]


def test_a_run_without_logs_has_no_outlook():
    facts = stands().facts

    assert (facts["ends"], facts["alerts"], facts["cause"], facts["warnings"]) == (None, [], None, None)  # fmt: skip
