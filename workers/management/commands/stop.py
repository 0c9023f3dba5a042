"""`manage.py stop NUMBER`: ends a job's run, also without a running service."""

from argparse import ArgumentParser
from typing import Any

import redis
from django.core.management.base import BaseCommand, CommandError

from pdfjobs.models import Job, Run
from pdfjobs.services import runs as service
from pdfjobs.services.errors import RefusedError
from workers.launchers.errors import LaunchError
from workers.tasks import solving


class Command(BaseCommand):
    """Asks a run to end, and ends it after the grace time."""

    help = "ends the run of a job; the service need not run"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("number", type=int)
        parser.add_argument("--by", default="manage.py", help="who wants it; stands in the history")

    def handle(self, *_: Any, **options: Any) -> None:
        number = options["number"]
        job = Job.objects.filter(number=number).first()
        if job is None:
            raise CommandError(f"no job {number}")
        try:
            service.request_stop(job, options["by"])
        except RefusedError as error:
            raise CommandError(f"{number}: {error}") from error
        except redis.RedisError:
            pass  # no service; the run is ended here
        run = Run.objects.select_related("job").filter(job=job).latest("ordinal")
        try:
            solving.stop(run)
        except LaunchError as error:
            raise CommandError(f"{number}: {error}") from error
        self.stdout.write(f"{number} was asked to end")
