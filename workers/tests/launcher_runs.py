"""Real runs for the launcher's tests: each in a folder of its own, and none left alive behind them."""

import functools
import json
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil
import pytest

from workers.launchers import confinement, local, processes

PATIENCE_S = 8.0
SAVER = """
import signal, sys
def save(number, frame):
    print("saved")
    sys.exit(7)
signal.signal(signal.SIGTERM, save)
print("ready")
while True: signal.pause()
"""
"""A solver that keeps its results when it is asked to end."""


def until(condition: Callable[[], Any]) -> Any:
    """What the condition gives once it is true; the test fails when it never is."""
    end = time.monotonic() + PATIENCE_S
    while not (value := condition()):
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.01)
    return value


class LiveRun:
    """One run folder and what the tests do with it."""

    def __init__(
        self, folder: Path, ordinal: int = 1, confine: local.Confinement | None = None
    ) -> None:
        self.folder = folder
        self.ordinal = ordinal
        self.confine = confine

    def start(self, *argv: str, **other: Any) -> None:
        values: dict[str, Any] = {
            "cores": 1,
            "wall_limit_s": None,
            "grace_s": 5.0,
            "confine": self.confine,
            **other,
        }
        spec = local.RunSpec(self.folder, self.ordinal, argv, "solver.log", **values)
        claim = local.Claim.take(self.folder, self.ordinal)
        assert claim is not None
        with claim:
            local.start(spec, claim)

    def start_python(self, program: str, **other: Any) -> None:
        self.start(sys.executable, "-u", "-c", program, **other)

    def start_sleeper(self, **other: Any) -> None:
        self.start("sleep", "600", **other)

    @property
    def record(self) -> dict[str, Any]:
        record = local.read_record(self.folder, self.ordinal)
        assert record is not None
        return record

    @property
    def log(self) -> str:
        return (self.folder / "solver.log").read_text()

    def file(self, ending: str) -> Path:
        return self.folder / ".pdfjobs" / f"run-{self.ordinal}.{ending}"

    def state(self) -> str:
        return local.state(self.folder, self.ordinal)

    def end(self) -> dict[str, Any]:
        """The record once it has an end."""
        until(lambda: self.state() == "ended")
        return self.record

    def ending(self) -> tuple[Any, ...]:
        record = self.end()
        return tuple(record[key] for key in ("end_cause", "exit_code", "signal", "stopped_by"))

    def kill_recorder(self) -> None:
        record = self.record
        os.kill(record["recorder_pid"], signal.SIGKILL)
        until(lambda: not processes.is_alive(record["recorder_pid"], record["recorder_start"]))

    def solver_is_alive(self) -> bool:
        record = self.record
        return processes.is_alive(record["pid"], record["pid_start"])

    def at_work(self) -> list[int]:
        """Processes that work in the run's folder, a sandbox's too, whose own numbers are others."""
        found = []
        for process in psutil.process_iter():
            with suppress(psutil.Error):
                if process.cwd() == str(self.folder):
                    found.append(process.pid)
        return found

    def is_locked(self) -> bool:
        claim = local.Claim.take(self.folder, self.ordinal)
        if claim is not None:
            claim.release()
        return claim is None

    def change_record(self, **values: Any) -> None:
        self.file("json").write_text(json.dumps({**self.record, **values}))

    def clear_away(self) -> None:
        """Ends what may still live of the run, the recorder first."""
        record = local.read_record(self.folder, self.ordinal)
        if record is None:
            return
        processes.signal_process(record["recorder_pid"], record["recorder_start"], signal.SIGKILL)
        if processes.is_alive(record["pid"], record["pid_start"]):
            processes.signal_session(record["pid"], signal.SIGKILL)


def bounds_for_tests(**values: Any) -> local.Confinement:
    """Bounds in which the tests' own Python can run; the test is skipped where nothing can be confined."""
    if why := _why_not():
        pytest.skip(f"solvers cannot be confined here: {why}")
    bwrap = confinement.find_bwrap()
    assert bwrap is not None
    known: dict[str, Any] = {
        "memory_bytes": 2**30,
        "processes": 200,
        "scratch_bytes": 2**26,
        "read": (sys.prefix,),
        "keep": ("PATH", "LM_LICENSE_FILE"),
    }
    return local.Confinement(bwrap, **{**known, **values})


@functools.cache
def _why_not() -> str:
    return confinement.why_not()


@pytest.fixture(params=["free", "confined"])
def bounds(request: pytest.FixtureRequest) -> local.Confinement | None:
    """What holds of a run holds confined and unconfined."""
    return bounds_for_tests() if request.param == "confined" else None


@pytest.fixture
def live(tmp_path: Path, bounds: local.Confinement | None) -> Iterator[LiveRun]:
    folder = tmp_path / "1000001_beam"
    folder.mkdir()
    run = LiveRun(folder, confine=bounds)
    yield run
    run.clear_away()
