"""How soon a dropped deck is seen: from its close to its row in the diary, as arriving and as a job.

Decks come one at a time; the next waits until the run of the last has ended, and after each deck one change goes
through the floor, so both meet the same machine. The quiet time that intake is set to wait is taken off; a job's
row cannot come sooner. The solver is a program that does nothing, since a solver takes whatever cores there are.
"""

import time
from typing import Any

from bench.database import place
from bench.figures import spread
from bench.floor import Floor
from bench.instance import running
from bench.reader import Reader
from tests.decks import beam
from tests.service import Service

QUIET_S = 0.2
SOLVER = "true"
SETTINGS = f"""
[intake]
quiet_s = {QUIET_S}
[launcher]
slots = 1
[solvers.calculix]
command = ["{SOLVER}"]
"""
WARM_UP = 3
ARRIVING = "SELECT 1 FROM pdfjobs_intakerecord WHERE path = ?"
JOB = "SELECT id FROM pdfjobs_job WHERE name = ?"
ENDED = "SELECT 1 FROM pdfjobs_run WHERE job_id = ? AND finished"


def run(changes: int, database: str) -> dict[str, Any]:
    with (
        place(database) as kept,
        running(SETTINGS + kept.settings) as service,
        Floor(database) as floor,
    ):
        reader = Reader(kept.beside(service.var / "diary.sqlite3"))
        for number in range(WARM_UP):
            _drop(service, reader, f"warm_up_{number}.inp")
        arriving, taken, bare = [], [], []
        for number in range(changes):
            seen_s, job_s = _drop(service, reader, f"deck_{number}.inp")
            arriving.append(seen_s)
            taken.append(job_s - QUIET_S)
            bare.append(floor.change().total_s)
        reader.close()
    return {
        "unit": "ms",
        "n": changes,
        **spread(taken),
        **spread(arriving, "arriving_"),
        **spread(bare, "floor_"),
        "quiet_s": QUIET_S,
        "solver": SOLVER,
    }


def _drop(service: Service, reader: Reader, name: str) -> tuple[float, float]:
    """Seconds from the deck's close until it was seen arriving, and until it was a job."""
    with (service.hotfolder / name).open("wb", buffering=0) as file:
        file.write(beam().encode())
        closed_at = time.monotonic()
    _, seen_at = reader.await_row(ARRIVING, name)
    (job,), job_at = reader.await_row(JOB, name)
    reader.await_row(ENDED, job)
    return seen_at - closed_at, job_at - closed_at
