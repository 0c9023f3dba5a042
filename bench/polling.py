"""Where events cannot be trusted: 10,000 logs of running jobs polled every 5 s, 1 % of them growing each round.

2,000 folders with the five files of a run each; a growing log has to be handed over within a round and its quiet
time, so `lag` is counted from the write. Beside it watchdog's own polling of the same tree, and a bare walk of it
with one lstat a file every 5 s.
"""

import os
import random
import tempfile
import time
from pathlib import Path
from typing import Any

import psutil

from bench.consumer import stamps_below
from bench.cpu import percent, share, used_s
from bench.figures import share as quantile
from bench.overflow import ROW
from bench.rivals import Listener
from bench.watched import Watched

FOLDERS, SHORT_FOLDERS = 2_000, 200
ENDINGS = ("sta", "cvg", "dat", "log", "frd")
ROUND_S = 5.0
GROWING = 0.01
ROUNDS, SHORT_ROUNDS = 6, 3
SETTINGS = """
[watch]
mode = "poll"
poll_s = 5.0
stats_per_s = 5000
"""
PATIENCE_S = 120.0


def run(short: bool) -> dict[str, Any]:
    folders = SHORT_FOLDERS if short else FOLDERS
    rounds = SHORT_ROUNDS if short else ROUNDS
    with Watched(SETTINGS) as watched:
        runs = _make_runs(watched.tree, folders)
        watched.consumer.hint("bench", runs)
        watched.start()
        watched.await_files(folders * len(ENDINGS), PATIENCE_S)
        watched.await_ready(PATIENCE_S)
        time.sleep(ROUND_S)
        watched.account.forget()
        cpu, grown, lags = _grow(watched, runs, rounds)
        state = watched.state()
        missed = len(watched.account.missed())
        bare = _bare_walks(watched.tree)
        twice = watched.account.twice
    return {
        "unit": "% of a core",
        "logs": folders * len(ENDINGS),
        "cpu_percent": cpu,
        "grown": grown,
        "missed": missed,
        "twice": twice,
        "lag_p50_s": round(quantile(lags, 0.5), 2) if lags else None,
        "lag_p95_s": round(quantile(lags, 0.95), 2) if lags else None,
        "mode": state["state"],
        "watchdog_poll_cpu_percent": _watchdog(folders, rounds),
        "bare_walk_cpu_percent": bare,
    }


def _make_runs(tree: Path, folders: int) -> list[str]:
    runs = [f"project_{number // 100}/run_{number}" for number in range(folders)]
    for run in runs:
        (tree / run).mkdir(parents=True)
        for ending in ENDINGS:
            (tree / run / f"beam.{ending}").write_bytes(ROW)
    return runs


def _grow(watched: Watched, runs: list[str], rounds: int) -> tuple[float, int, list[float]]:
    """The watcher's share of a core while logs grow; how many grew, and how long each was unknown."""
    chance = random.Random(1)
    count = round(len(runs) * len(ENDINGS) * GROWING)
    written: dict[str, float] = {}
    lags: list[float] = []
    used, begun = used_s(watched.process), time.monotonic()
    for _ in range(rounds):
        for path in chance.sample(
            [f"{run}/beam.{ending}" for run in runs for ending in ENDINGS], count
        ):
            with (watched.tree / path).open("ab") as file:
                file.write(ROW)
            written.setdefault(path, time.monotonic())
            time.sleep(ROUND_S / count / 2)
        time.sleep(ROUND_S / 2)
        lags += _heard(watched, written)
    seconds = time.monotonic() - begun
    cpu = percent(used_s(watched.process) - used, seconds)
    deadline = time.monotonic() + 4 * ROUND_S
    while written and time.monotonic() < deadline:
        lags += _heard(watched, written)
        time.sleep(0.1)
    return cpu, rounds * count, lags


def _heard(watched: Watched, written: dict[str, float]) -> list[float]:
    """Takes out of `written` what was handed over since; for each the seconds it took."""
    told = watched.account.told_at
    heard = [path for path, at in written.items() if told.get(path, 0.0) >= at]
    return [told[path] - written.pop(path) for path in heard]


def _watchdog(folders: int, rounds: int) -> float:
    with tempfile.TemporaryDirectory(prefix="pdfjobs-bench-") as scratch:
        tree = Path(scratch) / "tree"
        _make_runs(tree, folders)
        with Listener("watchdog-poll", tree) as listener:
            return share(listener.process, rounds * ROUND_S)


def _bare_walks(tree: Path) -> float:
    """Per cent of a core that one walk every round would take."""
    process = psutil.Process(os.getpid())
    stamps_below(tree)
    used = used_s(process)
    for _ in range(5):
        stamps_below(tree)
    return percent(used_s(process) - used, 5 * ROUND_S)
