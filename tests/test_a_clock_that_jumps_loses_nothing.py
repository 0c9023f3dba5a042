"""The machine's clock is set forwards and backwards by a day while the service runs, and the files' times with it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.decks import beam
from tests.faults import LONG, SEED, processes_by_kind, started_once
from tests.jumpingclock import Clock
from tests.logwriter import LogWriter
from tests.service import QUICK, Service, wait_for

DAY_S = 86_400
JUMPS_S = [DAY_S, -DAY_S, 0] * (5 if LONG else 1)
"""How far the clock is ahead after each jump; right at the end."""
CHANGES = 60


@pytest.fixture
def clock(tmp_path: Path) -> Clock:
    return Clock(tmp_path)


@pytest.fixture
def timed(tmp_path: Path, clock: Clock) -> Iterator[Service]:
    settings = f'{QUICK}[[trees]]\nname = "tree"\npath = "{tmp_path / "tree"}"\n'
    (tmp_path / "tree").mkdir()
    service = Service(tmp_path / "var", settings=settings, **clock.environment)
    yield service.start()
    service.stop()


@pytest.mark.timeout(1800 if LONG else 300)
def test_a_clock_that_jumps_by_a_day_loses_nothing(timed: Service, clock: Clock) -> None:
    """Keys of the queue server run out early or late, logs are older or younger than what was read of them."""
    tree = timed.var.parent / "tree"
    writer = LogWriter(tree / "busy", SEED, cases=8)
    LogWriter(tree / "still", SEED, cases=8)  # a clock that is ahead makes them silent for a day
    names = [f"at{number}.inp" for number in range(len(JUMPS_S))]

    for name, ahead_s in zip(names, JUMPS_S, strict=True):
        timed.drop(name, beam(increments=60))
        writer.make(CHANGES)
        wait_for(lambda name=name: timed.job(name), f"the job of {name}")
        clock.set(ahead_s)
        writer.clock_ahead_s = ahead_s
        writer.make(CHANGES)
        for process in processes_by_kind(timed)["watcher"]:
            process.kill()  # one that begins at this hour
        writer.make(CHANGES)
        assert timed.differences_at_rest(60) == []
    jobs = timed.ended(*names)

    assert timed.differences_at_rest() == []
    assert LogWriter(tree, SEED).folders() - {job["run_dir"] for job in timed.jobs()} == set()
    assert {job["status"] for job in jobs.values()} == {"normal"}
    assert [name for name, job in jobs.items() if not started_once(timed, job)] == []
