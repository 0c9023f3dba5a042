"""What is an event, and who is told of it: once, whoever sees it how often; and nobody of old news."""

from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone

from pdfjobs.models import Event, Follow, Job, Member, Notice, Project, Run, SavedView
from pdfjobs.services import channels, ingest, notices, review, spreading, status
from pdfjobs.services.channels import Target
from pdfjobs.services.ingest import Standing
from pdfjobs.tests.notice_rows import (
    ALL,
    RED,
    YELLOW,
    end_run,
    make_channel,
    make_person,
    make_running,
    told,
)

pytestmark = pytest.mark.django_db

NO_CONVERGENCE = {"cause": "no convergence", "cause_text": "too many cutbacks", "cause_line": 686}


@pytest.fixture(autouse=True)
def _forgetful():
    notices._known_of.cache_clear()


@pytest.fixture
def mara():
    return make_person("mara")


@pytest.fixture
def channel(mara, monkeypatch):
    monkeypatch.setattr(notices, "ask_for_delivery", lambda: None)
    return make_channel(mara)


def say(job, word, reason="", source="file"):
    status.change_status(job.pk, word, reason=reason, source=source)


def fail(job, ago=timedelta(minutes=1)):
    end_run(job, ago, **NO_CONVERGENCE)
    say(job, "error", "too many cutbacks")


def closed(open_to_all):
    from django.conf import settings

    web = settings.PDFJOBS.web.model_copy(update={"open_to_all": open_to_all})
    return settings.PDFJOBS.model_copy(update={"web": web})


def test_a_failure_is_told_to_the_owner_with_its_cause(channel):
    fail(make_running())

    spreading.spread()

    assert told() == [("mara", "Failed: 1000001 deck1000001.inp: no convergence")]


def test_machine_opinions_that_flip_back_and_forth_tell_once(channel):
    job = make_running()
    for _ in range(3):
        fail(job)
        spreading.spread()
        say(job, "running")

    assert len(told()) == 1


def test_spreading_again_tells_nothing_again(channel):
    fail(make_running())
    spreading.spread()
    Event.objects.update(spread_at=None)  # as if killed before its mark

    spreading.spread()

    assert len(told()) == 1


def test_the_next_run_of_a_job_is_told_anew(channel):
    job = make_running()
    fail(job)
    Run.objects.create(job=job, ordinal=2, root="runs", folder="second", stem="")
    say(job, "running")
    fail(Job.objects.get(pk=job.pk))

    spreading.spread()

    assert len(told()) == 2


def test_an_end_first_well_and_then_failed_is_told_as_both(channel):
    job = make_running()
    end_run(job)
    say(job, "normal")
    spreading.spread()
    say(job, "running")
    fail(job)
    spreading.spread()

    assert [title.partition(":")[0] for _, title in told()] == ["Ended", "Failed"]


@pytest.mark.parametrize(
    ("before", "submitted_ago", "ended_ago", "expected"),
    [
        ("running", timedelta(hours=9), timedelta(minutes=59), 1),
        ("running", timedelta(hours=9), timedelta(hours=8), 1),  # the diary was down that night
        ("pending", timedelta(hours=9), timedelta(hours=8), 1),
        ("running", timedelta(hours=7), timedelta(hours=8), 0),  # first seen after its end
        ("none", timedelta(hours=9), timedelta(hours=8), 0),  # an import
        ("none", timedelta(days=900), timedelta(days=900), 0),
        ("running", timedelta(days=9), timedelta(days=4), 0),
        ("none", timedelta(hours=9), timedelta(minutes=59), 1),
    ],
)
def test_old_news_are_told_to_nobody(channel, before, submitted_ago, ended_ago, expected):
    job = make_running(
        status=before, machine_status=before, submitted_at=timezone.now() - submitted_ago
    )
    fail(job, ended_ago)

    spreading.spread()

    assert len(told()) == expected


def test_a_reading_anew_of_an_end_that_was_seen_tells_nobody(channel):
    job = make_running(submitted_at=timezone.now() - timedelta(hours=30))
    job.history.create(field="status", before="running", after="error")
    fail(job, timedelta(hours=20))

    spreading.spread()

    assert told() == []


def test_what_falls_silent_is_told_when_that_is_noticed(channel):
    job = make_running(submitted_at=timezone.now() - timedelta(hours=30))
    end_run(job, timedelta(hours=24, minutes=5), cause="unknown")
    say(job, "other", "silent since 2026-01-01 03:00 UTC")

    spreading.spread()

    assert told() == [("mara", "Failed: 1000001 deck1000001.inp: unknown")]


def test_a_persons_word_on_the_status_is_no_event(channel):
    job = make_running()
    end_run(job)

    status.change_status(job.pk, "error", reason="set by jens", source="person", actor="jens")

    assert not Event.objects.exists()


def test_a_stop_that_somebody_asked_for_is_an_end_and_no_failure(channel):
    job = make_running()
    end_run(job, cause="killed by user")
    say(job, "other", "stopped by mara")

    spreading.spread()

    assert told() == [("mara", "Ended: 1000001 deck1000001.inp")]


@pytest.mark.parametrize("events", [("ended",), ("failed",), ("ended", "failed")])
def test_a_failure_is_one_message_to_who_wants_ends_or_failures(mara, events):
    channel = make_channel(mara, follows=False)
    channels.follow(channel, Target(), events=events, daily=False)

    fail(make_running())
    spreading.spread()

    assert len(told()) == 1


def test_a_good_end_is_not_told_to_who_wants_failures_alone(mara):
    channel = make_channel(mara, follows=False)
    channels.follow(channel, Target(), events=("failed", "warning"), daily=False)
    job = make_running()
    end_run(job)

    say(job, "normal")
    spreading.spread()

    assert told() == []


def test_followers_of_job_project_and_view_hear_of_it_and_each_way_once(mara):
    job = make_running(owner="ute", project="Front crash")
    other = make_running(1000002, owner="ute", project="Rear")
    longer = make_running(10000010, owner="ute", project="Rear")
    view = SavedView.objects.create(owner=mara, name="mine", query="?project=Front+crash&sort=name")
    channel = make_channel(mara, follows=False)
    for target in (Target(job=job), Target(project="Front crash"), Target(view=view)):
        channels.follow(channel, target, events=ALL, daily=False)
    by_view = make_channel(make_person("jens"), follows=False)
    channels.follow(by_view, Target(view=view), events=ALL, daily=False)

    for each in (job, other, longer):
        fail(each)
    spreading.spread()

    title = "Failed: 1000001 deck1000001.inp: no convergence"
    assert sorted(told()) == [("jens", title), ("mara", title)]


def test_people_hear_of_no_job_that_they_may_not_see(mara, settings):
    settings.PDFJOBS = closed(open_to_all=False)
    Member.objects.create(project=Project.objects.create(name="Secret"), user=mara)
    job = make_running(owner="ute", project="Secret")
    for name in ("mara", "jens"):
        user = mara if name == "mara" else make_person(name)
        channel = make_channel(user, follows=False)
        channels.follow(channel, Target(project="Secret"), events=ALL, daily=False)
        channels.follow(channel, Target(job=job), events=ALL, daily=False)

    fail(job)
    spreading.spread()

    assert [name for name, _ in told()] == ["mara"]


def test_who_wants_a_digest_gets_no_message_at_once_and_a_disabled_account_none(mara):
    channels.follow(make_channel(mara, follows=False), Target(), events=ALL, daily=True)
    job = make_running(reviewer="jens")
    make_channel(make_person("jens", is_active=False))

    fail(job)
    spreading.spread()

    assert told() == []


def test_an_event_and_what_it_happened_by_are_kept_or_lost_together(channel):
    job = make_running()
    end_run(job)
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        say(job, "error")
        raise ZeroDivisionError

    assert not Event.objects.exists()


def warn(job, *alerts, newest=None):
    newest = newest or timezone.now()
    run = job.runs.last()
    notices.warned([notices.Alarms(run.pk, list(alerts), int(newest.timestamp() * 1e9))])
    spreading.spread()


def test_an_early_warning_is_told_once_however_often_the_log_is_read(channel):
    job = make_running()
    for _ in range(3):
        warn(job, RED)
        notices._known_of.cache_clear()  # another worker

    assert told() == [("mara", "Act: 1000001 deck1000001.inp: energy ratio")]


def test_a_warning_that_gets_worse_is_told_again_and_one_that_gets_better_is_not(channel):
    job = make_running()
    for alert in (YELLOW, RED, YELLOW, RED):
        warn(job, alert)
        notices._known_of.cache_clear()

    assert [title.partition(":")[0] for _, title in told()] == ["Look", "Act"]


def test_a_warning_that_comes_with_time_is_told_when_it_holds(channel):
    job, now = make_running(), timezone.now()
    begun = now - timedelta(hours=5)
    warn(job, RED | {"after": (now + timedelta(minutes=1)).isoformat()}, newest=begun)
    assert told() == []

    warn(job, RED | {"after": (now - timedelta(minutes=1)).isoformat()}, newest=begun)
    assert len(told()) == 1


def test_a_warning_in_an_old_log_is_told_to_nobody(channel):
    warn(make_running(), RED, newest=timezone.now() - timedelta(hours=2))

    assert told() == []


def test_a_reading_that_brings_a_warning_notes_it_with_its_facts(channel):
    job = make_running()
    run = job.runs.last()
    standing = Standing(
        {"alerts": [RED], "time": 3.0}, "running", "", "file", False, 0.4, None, None
    )

    log = run.files.create(
        path="a.log", parser="x", parser_version=1, device=1, inode=1, head_len=0, head_sha=""
    )
    log.mtime_ns = int(timezone.now().timestamp() * 1e9)
    log.save()
    ingest.judge_again(run, lambda reports, newest: standing)

    (event,) = Event.objects.all()
    assert (event.kind, event.key, event.facts["time"]) == (
        "warning",
        "warning:1:energy ratio:red",
        3.0,
    )


def asked(job, actor, reviewer):
    job = Job.objects.get(pk=job.pk)
    review.save_review(
        job, actor=actor, version=review.version_of(job), changes={"reviewer": reviewer}
    )
    spreading.spread()


def test_who_is_asked_to_review_is_told_once_and_nobody_else(channel):
    job = make_running(status="normal", owner="ute")
    make_channel(make_person("jens"))
    for reviewer in ("mara", "", "mara"):
        asked(job, "ute", reviewer)

    assert told() == [("mara", "Please review: 1000001 deck1000001.inp")]


def test_who_takes_the_review_over_is_not_told_so(channel):
    asked(make_running(owner="ute"), "mara", "mara")

    assert told() == []


def test_the_message_says_what_must_be_known_at_three_in_the_morning(channel, settings):
    job = make_running(title="Door slam <b>", project="Front crash")
    facts = {"time": 12.5, "end_time": 30.0, "cycle": 412, "warnings": 2, "errors": 1}
    Run.objects.update(facts=facts, progress=0.41)
    folder = settings.INSTANCE.runs / "1000001_deck"
    folder.mkdir(parents=True)
    (folder / "deck.rout").write_bytes(b"x" * 2_500_000)
    end_run(Job.objects.get(), **NO_CONVERGENCE, cause_path="calculix.log")
    say(job, "error", "exit code 201")

    spreading.spread()

    lines = Notice.objects.get().text.splitlines()
    assert lines[0:3] == [
        "Job 1000001 deck1000001.inp",
        "Door slam <b>",
        "calculix, Front crash, mara",
    ]
    assert lines[3] == ""
    assert lines[4].startswith("Ended 20") and lines[4].endswith(
        ": error termination, exit code 201"
    )
    assert lines[5:8] == [
        "Cause: no convergence",
        "It rests on: too many cutbacks (calculix.log:686)",
        "State: time 12.5 of 30, 41 %, cycle 412, 2 warnings, 1 error",
    ]
    assert lines[8].startswith("Last restart file: deck.rout, 2.5 MB, 20")
    assert lines[9:] == [
        "What to do: Look at the last converged step before a restart with smaller increments.",
        "",
        "http://127.0.0.1:8000/jobs/1000001/",
    ]


def test_a_hostile_name_stays_one_line_and_no_more_than_text(channel):
    fail(make_running(name="a\nBcc: all@example.com\r\n{0}{job} %s\x1b\u202e" + "x" * 300))

    spreading.spread()

    (title,) = Notice.objects.values_list("title", flat=True)
    assert title.isprintable() and len(title) <= 150 and "{0}{job} %s" in title


def test_following_the_same_twice_keeps_one(channel):
    channels.follow(channel, Target(), events=("failed",), daily=False)

    assert [(f.target, f.events) for f in Follow.objects.all()] == [("mine", ["failed"])]


@pytest.mark.django_db(transaction=True)
def test_a_warning_whose_transaction_was_rolled_back_is_noted_by_the_next_reading(channel):
    job = make_running()
    alarms = [notices.Alarms(job.runs.last().pk, [RED], int(timezone.now().timestamp() * 1e9))]
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        notices.warned(alarms)
        raise ZeroDivisionError
    assert not Event.objects.exists()

    with transaction.atomic():
        notices.warned(alarms)

    assert Event.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_warning_that_was_noted_costs_no_question_any_more(channel, django_assert_num_queries):
    job = make_running()
    alarms = [notices.Alarms(job.runs.last().pk, [RED], int(timezone.now().timestamp() * 1e9))]
    with transaction.atomic():
        notices.warned(alarms)

    with transaction.atomic(), django_assert_num_queries(0):
        notices.warned(alarms)
