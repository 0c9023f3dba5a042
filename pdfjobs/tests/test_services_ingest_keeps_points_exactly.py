"""Points, messages and checkpoint are saved together, once, in order."""

import math
from datetime import UTC, datetime

import pytest
from django.db import DataError, IntegrityError
from django.db.models import Q
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pdfjobs.models import Job, LogFile, Message, Run, SeriesChunk, SeriesPiece
from pdfjobs.points.chunks import pack, pack_piece, piece_columns
from pdfjobs.points.chunks import points as unpack
from pdfjobs.points.series import stored
from pdfjobs.services import ingest
from pdfjobs.services import points as points_module
from pdfjobs.services.ingest import Checkpoint, Standing, Turn
from pdfjobs.services.points import CHUNK_POINTS, PIECE_POINTS, PIECES, SPREAD

pytestmark = pytest.mark.django_db
MODELS = (LogFile, SeriesChunk, SeriesPiece, Message, Run, Job)
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
    return lambda *_: Standing(status=status, **values)


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
    before = (*was, 1) if was != (0, 0) else ingest.UNREAD
    return Turn(path, before, checkpoint, report, points or {})


def message(text, count=1):
    return {"severity": "warning", "code": None, "text": text, "line": 3, "count": count}


def kept(name="s"):
    """The points that a page shows of a series; each chunk must begin where the one before ends."""
    points = []
    for row in stored(Q(file__path="a.sta")):
        for series, xs, ys in row.columns():
            if series == name:
                assert row.is_piece or row.start == len(points)
                points += zip(xs, ys, strict=True)
    return points


@given(st.lists(st.tuples(FLOATS, FLOATS), max_size=50))
def test_a_chunk_gives_back_every_bit(points):
    assert repr(unpack(pack(points), len(points))) == repr(points)


@given(st.dictionaries(st.text(max_size=9), st.lists(st.tuples(FLOATS, FLOATS), max_size=9)))
def test_a_piece_gives_back_every_bit_of_every_series(points):
    found = {
        name: list(zip(xs, ys, strict=True)) for name, xs, ys in piece_columns(pack_piece(points))
    }

    assert repr(found) == repr(points)


@given(
    st.dictionaries(
        st.text(max_size=9), st.lists(st.tuples(FLOATS, FLOATS), max_size=9), min_size=1
    ),
    st.data(),
)
def test_a_piece_that_was_cut_is_known_to_be_damaged(points, data):
    whole = pack_piece(points)
    cut = whole[: data.draw(st.integers(1, len(whole) - 1))]

    ends = {len(pack_piece(dict(list(points.items())[:n]))) for n in range(len(points))}
    if len(cut) not in ends:
        with pytest.raises(ValueError, match=r"."):
            list(piece_columns(cut))


SIZES = st.integers(0, 5) | st.sampled_from([PIECE_POINTS, PIECE_POINTS + 1, 2 * CHUNK_POINTS + 3])


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(sizes=st.lists(SIZES, max_size=6), again=st.integers(0, 12))
def test_points_come_back_in_order_however_they_came(run, sizes, again, monkeypatch):
    """By hand-fulls, by the chunk, and one by one for longer than a log may have pieces."""
    monkeypatch.setattr(points_module, "PIECES", 3)
    monkeypatch.setattr(points_module, "SPREAD", 3)
    LogFile.objects.all().delete()
    total, was = 0, (0, 0)
    for n, size in enumerate([*sizes, *([1] * again)], 1):
        points = [(float(i), -float(i)) for i in range(total, total + size)]

        assert ingest.record_turns(run, [turn(was, n, {"s": points})], standing())

        total, was = total + size, (1, n)
        assert SeriesPiece.objects.count() == LogFile.objects.get().pieces <= 3 + 3

    assert kept() == [(float(i), -float(i)) for i in range(total)]
    assert all(chunk.count <= CHUNK_POINTS for chunk in SeriesChunk.objects.all())
    full = SeriesChunk.objects.filter(count=CHUNK_POINTS).count()
    assert SeriesChunk.objects.count() - full <= 1


def test_logs_that_grow_in_step_do_not_all_fill_up_at_once(run):
    paths = [f"{i}.sta" for i in range(8)]
    most = 0
    for n in range(PIECES + SPREAD):
        was = (1, n) if n else (0, 0)
        before = SeriesPiece.objects.count()
        turns = [turn(was, n + 1, {"s": [(float(n), 0.0)]}, path=path) for path in paths]
        assert ingest.record_turns(run, turns, standing())
        gathered = len(paths) - LogFile.objects.filter(pieces__gt=0).count()
        most = max(most, gathered)
        assert SeriesPiece.objects.count() <= before + len(paths)

    assert most == 1
    assert SeriesChunk.objects.values("file").distinct().count() == len(paths)


def test_the_points_of_an_ended_run_are_laid_to_rest_in_chunks(run):
    ingest.record_turns(run, [turn((0, 0), 1, {"s": [(0.0, 0.0)]}, path="b.sta")], standing())
    ingest.record_turns(run, [turn((0, 0), 1, {"s": [(1.0, 1.0)]})], standing())
    assert SeriesPiece.objects.count() == 2

    more = turn((1, 1), 2, {"s": [(2.0, 2.0)], "t": [(2.0, 5.0)]})
    ingest.record_turns(run, [more], standing("normal", finished=True))

    assert not SeriesPiece.objects.exists()
    assert list(LogFile.objects.values_list("pieces", flat=True)) == [0, 0]
    assert (kept(), kept("t")) == ([(1.0, 1.0), (2.0, 2.0)], [(2.0, 5.0)])
    assert SeriesChunk.objects.filter(file__path="b.sta").count() == 1


def test_a_judgement_that_ends_a_run_lays_its_points_to_rest(run):
    """As of a run that fell silent."""
    ingest.record_turns(run, [turn((0, 0), 1, {"s": [(1.0, 1.0)]})], standing())

    ingest.judge_again(run, standing("other", finished=True))

    assert (SeriesPiece.objects.count(), kept()) == (0, [(1.0, 1.0)])


def test_values_that_are_no_numbers_survive_and_do_not_spoil_the_bounds(run):
    points = [(0.0, math.nan), (1.0, math.inf), (2.0, 3.0), (3.0, -math.inf), (4.0, 1.0)]

    assert ingest.record_turns(run, [turn((0, 0), 1, {"s": points})], standing())
    assert repr(kept()) == repr(points)
    ingest.judge_again(run, standing("normal", finished=True))

    assert repr(kept()) == repr(points)
    assert SeriesChunk.objects.values_list("y_min", "y_max").get() == (1.0, 3.0)


def test_a_chunk_without_any_number_has_no_bounds(run):
    ended = standing("normal", finished=True)
    ingest.record_turns(run, [turn((0, 0), 1, {"s": [(0.0, math.nan)]})], ended)

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


def test_messages_that_are_known_are_not_looked_at_again(run):
    said = [message("a"), message("b")]
    ingest.record_turns(run, [turn((0, 0), 1, messages=said)], standing())
    Message.objects.update(text="as only a query could see")

    ingest.record_turns(run, [turn((1, 1), 2, messages=said)], standing())

    assert set(Message.objects.values_list("text", flat=True)) == {"as only a query could see"}


def test_messages_of_a_log_begun_anew_are_looked_at_whatever_is_believed_of_them(run):
    """A log that was read before the diary kept their fingerprint has none."""
    ingest.record_turns(run, [turn((0, 0), 1, messages=[message("a")])], standing())
    LogFile.objects.update(messages_sha="")

    ingest.record_turns(run, [turn((1, 1), 2, generation=2)], standing())

    assert not Message.objects.exists()


@pytest.mark.parametrize("was", [(0, 0), (1, 5), (2, 9)])
def test_the_loser_of_a_race_saves_nothing(run, was):
    ingest.record_turns(
        run, [turn((0, 0), 9, {"s": [(1.0, 1.0)]}, messages=[message("a")])], standing()
    )
    before = [list(model.objects.values()) for model in MODELS]
    good = turn((0, 0), 3, {"t": [(1.0, 2.0)]}, path="b.sta")
    late = turn(was, 12, {"s": [(2.0, 2.0)]}, messages=[message("x")])

    assert ingest.record_turns(run, [good, late], standing("normal", finished=True)) is False

    after = [list(model.objects.values()) for model in MODELS]
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
    bad = turn((0, 0), 1)
    bad.checkpoint.state["nan"] = math.nan

    with pytest.raises((IntegrityError, DataError)):
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
