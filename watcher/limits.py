"""The kernel's limits on inotify, how much of them is used, and what to raise in words."""

from dataclasses import dataclass
from pathlib import Path

LIMITS_FOLDER = Path("/proc/sys/fs/inotify")

ENOUGH_WATCHES = 524_288
ENOUGH_EVENTS = 65_536
ENOUGH_INSTANCES = 512
"""The least to advise: what spares most machines the next advice."""
NEARLY_ALL = 0.8
"""From this share on we speak before the limit is reached."""
KERNEL_BYTES = 1024
"""About what one watch takes of the kernel's memory, on 64-bit machines."""


@dataclass(frozen=True)
class Limits:
    """None where the kernel does not say."""

    max_user_watches: int | None
    """Of all processes of one user together."""
    max_queued_events: int | None
    """Of one instance; what comes on top is lost, and the queue says so once."""
    max_user_instances: int | None

    @classmethod
    def read(cls, folder: Path = LIMITS_FOLDER) -> "Limits":
        return cls(
            _number(folder / "max_user_watches"),
            _number(folder / "max_queued_events"),
            _number(folder / "max_user_instances"),
        )


@dataclass(frozen=True)
class Use:
    """What one watcher makes of the limits."""

    watches: int
    """Held, by all roots."""
    refused: int = 0
    """Folders that the kernel set no watch on, because there was none left; they are polled."""
    overflows: int = 0
    instance_refused: bool = False


def advice(limits: Limits, use: Use) -> list[str]:
    """One sentence for each limit that is reached, or nearly: what is wrong and what to do."""
    return [*_on_watches(limits, use), *_on_events(limits, use), *_on_instances(limits, use)]


def _on_watches(limits: Limits, use: Use) -> list[str]:
    limit, wanted = limits.max_user_watches, use.watches + use.refused
    remedy = _raise("max_user_watches", max(ENOUGH_WATCHES, 2 * wanted, (limit or 0) + wanted))
    if use.refused:
        folders = "1 folder" if use.refused == 1 else f"{use.refused:,} folders"
        of = "" if limit is None else f" of the {limit:,} that this user's processes may hold"
        megabytes = wanted * KERNEL_BYTES // 2**20 + 1
        return [
            f"The kernel has no watch left{of} for {folders}, polled instead: "
            f"{remedy}; {wanted:,} watches take about {megabytes:,} MB of its memory."
        ]
    if limit is not None and wanted > NEARLY_ALL * limit:
        return [f"{wanted:,} of the kernel's {limit:,} watches are held by this watcher: {remedy}."]
    return []


def _on_events(limits: Limits, use: Use) -> list[str]:
    if not use.overflows:
        return []
    limit = limits.max_queued_events
    of = "" if limit is None else f" of {limit:,} events"
    times = "once" if use.overflows == 1 else f"{use.overflows:,} times"
    remedy = _raise("max_queued_events", max(ENOUGH_EVENTS, 2 * (limit or 0)))
    return [
        f"The kernel's queue{of} overflowed {times}, and what it lost was found by looking again, "
        f"which is slower: {remedy}, then restart the watcher."
    ]


def _on_instances(limits: Limits, use: Use) -> list[str]:
    if not use.instance_refused:
        return []
    limit = limits.max_user_instances
    of = "" if limit is None else f" of the {limit:,} that this user's processes may hold"
    remedy = _raise("max_user_instances", max(ENOUGH_INSTANCES, 2 * (limit or 0)))
    return [f"The kernel has no inotify instance left{of}, so folders are polled: {remedy}."]


def _raise(name: str, least: int) -> str:
    key, value = f"fs.inotify.{name}", _power_above(least)
    return f"run `sysctl {key}={value}` and, for it to last, put `{key} = {value}` in /etc/sysctl.d"


def _power_above(number: int) -> int:
    """The least power of two that is no smaller."""
    return 1 << max(0, number - 1).bit_length()


def _number(path: Path) -> int | None:
    try:
        return int(path.read_text("ascii"))
    except (OSError, ValueError):
        return None
