"""`manage.py jobs --json`: the diary's jobs for scripts."""

import json
import os
import sys
from argparse import ArgumentParser
from collections.abc import Iterable, Iterator
from typing import Any

from django.core.management.base import BaseCommand

from pdfjobs.export import job_object
from pdfjobs.forms import MOST_NUMBER
from pdfjobs.listing import find
from pdfjobs.listing.expression import EVERYBODY
from pdfjobs.listing.params import ListParams
from pdfjobs.models import STATUSES, Job

BATCH = 500


class Command(BaseCommand):
    """Lists jobs, newest first."""

    help = "lists jobs, newest first; with --json an array of objects on standard output"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", dest="as_json")
        parser.add_argument("--status", choices=STATUSES)
        parser.add_argument("--number", type=int)
        parser.add_argument("--search", default="", help="words; each must begin a word of the job")

    def handle(self, *_: Any, **options: Any) -> None:
        params = ListParams(q=options["search"], status=options["status"] or "", show_obsolete=True)
        wanted = options["number"]
        if wanted is None or params.narrowing():
            numbers = [n for n in find.matching(params, EVERYBODY) if wanted in (None, n)]
        else:
            numbers = [wanted] if 0 <= wanted <= MOST_NUMBER else []
        jobs = (job_object(job) for job in self._jobs(numbers))
        try:
            self._write(jobs, options["as_json"])
            self.stdout.flush()
        except BrokenPipeError:  # who reads has read enough, as `head` does
            jobs.close()
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())

    def _jobs(self, numbers: list[int]) -> Iterator[Job]:
        for at in range(0, len(numbers), BATCH):
            jobs = Job.objects.filter(number__in=numbers[at : at + BATCH]).order_by("-number")
            yield from jobs.prefetch_related("runs", "base_runs")

    def _write(self, jobs: Iterable[dict[str, Any]], as_json: bool) -> None:
        if as_json:
            # One by one: a million jobs must not need memory for all.
            self.stdout.write("[", ending="")
            for position, job in enumerate(jobs):
                self.stdout.write(",\n" if position else "", ending="")
                self.stdout.write(json.dumps(job), ending="")
            self.stdout.write("]")
            return
        for job in jobs:
            progress = "" if job["progress"] is None else f"{job['progress']:4.0%}"
            self.stdout.write(
                f"{job['number']}  {job['status']:8} {progress:4}  {job['solver']:10} {job['user']:12} {job['name']}"
            )
