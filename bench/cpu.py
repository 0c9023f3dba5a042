"""How much of a core processes used."""

import time
from collections.abc import Iterable, Mapping

import psutil


def share(process: psutil.Process, seconds: float) -> float:
    """Per cent of a core that a process used over the next seconds."""
    used, begun = used_s(process), time.monotonic()
    time.sleep(seconds)
    return percent(used_s(process) - used, time.monotonic() - begun)


def used_s(process: psutil.Process) -> float:
    """CPU time of a process so far, its children's that have ended with it; 0 for one that is gone."""
    try:
        times = process.cpu_times()
    except psutil.NoSuchProcess:
        return 0.0
    return float(times.user + times.system + times.children_user + times.children_system)


class Meter:
    """CPU time of many processes by the name of what they do, from now on."""

    def __init__(self, processes: Mapping[str, Iterable[psutil.Process]]) -> None:
        self._processes = {name: list(some) for name, some in processes.items()}
        self._used = self._read()
        self._begun = time.monotonic()

    def shares(self) -> dict[str, float]:
        """Per cent of a core since the start, busiest first."""
        seconds = time.monotonic() - self._begun
        now = self._read()
        shares = {name: percent(now[name] - self._used[name], seconds) for name in now}
        return dict(sorted(shares.items(), key=lambda item: -item[1]))

    def _read(self) -> dict[str, float]:
        return {name: sum(map(used_s, some)) for name, some in self._processes.items()}


def percent(used: float, seconds: float) -> float:
    return round(100 * used / seconds, 2)
