"""`manage.py status [--json]`: whether the service does its work, and what to do where it does not."""

import dataclasses
import json
import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.utils.translation import override

from pdfjobs import health
from pdfjobs.health import printed

EXITS = {"ok": 0, "warn": 1, "fail": 2}


class Command(BaseCommand):
    """Says how the service is; works whatever of it is down."""

    help = "says how the service is; exit 0: fine, 1: something to be looked at, 2: something is failing"
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", dest="as_json")

    def handle(self, *_: Any, **options: Any) -> None:
        if options["as_json"]:
            with override(None):
                found = health.look()
            facts = {"level": found.level, **dataclasses.asdict(found)}
            self.stdout.write(json.dumps(facts, default=str, indent=1))
        else:
            found = health.look()
            self.stdout.write("\n".join(printed.lines(found)))
        sys.exit(EXITS[found.level])
