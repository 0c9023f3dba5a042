"""Asks the queue server for everything at once: four round trips, whatever waits in the queues."""

import time
from typing import Any
from urllib.parse import unquote, urlsplit

import redis
from django.conf import settings
from rq import Queue as RqQueue
from rq.executions import WORKER_EXECUTIONS_KEY_TEMPLATE
from rq.job import Job as RqJob
from rq.registry import FailedJobRegistry, ScheduledJobRegistry, StartedJobRegistry
from rq.utils import utcparse
from rq.worker import Worker as RqWorker
from rq.worker_registration import REDIS_WORKER_KEYS

from pdfjobs import heartbeat, names
from pdfjobs.health.queues import Queue, Queues, Server, Worker
from pdfjobs.wording import QUEUE_WORDS

OVERDUE_S = 60.0
"""So long after its time, a scheduled task shows that nobody puts them back."""
MOST_WORKERS = 500
WORKER_FIELDS = (
    *("hostname", "pid", "queues", "state", "birth", "last_heartbeat", "death"),
    *("successful_job_count", "failed_job_count"),
)
TASK_FIELDS = ("description", "enqueued_at", "started_at", "ended_at")


def ask() -> Queues:
    """Everything there is; an outage is an answer like any other."""
    try:
        return _ask(heartbeat.client())
    except (redis.RedisError, OSError) as error:
        return away(_words(error))


def away(error: str) -> Queues:
    """What is known when no answer comes: nothing but why."""
    return Queues(Server(place(), error=error))


def place() -> str:
    """Where the queue server is."""
    url = urlsplit(settings.INSTANCE.redis_url)
    if url.scheme == "unix":
        return unquote(url.path)
    return f"{url.hostname or ''}:{url.port or 6379}"


def _ask(client: "redis.Redis") -> Queues:
    begun, now = time.monotonic(), time.time()
    with client.pipeline(transaction=False) as pipe:
        pipe.info()
        pipe.smembers(REDIS_WORKER_KEYS)
        for name in settings.QUEUES:
            _ask_queue(pipe, RqQueue(name, connection=client), now)
        info, known, *answers = pipe.execute()
    latency_s = time.monotonic() - begun
    step = len(answers) // len(settings.QUEUES)
    per_queue = {
        name: answers[start : start + step]
        for name, start in zip(settings.QUEUES, range(0, len(answers), step), strict=True)
    }
    keys = sorted(key.decode() for key in known)[:MOST_WORKERS]
    found = _fields(client, keys, WORKER_FIELDS)
    # A worker whose hash has run out was killed; one that says when it died is on its way out.
    alive = {key: each for key, each in found.items() if each["birth"] and not each["death"]}
    doing = _doing(client, list(alive))
    named = {*doing.values()}
    for _, first, _, last_failed, *_ in per_queue.values():
        named |= {rq_id.decode() for rq_id in (first, *last_failed) if rq_id}
    keys_of = {rq_id: RqJob.key_for(rq_id) for rq_id in named}
    hashes = _fields(client, list(keys_of.values()), TASK_FIELDS)
    tasks = {rq_id: hashes[key] for rq_id, key in keys_of.items()}
    workers = [
        _worker(key, each, tasks.get(doing.get(key, ""), {}), now) for key, each in alive.items()
    ]
    return Queues(
        _server(info, latency_s),
        tuple(_queue(name, answer, tasks, workers, now) for name, answer in per_queue.items()),
        tuple(sorted(workers, key=lambda worker: (worker.slot, worker.name))),
    )


def _ask_queue(pipe: Any, queue: RqQueue, now: float) -> None:
    """In the order that `_queue` takes the answers in."""
    failed = FailedJobRegistry(queue=queue).key
    scheduled = ScheduledJobRegistry(queue=queue).key  # type: ignore[no-untyped-call]
    pipe.llen(queue.key)
    pipe.lindex(queue.key, 0)
    pipe.zcard(failed)
    pipe.zrevrange(failed, 0, 0)
    pipe.zcard(scheduled)
    pipe.zcount(scheduled, "-inf", now - OVERDUE_S)
    pipe.zcard(StartedJobRegistry(queue=queue).key)


def _fields(
    client: "redis.Redis", keys: list[str], fields: tuple[str, ...]
) -> dict[str, dict[str, str]]:
    """Fields of hashes by key; "" for what is not there."""
    if not keys:
        return {}
    with client.pipeline(transaction=False) as pipe:
        for key in keys:
            pipe.hmget(key, fields)
        found = pipe.execute()
    return {
        key: {
            field: value.decode("utf-8", "replace") if value else ""
            for field, value in zip(fields, values, strict=True)
        }
        for key, values in zip(keys, found, strict=True)
    }


def _doing(client: "redis.Redis", workers: list[str]) -> dict[str, str]:
    """The task that each busy worker is in, by the worker's key."""
    if not workers:
        return {}
    with client.pipeline(transaction=False) as pipe:
        for key in workers:
            pipe.srandmember(WORKER_EXECUTIONS_KEY_TEMPLATE.format(_worker_name(key)))
        found = pipe.execute()
    return {
        key: execution.decode().partition(":")[0]
        for key, execution in zip(workers, found, strict=True)
        if execution
    }


def _queue(
    name: str,
    answer: list[Any],
    tasks: dict[str, dict[str, str]],
    workers: list[Worker],
    now: float,
) -> Queue:
    waiting, first, failed, last_failed, scheduled, overdue, running = answer
    oldest = tasks.get(first.decode(), {}) if first else {}
    broken = tasks.get(last_failed[0].decode(), {}) if last_failed else {}
    enqueued_at = _unix(oldest.get("enqueued_at", ""))
    return Queue(
        name,
        QUEUE_WORDS.untranslated().get(name, ""),
        waiting=waiting,
        oldest_s=None if enqueued_at is None else max(0.0, now - enqueued_at),
        oldest=names.readable(oldest.get("description", "")),
        running=running,
        scheduled=scheduled,
        overdue=overdue,
        failed=failed,
        last_failed=names.readable(broken.get("description", "")),
        workers=sum(name in worker.queues for worker in workers),
    )


def _worker(key: str, said: dict[str, str], task: dict[str, str], now: float) -> Worker:
    name = _worker_name(key)
    heard_at = _unix(said["last_heartbeat"])
    return Worker(
        name,
        slot=name.partition("@")[0],
        host=said["hostname"],
        pid=_int(said["pid"]),
        queues=tuple(said["queues"].split(",")),
        state=said["state"],
        task=names.readable(task.get("description", "")),
        since=_unix(task.get("started_at", "")),
        born_at=_unix(said["birth"]),
        heard_s=None if heard_at is None else max(0.0, now - heard_at),
        done=_int(said["successful_job_count"]) or 0,
        failed=_int(said["failed_job_count"]) or 0,
    )


def _worker_name(key: str) -> str:
    return key.removeprefix(RqWorker.redis_worker_namespace_prefix)


def _server(info: dict[str, Any], latency_s: float) -> Server:
    is_valkey = "valkey_version" in info
    return Server(
        place(),
        name="Valkey" if is_valkey else "Redis",
        version=str(info.get("valkey_version") or info.get("redis_version") or ""),
        latency_s=latency_s,
        uptime_s=info.get("uptime_in_seconds"),
        memory_bytes=info.get("used_memory"),
        max_memory_bytes=info.get("maxmemory") or None,
        evicts=info.get("maxmemory_policy", "noeviction") != "noeviction",
        persistence="every write" if info.get("aof_enabled") else "snapshots only",
        cannot_write="err"
        in (info.get("aof_last_write_status"), info.get("rdb_last_bgsave_status")),
    )


def _unix(said: str) -> float | None:
    try:
        return utcparse(said).timestamp()
    except ValueError:
        return None


def _int(said: str) -> int | None:
    return int(said) if said.isdigit() else None


def _words(error: Exception) -> str:
    words = (str(error).splitlines() or [type(error).__name__])[0].rstrip(".")
    return words.rpartition(". ")[2]  # redis says once more where it tried to connect
