"""What is known of the queue server, of the queues and of the workers."""

from dataclasses import dataclass

FULL = 0.98


@dataclass(frozen=True)
class Server:
    """The queue server; without an answer only `place` and `error` say something."""

    place: str
    """Its socket or host; never a password."""
    error: str = ""
    name: str = ""
    version: str = ""
    latency_s: float | None = None
    uptime_s: int | None = None
    memory_bytes: int | None = None
    max_memory_bytes: int | None = None
    """None: as much as the machine has."""
    evicts: bool = False
    """Throws keys away when its memory is full."""
    persistence: str = ""
    """In words."""
    cannot_write: bool = False
    """Its last write to the disk failed."""

    @property
    def is_full(self) -> bool:
        """Its memory; it hovers about the limit then, since what runs out makes room for a moment."""
        limit = self.max_memory_bytes
        return bool(limit) and (self.memory_bytes or 0) > FULL * (limit or 0)

    @property
    def takes_nothing(self) -> bool:
        """It answers, and refuses whatever would be kept: tasks, and the word that somebody is alive."""
        return self.cannot_write or self.is_full


@dataclass(frozen=True)
class Queue:
    """One of RQ's queues."""

    name: str
    about: str = ""
    waiting: int = 0
    oldest_s: float | None = None
    """How long the next task has waited."""
    oldest: str = ""
    running: int = 0
    scheduled: int = 0
    """Tried again later."""
    overdue: int = 0
    """Should have been tried again by now."""
    failed: int = 0
    last_failed: str = ""
    workers: int = 0


@dataclass(frozen=True)
class Worker:
    """A worker process."""

    name: str
    slot: str = ""
    host: str = ""
    pid: int | None = None
    queues: tuple[str, ...] = ()
    state: str = ""
    """RQ's word: started, idle, busy, suspended."""
    task: str = ""
    """What it does now."""
    since: float | None = None
    """Unix time when that was begun."""
    born_at: float | None = None
    heard_s: float | None = None
    """Seconds since it last said that it lives."""
    done: int = 0
    failed: int = 0

    @property
    def is_busy(self) -> bool:
        return bool(self.task)


@dataclass(frozen=True)
class Queues:
    """The queue server and what it holds; only `server` says something when that does not answer."""

    server: Server
    queues: tuple[Queue, ...] = ()
    workers: tuple[Worker, ...] = ()
