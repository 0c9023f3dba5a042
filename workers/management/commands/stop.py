"""`manage.py stop NUMBER`: ends a job's run, also without a running service."""

import time
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from pdfjobs.models import Job, Run
from pdfjobs.services import runs as service
from pdfjobs.services.errors import RefusedError
from workers import rundisk
from workers.launchers.errors import LaunchError
from workers.tasks import reading, solving

PATIENCE_S = 3.0


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
        run = Run.objects.select_related("job").filter(job=job).latest("ordinal")
        try:
            solving.stop(run)
        except LaunchError as error:
            raise CommandError(f"{number}: {error}") from error
        self.stdout.write(f"{number} {'has ended' if _has_ended(run) else 'was asked to end'}")


def _has_ended(run: Run) -> bool:
    """Waits for the end, and notes it where no service does."""
    deadline = time.monotonic() + settings.PDFJOBS.launcher.stop_grace_s + PATIENCE_S
    while rundisk.launcher_state(run) == "running":
        if time.monotonic() > deadline:
            return False
        time.sleep(0.1)
    if rundisk.launcher_state(run) != "never started":
        reading.read_to_end(run)
    run.refresh_from_db()
    return run.finished
