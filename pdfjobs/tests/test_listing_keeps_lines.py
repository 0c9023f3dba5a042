"""Whatever the services do and in whatever order, a job is found by what it says of itself then."""

from datetime import UTC, datetime, timedelta
from io import StringIO
from unittest import mock

import pytest
from django.core.management import CommandError, call_command
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pdfjobs.listing.lines import engine
from pdfjobs.listing.words import facet
from pdfjobs.models import History, Job, LogFile, Run
from pdfjobs.services import bulk, ingest, intake, joblines, review, runs, undo
from pdfjobs.services import status as status_service
from pdfjobs.services.errors import RefusedError
from pdfjobs.tests.test_services_ingest_keeps_points_exactly import standing, turn
from pdfjobs.tests.web_rows import make_intake, make_job

pytestmark = pytest.mark.django_db
AT = datetime(2026, 1, 1, tzinfo=UTC)
WORDS = st.sampled_from(["", "Crash", "rib_000123.inp", "ü (old)", "x=5.2, sled", "\x01", "_"])
STATUS = st.sampled_from(["pending", "running", "normal", "error", "other"])


def latest(job):
    return job.runs.order_by("-ordinal").first()


def reviewed(job, changes):
    job.refresh_from_db()
    review.save_review(job, actor="mara", version=review.version_of(job), changes=changes)


def read(job, said):
    """A log of the latest run grew, and says this."""
    status, text, alerts = said
    run = latest(job)
    file = LogFile.objects.filter(run=run).first()
    was = (file.generation, file.offset) if file else (0, 0)
    message = {"severity": "error", "code": "E17", "text": text, "line": 3, "count": 1}
    ended = AT + timedelta(hours=1) if status in ("normal", "error", "other") else None
    facts = {
        "cause": "out of memory",
        "alerts": [{"rule": "x", "level": "red", "words": "w", "line": None}] if alerts else [],
    }
    over = standing(status, facts=facts, finished=ended is not None, ended_at=ended)
    news = turn(was, was[1] + 5, messages=[message] if text else [])
    ingest.record([ingest.Reading(run, [news], over)])


def take_back(job, which):
    rows = list(History.objects.filter(job=job))
    try:
        undo.undo(rows[which % len(rows)].pk, "mara") if rows else None
    except RefusedError:
        pass


def give_back(job, _):
    try:
        status_service.give_back(job, "mara")
    except RefusedError:
        pass


def retry(job, _):
    try:
        with mock.patch.object(runs, "queue_run"):
            runs.request_retry(job, "mara")
    except RefusedError:
        pass


ACTS = [
    st.tuples(st.just(reviewed), st.fixed_dictionaries({}, optional={
        "info": WORDS, "result_summary": WORDS, "reviewer": st.sampled_from(["", "jens"]),
        "analysis_status": st.sampled_from(["open", "done"]), "status": STATUS,
        "result_assessment": st.sampled_from(["", "not_ok", "obsolete"]),
        "tags": st.lists(st.sampled_from(["a", "Thesis A", "b_12345"]), unique=True),
        "base_runs": st.lists(st.integers(1, 3), unique=True),
    })),
    st.tuples(st.just(read), st.tuples(STATUS, WORDS, st.booleans())),
    st.tuples(st.just(take_back), st.integers(0, 9)),
    st.tuples(st.just(give_back), st.none()),
    st.tuples(st.just(retry), st.none()),
    st.tuples(
        st.just(lambda job, to: status_service.change_status(
            job.pk, to, reason="r", source="file"
        )), STATUS,
    ),
    st.tuples(
        st.just(lambda job, title: runs.keep_deck(
            latest(job), "Deck_00012345.inp", {"title": title}
        )), WORDS,
    ),
    st.tuples(
        st.just(lambda job, tag: bulk.edit([job], bulk.Edit(add_tags=(tag,)), "mara")),
        st.sampled_from(["a", "c"]),
    ),
    st.tuples(
        st.just(lambda job, gone: runs.note_folders([latest(job)], gone=gone)), st.booleans()
    ),
    st.tuples(st.just(lambda job, _: runs.hold(latest(job), "no solver")), st.none()),
    st.tuples(st.just(lambda job, _: runs.cancel_pending(latest(job))), st.none()),
]  # fmt: skip


@given(st.lists(st.one_of(ACTS), max_size=6))
@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_life_of_a_job_leaves_its_line_as_a_fresh_one(acts):
    record = make_intake("Rib_000017.inp", owner="mara", number=None)
    record.number = (
        Job.objects.order_by("-number").values_list("number", flat=True).first() or 9
    ) + 1
    record.place, record.state = f"{record.number}_rib", "claimed"
    record.save()
    deck = {"title": "Rib 2 mm thicker"}
    new = intake.NewJob("Rib_000017.inp", "rib", "rib.inp", "calculix", deck, info="from base")
    job = intake.make_job(record, new).job
    assert joblines.wrong([job.pk]) == []
    for act, word in acts:
        act(job, word)

        assert joblines.wrong([job.pk]) == [], act


def test_a_found_run_is_found():
    run = runs.make_found_run(
        "tree", "w01_prj/3001234/04", "a", solver="ls-dyna", name="a.key", owner="jens", seen=AT
    )

    assert joblines.wrong([run.job_id]) == []
    assert {"3001234", "w01", "jens", "a.key"} <= engine().kept([run.job.number])[
        run.job.number
    ] | {"3001234"}


OLD = [facet("status", "none"), "old"]


def test_lines_of_an_earlier_version_are_renewed_some_at_a_time(monkeypatch):
    monkeypatch.setattr(joblines, "AT_ONCE", 2)
    jobs = [make_job(number).pk for number in (1, 2, 3)]

    def wrong_after_a_step():
        joblines.renew_older()
        return joblines.wrong(jobs)

    engine().write([(number, OLD) for number in (1, 2, 3)])
    assert [wrong_after_a_step() for _ in range(3)] == [[3], [], []]

    engine().write([(1, OLD)])
    assert wrong_after_a_step() == [1], "all are done"
    monkeypatch.setattr(joblines, "VERSION", joblines.VERSION + 1)
    assert wrong_after_a_step() == []


def reindex(*words):
    said = StringIO()
    call_command("reindex", *words, stdout=said, stderr=StringIO())
    return said.getvalue()


def test_reindex_names_and_mends_what_is_wrong():
    jobs = [make_job(number) for number in (1, 2, 3)]
    engine().erase([2])
    Job.objects.filter(number=3).update(info="a new word")
    make_job(4)
    Job.objects.filter(number=4).delete()  # its line stays

    with pytest.raises(
        CommandError, match="3 jobs are found by other words than they should be: 2, 3, 4"
    ):
        reindex("--check")
    assert "3 jobs are found by their words" in reindex()
    assert "3 jobs are found by their words" in reindex("--check")
    assert joblines.wrong([job.pk for job in jobs]) == []
    assert Run.objects.count() == 3
