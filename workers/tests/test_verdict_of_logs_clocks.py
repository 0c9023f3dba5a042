"""When a run began and ended, as its recorder or else its logs tell, in the zone of the root that it lies under."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from workers.verdict import Scene, judge

BERLIN = ZoneInfo("Europe/Berlin")
NEWEST = datetime(2026, 7, 1, 12, 0, tzinfo=UTC)


def at(*clock):
    return datetime(2026, 7, 1, *clock, tzinfo=UTC)


def times(facts, *, record=None, newest=NEWEST, zone=BERLIN, status="normal"):
    moment = newest.timestamp() if newest else None
    scene = Scene(None, record, moment, NEWEST.timestamp() + 60, 3600, zone)
    verdict = judge({"status": status, **facts}, scene)
    return verdict.started_at, verdict.ended_at


def test_a_logs_times_are_read_in_the_roots_zone():
    facts = {"started_at": "2026-07-01T12:30:00", "ended_at": "2026-07-01T13:15:30"}

    assert times(facts) == (at(10, 30), at(11, 15, 30))
    assert times(facts, zone=UTC) == (None, NEWEST)


def test_a_time_that_names_its_zone_is_taken_as_it_is():
    assert times({"started_at": "2026-07-01T03:00:00-05:00"}) == (at(8), NEWEST)


def test_the_recorder_knows_better_than_the_log():
    record = {"started_at": "2026-07-01T09:00:00Z", "ended_at": "2026-07-01T09:30:00Z"}
    facts = {"started_at": "2026-07-01T12:30:00", "ended_at": "2026-07-01T13:00:00"}

    assert times(facts, record=record) == (at(9), at(9, 30))


def test_a_run_that_goes_on_has_begun_and_not_ended():
    facts = {"started_at": "2026-07-01T12:30:00", "ended_at": "2026-07-01T13:00:00"}

    assert times(facts, status=None) == (at(10, 30), None)


def test_a_clock_ahead_of_the_logs_last_change_is_of_another_zone_and_not_believed():
    facts = {"started_at": "2026-07-01T14:30:00", "ended_at": "2026-07-01T19:00:00"}

    assert times(facts) == (None, NEWEST)


@pytest.mark.parametrize("said", [None, "", "yesterday", "2026-07-01", 7, "9999-12-31T23:59:59-23:00", "0001-01-01T00:00:00"])  # fmt: skip
def test_what_is_no_time_is_none(said):
    assert times({"started_at": said, "ended_at": said}) == (None, NEWEST)
