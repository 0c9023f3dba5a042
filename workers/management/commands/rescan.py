"""`manage.py rescan`: makes the diary hold what the disk says."""

from typing import Any

from django.core.management.base import BaseCommand

from workers import checking


class Command(BaseCommand):
    """Repairs every difference that `verify` finds."""

    help = "repairs every difference that verify finds; starts no solver"

    def handle(self, *_: Any, **__: Any) -> None:
        repaired = checking.repair_all()
        for place in repaired:
            self.stdout.write(f"repaired: {place}")
        left = checking.check_all().differences
        self.stdout.write(f"{len(repaired)} repaired, {len(left)} differences left")
        if left:
            raise SystemExit(1)
