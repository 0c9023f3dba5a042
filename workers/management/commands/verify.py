"""`manage.py verify`: does the diary hold what the disk says?"""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.db import DatabaseError

from workers import checking


class Command(BaseCommand):
    """Compares a fresh reading of the disk with the diary; changes nothing."""

    help = "compares the disk, read from the first byte, with the diary; exit 0 equal, 1 differences, 2 could not check"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", dest="as_json")

    def handle(self, *_: Any, **options: Any) -> None:
        try:
            check = checking.check_all()
        except (OSError, DatabaseError) as error:
            self.stderr.write(f"could not check: {error}")
            raise SystemExit(2) from error
        if options["as_json"]:
            self.stdout.write(json.dumps([vars(d) for d in check.differences], default=str))
        else:
            for d in check.differences:
                self.stdout.write(
                    f"{d.location}: job {d.job}: {d.field}: disk {d.disk!r}, diary {d.diary!r}"
                )
            for place in check.settling:
                self.stdout.write(f"{place}: still settling")
            for place in check.gone:
                self.stdout.write(f"{place}: gone from the disk; the diary keeps its facts")
            self.stdout.write(f"{len(check.differences)} differences in {check.runs} runs")
        if check.differences:
            raise SystemExit(1)
