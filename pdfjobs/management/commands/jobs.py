"""`manage.py jobs --json`: the diary's jobs for scripts."""

import json
import os
import sys
from argparse import ArgumentParser
from collections.abc import Iterable
from typing import Any

from django.core.management.base import BaseCommand

from pdfjobs import queries
from pdfjobs.export import job_object
from pdfjobs.models import STATUSES


class Command(BaseCommand):
    """Lists jobs, newest first."""

    help = "lists jobs, newest first; with --json an array of objects on standard output"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", dest="as_json")
        parser.add_argument("--status", choices=STATUSES)
        parser.add_argument("--number", type=int)
        parser.add_argument("--search", default="", help="words; each must begin a word of the job")

    def handle(self, *_: Any, **options: Any) -> None:
        found = queries.job_list(
            queries.ListParams(
                q=options["search"], status=options["status"] or "", show_obsolete=True
            )
        ).prefetch_related("base_runs")
        if options["number"] is not None:
            found = found.filter(number=options["number"])
        jobs = (job_object(job) for job in found.iterator(chunk_size=500))
        try:
            self._write(jobs, options["as_json"])
            self.stdout.flush()
        except BrokenPipeError:  # who reads has read enough, as `head` does
            jobs.close()
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())

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
