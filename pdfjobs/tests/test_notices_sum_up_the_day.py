"""The daily digest: at the person's hour, once a day, and only when there is something to say."""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from pdfjobs.models import Channel, Follow, Member, Notice, Project, Run, SavedView
from pdfjobs.services import channels, digests
from pdfjobs.services.channels import Target
from pdfjobs.tests.notice_rows import ALL, make_channel, make_person, make_running
from pdfjobs.tests.web_rows import make_job

pytestmark = pytest.mark.django_db


@pytest.fixture
def mara():
    return make_person()


@pytest.fixture
def channel(mara):
    """Its digest was due a minute ago; it tells of mara's own jobs."""
    made = make_channel(mara)
    channels.change(made, name="", digest_hour=7, zone="UTC")
    return late(made)


def late(channel):
    Channel.objects.filter(pk=channel.pk).update(digest_at=timezone.now() - timedelta(minutes=1))
    channel.refresh_from_db()
    return channel


def ended(number, status, ago=timedelta(hours=3), **values):
    moment = timezone.now() - ago
    run_values = {"ended_at": moment, "finished": True}
    values = {"owner": "mara", "status": status, "ended_at": moment} | values
    return make_job(number, run_values=run_values, **values)


def digest():
    (found,) = Notice.objects.all()
    return found


@pytest.mark.parametrize(
    ("zone", "hour", "now", "expected"),
    [
        ("UTC", 7, "2026-03-01T06:59", "2026-03-01T07:00"),
        ("UTC", 7, "2026-03-01T07:00", "2026-03-02T07:00"),
        ("Europe/Berlin", 7, "2026-03-01T12:00", "2026-03-02T06:00"),
        ("Europe/Berlin", 7, "2026-03-28T12:00", "2026-03-29T05:00"),  # summer time begins
        ("Europe/Berlin", 2, "2026-03-28T12:00", "2026-03-29T01:00"),  # there is no 2 o'clock
        ("Europe/Berlin", 2, "2026-10-24T12:00", "2026-10-25T00:00"),  # there are two
        ("Europe/Berlin", 2, "2026-10-25T00:30", "2026-10-26T01:00"),
        ("Asia/Tokyo", 0, "2026-03-01T12:00", "2026-03-01T15:00"),
        ("Asia/Kathmandu", 7, "2026-03-01T12:00", "2026-03-02T01:15"),
    ],
)
def test_the_next_digest_is_at_the_hour_where_the_person_is(zone, hour, now, expected):
    channel = Channel(zone=zone, digest_hour=hour)
    moment = datetime.fromisoformat(now).replace(tzinfo=UTC)

    at = digests.next_digest(channel, moment)

    assert at.astimezone(UTC).isoformat()[:16] == expected


def test_it_tells_what_failed_ended_runs_and_waits_for_a_look(channel):
    facts = {"cause": "no convergence", "cause_text": "too many\ncutbacks"}
    ended(1000001, "error", facts=facts)
    ended(1000002, "normal")
    ended(1000003, "normal", ago=timedelta(days=2))
    early = timezone.now() + timedelta(hours=2)
    ends = {"best": early, "early": early, "late": early + timedelta(hours=1)}
    make_running(1000004, facts={"ends": {name: at.isoformat() for name, at in ends.items()}})
    Run.objects.filter(job__number=1000004).update(progress=0.42)
    ended(1000005, "normal", ago=timedelta(days=2), result_assessment="ok")
    ended(1000006, "normal", owner="ute")
    ended(1000007, "normal", ago=timedelta(days=30))

    digests.sum_up()

    told = digest()
    day = f"{timezone.now():%Y-%m-%d}"
    assert told.title == f"Jobs on {day}: 1 failed, 1 ended well, 1 running, 1 to review"
    lines = [line for line in told.text.splitlines() if line.startswith("- ")]
    assert lines == [
        "- 1000001 deck1000001.inp: no convergence (too many cutbacks)",
        "- 1000002 deck1000002.inp",
        f"- 1000004 deck1000004.inp: 42 %, ends {early:%a %H:%M} to {ends['late']:%a %H:%M}",
        "- 1000003 deck1000003.inp",
    ]
    assert "http://127.0.0.1:8000/jobs/1000004/" in told.text


def test_it_comes_once_a_day_however_often_it_is_asked_for(channel):
    ended(1000001, "error")
    digests.sum_up()
    digests.sum_up()
    late(channel)  # as if the mark had been lost

    digests.sum_up()

    assert Notice.objects.count() == 1
    channel.refresh_from_db()
    assert channel.digest_at > timezone.now()


def test_the_next_one_goes_on_where_the_last_one_ended(channel):
    ended(1000001, "error", ago=timedelta(hours=30))
    ended(1000002, "error", ago=timedelta(hours=3))
    Channel.objects.update(digest_since=timezone.now() - timedelta(hours=31))

    digests.sum_up()

    assert "2 failed" in digest().title


def test_nothing_to_say_is_no_message(channel):
    ended(1000001, "normal", owner="ute")

    digests.sum_up()

    assert not Notice.objects.exists()


def test_projects_views_and_jobs_are_summed_up_each_job_once(mara):
    channel = make_channel(mara, follows=False)
    view = SavedView.objects.create(owner=mara, name="v", query="project=Rear&status=error")
    job = ended(1000001, "error", owner="ute", project="Front")
    ended(1000002, "error", owner="ute", project="Rear")
    ended(1000003, "normal", owner="ute", project="Rear")
    for target in (Target(job=job), Target(project="Front"), Target(view=view)):
        channels.follow(channel, target, events=ALL, daily=True)
    late(channel)

    digests.sum_up()

    assert "2 failed" in digest().title and "ended well" not in digest().title


def test_what_one_does_not_see_is_not_summed_up(mara, settings):
    web = settings.PDFJOBS.web.model_copy(update={"open_to_all": False})
    settings.PDFJOBS = settings.PDFJOBS.model_copy(update={"web": web})
    channel = make_channel(mara, follows=False)
    job = ended(1000001, "error", owner="ute", project="Secret")
    member = Member.objects.create(project=Project.objects.create(name="Secret"), user=mara)
    for target in (Target(job=job), Target(project="Secret")):
        channels.follow(channel, target, events=ALL, daily=True)
    member.delete()
    late(channel)

    digests.sum_up()

    assert not Notice.objects.exists()


def test_of_very_many_only_some_are_named(channel):
    for number in range(40):
        ended(1000001 + number, "error")

    digests.sum_up()

    assert "30+ failed" in digest().title and digest().text.count("\n- 1000") == 30


def test_asking_for_a_digest_sets_an_hour(mara):
    channel = make_channel(mara, follows=False)

    channels.follow(channel, Target(), events=("failed",), daily=True)

    channel.refresh_from_db()
    assert channel.digest_hour == 7 and channel.digest_at > timezone.now()
    assert Follow.objects.get().daily
