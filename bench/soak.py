"""A day of 500 jobs in twenty minutes: does what watcher and workers hold in memory grow?

Twenty jobs run at any time; each writes the four logs of a recorded CalculiX run in 200 steps, 400,000 changes in
all. Every tenth is a deck dropped into the hot folder and really run; every tenth folder is deleted some time after
its end. `growth` compares the medians of the last and the middle third; the first third is the warm-up. At the end
nothing may differ between diary and disk.
"""

import shutil
import statistics
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bench import growing
from bench.instance import running
from bench.parse import SAMPLE
from bench.roles import resident_bytes, roles
from bench.watched import APP
from tests.decks import beam
from tests.service import Service

JOBS, SHORT_JOBS = 500, 50
MINUTES, SHORT_MINUTES = 20.0, 2.0
AT_ONCE = 20
STEPS = 200
EVERY = 10
SAMPLE_S = 1.0
RESTS_S = 300.0
ROLES = ("watcher", "worker of ingest", "worker of backlog", "queue server")
ENDINGS = (".sta", ".cvg", ".dat", ".log")


def run(short: bool) -> dict[str, Any]:
    jobs, minutes = (SHORT_JOBS, SHORT_MINUTES) if short else (JOBS, MINUTES)
    with tempfile.TemporaryDirectory(prefix="pdfjobs-bench-") as scratch:
        tree = Path(scratch)
        with running(growing.tree_settings(tree)) as service:
            day = Day(tree, service, jobs)
            held = day.pass_in(minutes * 60)
            differences = len(service.differences_at_rest(RESTS_S))
            listed = len(service.jobs())
    growth = {role: _growth(some) for role, some in held.items()}
    return {
        "unit": "%",
        "growth": growth,
        "peak_mb": {role: round(max(some) / 1e6, 1) for role, some in held.items()},
        "jobs": jobs,
        "listed": listed,
        "changes": day.changes,
        "minutes": minutes,
        "samples": len(held["watcher"]),
        "differences": differences,
    }


@dataclass
class Day:
    """The traffic, as evenly spread as a loop can."""

    tree: Path
    service: Service
    jobs: int
    changes: int = 0
    ended: list[Path] = field(default_factory=list)

    def pass_in(self, seconds: float) -> dict[str, list[int]]:
        """Lets it all happen; memory held by each role, a sample a second."""
        held: dict[str, list[int]] = {role: [] for role in ROLES}
        begun, sampled, done = time.monotonic(), 0.0, 0
        steps = self._steps()
        all_steps = self.jobs * STEPS
        while (passed := time.monotonic() - begun) < seconds or done < all_steps:
            while done < min(all_steps, passed / seconds * all_steps):
                next(steps)
                done += 1
            if passed - sampled >= SAMPLE_S:
                sampled = passed
                found = roles(self.service)
                for role in ROLES:
                    held[role].append(resident_bytes(found.get(role, [])))
            time.sleep(0.005)
        return held

    def _steps(self) -> Iterator[None]:
        """A step of each of the jobs at work in turn; one that ends makes room for the next."""
        waiting = iter(range(self.jobs))
        at_work = [self._job(number) for _, number in zip(range(AT_ONCE), waiting, strict=False)]
        while at_work:
            for job in list(at_work):
                if next(job, "ended") == "ended":
                    at_work.remove(job)
                    at_work += [self._job(number) for number in _take_one(waiting)]
                else:
                    yield

    def _job(self, number: int) -> Iterator[None]:
        if number % EVERY == 0:
            self.service.drop(f"beam_{number}.inp", beam())
        folder = self.tree / f"project_{number // 100}" / f"job_{number}"
        folder.mkdir(parents=True)
        sample = (APP / SAMPLE).parent
        texts = {ending: (sample / f"bar{ending}").read_bytes() for ending in ENDINGS}
        for step in range(1, STEPS + 1):
            for ending, text in texts.items():
                part = text[len(text) * (step - 1) // STEPS : len(text) * step // STEPS]
                with (folder / f"bar{ending}").open("ab", buffering=0) as file:
                    file.write(part)
                self.changes += 1
            yield
        self.ended.append(folder)
        if len(self.ended) % EVERY == 0:
            shutil.rmtree(self.ended[-EVERY])


def _take_one(numbers: Iterator[int]) -> list[int]:
    number = next(numbers, None)
    return [] if number is None else [number]


def _growth(held: list[int]) -> float | None:
    """Per cent; None where there is no such process."""
    third = len(held) // 3
    middle, last = statistics.median(held[third : 2 * third]), statistics.median(held[-third:])
    return round(100 * (last / middle - 1), 1) if middle else None
