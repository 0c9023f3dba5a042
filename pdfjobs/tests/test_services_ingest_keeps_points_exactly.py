"""Points, messages and checkpoint are saved together, once, in order."""

import math
from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pdfjobs.chunks import pack
from pdfjobs.chunks import points as unpack
from pdfjobs.models import Job, LogFile, Message, Run, SeriesChunk
from pdfjobs.services import ingest
from pdfjobs.services.ingest import CHUNK_POINTS, Checkpoint, Standing, Turn

pytestmark = pytest.mark.django_db
FLOATS = st.floats(allow_nan=True, allow_infinity=True, width=64)


@pytest.fixture
def run():
    job = Job.objects.create(number=1, name="a", submitted_at=datetime(2026, 1, 1, tzinfo=UTC))
    return Run.objects.create(job=job, root="tree", folder="a", stem="a")


def standing(status="running", **more):
    values = {
        "facts": {},
        "reason": "",
        "source": "file",
        "finished": False,
        "progress": None,
        "started_at": None,
        "ended_at": None,
        **more,
    }
    return lambda _: Standing(status=status, **values)


def turn(was, offset, points=None, generation=1, messages=(), path="a.sta", **more):
    checkpoint = Checkpoint(
        parser="p",
        parser_version=1,
        device=1,
        inode=1,
        head_len=0,
        head_sha="",
        tail_sha="",
        generation=generation,
        offset=offset,
        size=offset,
        mtime_ns=1,
        state={"at": offset},
        **more,
    )
    report = {"messages": list(messages), "status": None}
    return Turn(path, was, checkpoint, report, points or {})


def message(text, count=1):
    return {"severity": "warning", "code": None, "text": text, "line": 3, "count": count}


def kept(name="s"):
    points = []
    for chunk in SeriesChunk.objects.filter(name=name).order_by("start"):
        assert chunk.start == len(points)
        points += unpack(chunk.data, chunk.count)
    return points


@settings(deadline=None)
@given(st.lists(st.tuples(FLOATS, FLOATS), max_size=50))
def test_a_chunk_gives_back_every_bit(points):
    assert repr(unpack(pack(points), len(points))) == repr(points)


@settings(
    deadline=None, max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(sizes=st.lists(st.integers(0, 2 * CHUNK_POINTS + 3), max_size=6))
def test_points_come_back_in_order_however_they_came(run, sizes):
    LogFile.objects.all().delete()
    total, was = 0, (0, 0)
    for n, size in enumerate(sizes, 1):
        points = [(float(i), -float(i)) for i in range(total, total + size)]

        assert ingest.record_turns(run, [turn(was, n, {"s": points})], standing())

        total, was = total + size, (1, n)

    assert kept() == [(float(i), -float(i)) for i in range(total)]
    assert all(chunk.count <= CHUNK_POINTS for chunk in SeriesChunk.objects.all())
    full = SeriesChunk.objects.filter(count=CHUNK_POINTS).count()
    assert SeriesChunk.objects.count() - full <= 1


def test_values_that_are_no_numbers_survive_and_do_not_spoil_the_bounds(run):
    points = [(0.0, math.nan), (1.0, math.inf), (2.0, 3.0), (3.0, -math.inf), (4.0, 1.0)]

    assert ingest.record_turns(run, [turn((0, 0), 1, {"s": points})], standing())

    assert repr(kept()) == repr(points)
    assert SeriesChunk.objects.values_list("y_min", "y_max").get() == (1.0, 3.0)


def test_a_chunk_without_any_number_has_no_bounds(run):
    ingest.record_turns(run, [turn((0, 0), 1, {"s": [(0.0, math.nan)]})], standing())

    assert SeriesChunk.objects.values_list("y_min", "y_max").get() == (None, None)


def test_a_new_generation_replaces_points_and_messages(run):
    first = turn(
        (0, 0), 9, {"s": [(1.0, 1.0)], "gone": [(1.0, 1.0)]}, 1, [message("a"), message("b")]
    )
    ingest.record_turns(run, [first], standing())

    ingest.record_turns(run, [turn((1, 9), 4, {"s": [(5.0, 5.0)]}, 2, [message("c")])], standing())

    assert (kept(), kept("gone")) == ([(5.0, 5.0)], [])
    assert list(Message.objects.values_list("position", "text")) == [(0, "c")]
    assert LogFile.objects.values_list("generation", "offset").get() == (2, 4)


def test_a_repeated_message_is_counted_up_where_it_stands(run):
    ingest.record_turns(run, [turn((0, 0), 1, messages=[message("a"), message("b")])], standing())
    before = dict(Message.objects.values_list("position", "pk"))

    ingest.record_turns(
        run, [turn((1, 1), 2, messages=[message("a", 5), message("b")])], standing()
    )

    assert dict(Message.objects.values_list("position", "pk")) == before
    assert list(Message.objects.values_list("text", "count")) == [("a", 5), ("b", 1)]


@pytest.mark.parametrize("was", [(0, 0), (1, 5), (2, 9)])
def test_the_loser_of_a_race_saves_nothing(run, was):
    ingest.record_turns(
        run, [turn((0, 0), 9, {"s": [(1.0, 1.0)]}, messages=[message("a")])], standing()
    )
    before = [list(model.objects.values()) for model in (LogFile, SeriesChunk, Message, Run, Job)]
    good = turn((0, 0), 3, {"t": [(1.0, 2.0)]}, path="b.sta")
    late = turn(was, 12, {"s": [(2.0, 2.0)]}, messages=[message("x")])

    assert ingest.record_turns(run, [good, late], standing("normal", finished=True)) is False

    after = [list(model.objects.values()) for model in (LogFile, SeriesChunk, Message, Run, Job)]
    assert after == before


def test_who_read_before_the_run_was_closed_does_not_open_it_again(run):
    """A reader that believed the run unfinished must not undo what its end wrote."""
    early = Run.objects.get()
    ingest.record_turns(
        run, [turn((0, 0), 9, closed=True)], standing("normal", finished=True, progress=1.0)
    )

    assert ingest.record_turns(early, [turn((1, 9), 9)], standing("running")) is False

    assert Run.objects.values_list("finished", "progress").get() == (True, 1.0)
    assert Job.objects.get().status == "normal"


def test_an_error_of_the_database_is_no_lost_race(run):
    """A state that the database refuses must be seen, not tried again for ever."""
    from django.db import IntegrityError

    bad = turn((0, 0), 1)
    bad.checkpoint.state["nan"] = math.nan

    with pytest.raises(IntegrityError):
        ingest.record_turns(run, [bad], standing())


def test_an_earlier_run_says_nothing_of_its_job_any_more(run):
    Run.objects.create(job=run.job, ordinal=2, root="tree", folder="b", stem="a")

    ingest.record_turns(run, [turn((0, 0), 1)], standing("error", finished=True))

    assert (Job.objects.get().status, Run.objects.get(ordinal=1).finished) == ("none", True)


def test_an_ended_run_that_grows_is_running_again_without_an_end(run):
    end = datetime(2026, 1, 2, tzinfo=UTC)
    ingest.record_turns(run, [turn((0, 0), 1)], standing("other", finished=True, ended_at=end))
    run.refresh_from_db()

    ingest.record_turns(run, [turn((1, 1), 2)], standing("running"))

    run.refresh_from_db()
    assert (run.finished, run.ended_at, run.job.status) == (False, None, "running")
