"""People who follow jobs, and times, for the tests of notices."""

from datetime import timedelta

from django.contrib.auth.models import User
from django.utils import timezone

from pdfjobs.models import Notice, Run
from pdfjobs.notify.addresses import Address
from pdfjobs.services import channels
from pdfjobs.services.channels import Target
from pdfjobs.tests.web_rows import make_job

ALL = ("ended", "failed", "warning", "assigned")
RED = {"rule": "energy ratio", "level": "red", "words": "total energy is 1.2", "line": 7}
YELLOW = RED | {"level": "yellow"}


def make_person(name="mara", **values):
    return User.objects.create_user(name, **values)


def make_channel(user, *, address="mara@example.com", kind="mail", follows=True):
    """A way to reach somebody, by which the person's own jobs are followed in all events."""
    channel = channels.add(user, "", Address(kind, address, address), "UTC")
    channel.follows.all().delete()
    if follows:
        channels.follow(channel, Target(), events=ALL, daily=False)
    return channel


def make_running(number=1000001, **values):
    """A job of mara's whose run began an hour ago."""
    begun = timezone.now() - timedelta(hours=1)
    return make_job(
        number,
        **{"owner": "mara", "solver": "calculix", "status": "running", "machine_status": "running"}
        | {"submitted_at": begun}
        | values,
    )


def end_run(job, ago=timedelta(minutes=1), **facts):
    """What the run's row says by the time that its status is told."""
    run = job.runs.last()
    Run.objects.filter(pk=run.pk).update(
        ended_at=timezone.now() - ago, facts=run.facts | facts, finished=True
    )


def told():
    """Person and title of each notice, oldest first."""
    rows = Notice.objects.order_by("pk").select_related("channel__user")
    return [(row.channel.user.username, row.title) for row in rows]
