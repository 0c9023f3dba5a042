"""`manage.py families`: says anew which jobs base runs tie together."""

from typing import Any

from django.core.management.base import BaseCommand

from pdfjobs.services import families


class Command(BaseCommand):
    """Needed once, for base runs that were there before families were kept."""

    help = "says anew which jobs base runs tie together"

    def handle(self, *_: Any, **__: Any) -> None:
        changed = families.settle_all()
        self.stdout.write(f"{changed} jobs are of another family now")
