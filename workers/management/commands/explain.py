"""`manage.py explain PATH`: why a path is a job or not, and what to do, as far as the parts of the service know."""

import json
import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from pdfjobs import names
from workers.explaining.facts import gather
from workers.explaining.story import story
from workers.explaining.verdict import judge


class Command(BaseCommand):
    """Follows a path from the disk by watcher and queue to the diary; changes nothing, needs no running service."""

    help = (
        "says what watcher, queue, workers and diary know of a path, and why it is or is not a job;"
        " exit 0: nobody has to act, 1: somebody has"
    )
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("path", help="a file or folder, there or not; or as pages name it")
        parser.add_argument("--json", action="store_true", dest="as_json")

    def handle(self, *_: Any, **options: Any) -> None:
        facts = gather(options["path"])
        said, verdict = story(facts), judge(facts)
        if options["as_json"]:
            whole = {
                "path": facts.place.path,
                "verdict": vars(verdict),
                "story": [{"about": about, "said": words} for about, words in said],
                "not_asked": facts.not_asked,
                "facts": facts.to_json(),
            }
            self.stdout.write(json.dumps(whole, default=str, indent=1))
        else:
            lines = [("", names.readable(facts.place.path)), *said]
            lines += [("Not asked", part) for part in facts.not_asked]
            lines += [("Verdict", verdict.text), ("What to do", verdict.remedy)]
            self.stdout.write("\n".join(f"{about:<11} {words}".strip() for about, words in lines))
        sys.exit(0 if verdict.fine else 1)
