"""Jobs as a site with some history has them: skewed names, owners, projects and words, the same for the same seed."""

import json
import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

FIRST = 1_000_001
DAYS = 3650
NEWEST = datetime(2026, 11, 1, tzinfo=UTC)
SYLLABLES = [
    "ba",
    "ko",
    "ri",
    "ten",
    "mul",
    "fa",
    "sor",
    "vi",
    "len",
    "dra",
    "gu",
    "pe",
    "sta",
    "lo",
    "mi",
    "rex",
    "ha",
    "bun",
    "ti",
    "cor",
]
PARTS = [
    "bracket",
    "door",
    "hood",
    "pillar",
    "bumper",
    "rail",
    "seat",
    "bolt",
    "gear",
    "shaft",
    "wing",
    "duct",
    "blade",
    "tank",
    "pipe",
]
KINDS = [
    "crash",
    "static",
    "modal",
    "sled",
    "pole",
    "buckling",
    "cfd",
    "thermal",
    "fatigue",
    "drop",
    "explicit",
    "nvh",
]
SOLVERS = {"ls-dyna": ".key", "abaqus": ".inp", "calculix": ".inp", "nastran": ".bdf"}
SOLVERS |= {"openfoam": "", "radioss": ".rad", "su2": ".cfg", "febio": ".feb"}
STATUSES = ["normal"] * 800 + ["error"] * 120 + ["other"] * 50 + ["finished"] * 20 + ["none"] * 10
ASSESSED = (
    [""] * 60 + ["ok"] * 25 + ["not_ok"] * 6 + ["issue"] * 4 + ["other"] * 2 + ["obsolete"] * 3
)
CAUSES = ["no convergence", "negative volume", "out of memory", "licence", "input", "time limit"]
TAGS = ["baseline", "thesis", "customer", "rerun", "mesh study", "final", "draft", "shown"]
ERRORS = [
    "*ERROR 40509 (SOL+509) negative volume in element {}",
    "***ERROR: TOO MANY ATTEMPTS MADE FOR THIS INCREMENT in step {}",
    "FATAL MESSAGE 9137 (SEKRRS) run terminated due to excessive pivot ratios at grid {}",
    "Maximum number of iterations exceeded in solver p at time {}",
]
WARNINGS = [
    "*WARNING 41143 (SOL+1143) time step of element {} is below the limit",
    "***WARNING: NODE {} IS INITIALLY PENETRATING",
    "USER WARNING MESSAGE 4124 grid {} is referenced only once",
]


class Made(NamedTuple):
    """A job with its latest run, as rows of their tables by column, and what its line is made of besides."""

    job: "JobRow"
    run: "RunRow"
    tags: list[str]
    base: int | None
    said: list[str]
    """Errors…"""
    warnings: list[str]


class JobRow(NamedTuple):
    number: int
    name: str
    title: str | None
    solver: str
    owner: str
    project: str
    status: str
    status_reason: str
    info: str
    analysis_status: str
    result_assessment: str
    result_summary: str
    reviewer: str
    cause: str
    warned: bool
    ended_at: datetime | None
    family: int | None
    submitted_at: datetime


class RunRow(NamedTuple):
    folder: str
    facts: str
    progress: float | None
    started_at: datetime | None
    ended_at: datetime | None
    finished: bool


def made_jobs(count: int, seed: int = 5) -> Iterator[Made]:
    """So many, oldest first; of the newest some hundred run or wait."""
    site = _Site(random.Random(seed), count)
    for place in range(count):
        yield site.job(place)


class _Site:
    """Who works on what: people and projects come and go, few of them make most of the jobs."""

    def __init__(self, chance: random.Random, count: int) -> None:
        self.chance, self.count = chance, count
        self.people = [_word(chance, 3) for _ in range(400)]
        self.projects = [_project(chance) for _ in range(3000)]
        self.words = [_word(chance, chance.choice((2, 3, 4))) for _ in range(60_000)]
        self.base: int | None = None

    def job(self, place: int) -> Made:
        chance, past = self.chance, place / self.count
        submitted = NEWEST - timedelta(days=DAYS * (1 - past), seconds=chance.randrange(3600))
        solver = [*SOLVERS][min(7, int(chance.expovariate(0.6)))]
        owner = self._at(self.people, past, 60) if chance.random() < 0.98 else ""
        project = self._at(self.projects, past, 120) if chance.random() < 0.9 else ""
        name = f"{self._stem()}{SOLVERS[solver]}"
        status, reason = self._status(place)
        over = status in ("normal", "error", "other", "finished")
        ended = submitted + timedelta(seconds=chance.expovariate(1 / 9000)) if over else None
        assessed = chance.choice(ASSESSED) if over and past < 0.999 else ""
        title = self._text(4) if chance.random() < 0.7 else None
        said = [chance.choice(ERRORS).format(chance.randrange(10**7))] if status == "error" else []
        warnings = [
            chance.choice(WARNINGS).format(chance.randrange(10**7))
            for _ in range(chance.choice((0, 0, 0, 1)))
        ]
        number = FIRST + place
        family = self._family(number)
        alerts = [{"rule": "added mass", "level": "red", "words": "grows", "line": None}]
        warned = chance.random() < 0.04
        facts: dict[str, Any] = {"warnings": chance.randrange(30), "errors": len(said)}
        facts |= {"alerts": alerts} if warned else {}
        cause = chance.choice(CAUSES) if status == "error" else ""
        return Made(
            JobRow(
                *(number, name, title, solver, owner, project, status, reason),
                self._text(12) if chance.random() < 0.5 else "",
                ("done" if assessed else chance.choice(("open", "open", "ongoing"))),
                assessed,
                self._text(8) if assessed else "",
                *(chance.choice(self.people) if chance.random() < 0.1 else "", cause),
                *(warned, ended, family, submitted),
            ),
            RunRow(
                f"{number}_{name}",
                json.dumps(facts),
                0.4 if status == "running" else None,
                *(submitted, ended, over),
            ),
            [chance.choice(TAGS)] if chance.random() < 0.08 else [],
            family,
            said,
            warnings,
        )

    def _stem(self) -> str:
        chance = self.chance
        part, kind = PARTS[min(14, int(chance.expovariate(0.3)))], chance.choice(KINDS)
        variant = f"v{chance.randrange(1, 60):02d}"
        serial = f"_{chance.randrange(10**6):06d}" if chance.random() < 0.3 else ""
        return f"{part}_{kind}_{variant}{serial}"

    def _family(self, number: int) -> int | None:
        """The job that this one descends from; those without one are the next ones' base."""
        if self.base and self.chance.random() < 0.4:
            return self.base
        self.base = number
        return None

    def _status(self, place: int) -> tuple[str, str]:
        left = self.count - place
        if left <= 1500 and left % 3 == 0:
            return "running", ""
        if left <= 300:
            return "pending", "waits for a free slot"
        status = self.chance.choice(STATUSES)
        return status, {"error": "exit code 1", "other": "silent since a day"}.get(status, "")

    def _at(self, among: list[str], past: float, wide: int) -> str:
        """One of those that are there at this time, the first of them most often."""
        begin = int(past * max(1, len(among) - wide))
        return among[begin + min(wide - 1, int(self.chance.expovariate(6 / wide)))]

    def _text(self, words: int) -> str:
        chance = self.chance
        return " ".join(
            self.words[int(len(self.words) * chance.random() ** 3)] for _ in range(words)
        )


def _word(chance: random.Random, syllables: int) -> str:
    return "".join(chance.choice(SYLLABLES) for _ in range(syllables))


def _project(chance: random.Random) -> str:
    return f"{chance.choice('3rq')}{chance.randrange(10**6):06d}"
