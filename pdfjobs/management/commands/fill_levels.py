"""`manage.py fill_levels`: makes the coarser copies of long series that were kept before there were any."""

from typing import Any

from django.core.management.base import BaseCommand

from pdfjobs.services import levels


class Command(BaseCommand):
    help = "Makes plots of long old series fast; once after an update, the service may run."

    def handle(self, *args: Any, **options: Any) -> None:
        made = 0
        for made in levels.fill():
            self.stderr.write(f"{made} rows", ending="\r")
        self.stdout.write(f"{made} rows were made.")
