"""`manage.py reindex`: says anew what every job is found by in the search."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from pdfjobs.services import joblines

NAMED = 20
"""Wrong jobs that are named."""


class Command(BaseCommand):
    help = (
        "Writes the search's words of every job anew, or says which are wrong; the service may run."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--check", action="store_true", help="change nothing; exit 1 for wrong words"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        done, wrong = 0, []
        for jobs in joblines.batches():
            if options["check"]:
                wrong += joblines.wrong(jobs)
            else:
                joblines.renew(jobs)
            done += len(jobs)
            self.stderr.write(f"{done} jobs", ending="\r")
        left = joblines.left_over()
        if not options["check"]:
            joblines.erase(left)
        elif wrong := sorted({*wrong, *left}):
            named = ", ".join(map(str, wrong[:NAMED])) + (" …" if len(wrong) > NAMED else "")
            raise CommandError(
                f"{len(wrong)} jobs are found by other words than they should be: {named};"
                " `manage.py reindex` mends that"
            )
        self.stdout.write(f"{done} jobs are found by their words.")
