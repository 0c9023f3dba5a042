"""`manage.py reindex`: says anew what every job is found by in the search."""

from typing import Any

from django.core.management.base import BaseCommand

from pdfjobs.services import joblines


class Command(BaseCommand):
    help = "Writes the search's words of every job anew; the service may run."

    def handle(self, *args: Any, **options: Any) -> None:
        done = 0
        for done in joblines.refresh_all():
            self.stderr.write(f"{done} jobs", ending="\r")
        self.stdout.write(f"{done} jobs are found by their words.")
