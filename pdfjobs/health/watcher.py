"""What the watcher says of itself, taken with care: it may be of another version, or a file a person wrote."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pdfjobs import names
from pdfjobs.heartbeat import Heartbeat

STATES = ("watched", "polled", "mixed", "missing")


@dataclass(frozen=True)
class Import:
    """How far the first look through a tree has come, in folders."""

    done: int
    total: int


@dataclass(frozen=True)
class Root:
    """A folder that is watched; None: the watcher does not say."""

    name: str
    path: str = ""
    kind: str = ""
    """hot or tree."""
    state: str = ""
    """One of `STATES`, or empty."""
    why: str = ""
    """Why it is polled, mixed or missing."""
    age_s: float | None = None
    """How old its news may be at worst."""
    pending: int = 0
    """Paths with news that were not handed over yet."""
    outstanding: int = 0
    """Paths that were handed over and not read yet."""
    oldest_s: float | None = None
    """Age of the oldest undelivered news."""
    oldest_path: str | None = None
    folders: int | None = None
    watches: int | None = None
    polled: int | None = None
    """Folders that are polled instead of watched."""
    overflows: int = 0
    rescans: int = 0
    handed: int = 0
    scan_at: float | None = None
    """Unix time of the end of the last look through all of it."""
    scan_s: float | None = None
    importing: Import | None = None


@dataclass(frozen=True)
class Limits:
    """The kernel's, of the watcher's host."""

    watches: int | None = None
    """All that the watcher holds."""
    max_user_watches: int | None = None
    max_queued_events: int | None = None
    max_user_instances: int | None = None

    @property
    def watches_share(self) -> float | None:
        if self.watches is None or not self.max_user_watches:
            return None
        return self.watches / self.max_user_watches


@dataclass(frozen=True)
class Watcher:
    """The watcher as last heard."""

    running: bool | None
    """None: not known, since the queue server does not answer."""
    at: float | None = None
    """Unix time of its last word."""
    age_s: float | None = None
    pid: int | None = None
    host: str = ""
    started_at: float | None = None
    rss_bytes: int | None = None
    roots: tuple[Root, ...] = ()
    limits: Limits = Limits()
    advice: tuple[str, ...] = ()


def read_watcher(heard: Heartbeat, now: float) -> Watcher:
    """Everything in the heartbeat that is of the kind it should be."""
    word = heard.word
    roots = word.get("roots")
    advice = word.get("advice")
    return Watcher(
        running=None if not heard.queue_server else not heard.late,
        at=heard.at,
        age_s=None if heard.at is None else max(0.0, now - heard.at),
        pid=_count(word, "pid"),
        host=_text(word, "host"),
        started_at=_seconds(word, "started_at"),
        rss_bytes=_count(word, "rss_bytes"),
        roots=tuple(
            _root(each)
            for each in (roots if isinstance(roots, list) else [])
            if isinstance(each, dict) and _text(each, "name")
        ),
        limits=_limits(word.get("limits")),
        advice=tuple(
            names.readable(each)
            for each in (advice if isinstance(advice, list) else [])
            if isinstance(each, str)
        ),
    )


def _root(said: Mapping[str, Any]) -> Root:
    state = _text(said, "state")
    return Root(
        name=_text(said, "name"),
        path=_text(said, "path"),
        kind=_text(said, "kind"),
        state=state if state in STATES else "",
        why=_text(said, "why"),
        age_s=_seconds(said, "age_s"),
        pending=_count(said, "pending") or 0,
        outstanding=_count(said, "outstanding") or 0,
        oldest_s=_seconds(said, "oldest_s"),
        oldest_path=_text(said, "oldest_path") or None,
        folders=_count(said, "folders"),
        watches=_count(said, "watches"),
        polled=_count(said, "polled"),
        overflows=_count(said, "overflows") or 0,
        rescans=_count(said, "rescans") or 0,
        handed=_count(said, "handed") or 0,
        scan_at=_seconds(said, "scan_at"),
        scan_s=_seconds(said, "scan_s"),
        importing=_import(said.get("import")),
    )


def _import(said: Any) -> Import | None:
    if not isinstance(said, dict):
        return None
    done, total = _count(said, "done"), _count(said, "total")
    return None if done is None or total is None else Import(done, total)


def _limits(said: Any) -> Limits:
    if not isinstance(said, dict):
        return Limits()
    return Limits(**{name: _count(said, name) for name in Limits.__dataclass_fields__})


def _seconds(said: Mapping[str, Any], key: str) -> float | None:
    value = said.get(key)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if 0 <= value < 1e12 else None  # nan and inf are no seconds


def _count(said: Mapping[str, Any], key: str) -> int | None:
    value = _seconds(said, key)
    return None if value is None else int(value)


def _text(said: Mapping[str, Any], key: str) -> str:
    value = said.get(key)
    return names.readable(value) if isinstance(value, str) else ""
