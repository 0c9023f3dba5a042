"""The facts as tables for a terminal, in the language of the site."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from pdfjobs.health import Health
from pdfjobs.health.backup import Backup
from pdfjobs.health.database import Database
from pdfjobs.health.disks import Disk
from pdfjobs.health.problem import FAIL, WARN, Problem
from pdfjobs.health.queues import Queue, Server, Worker
from pdfjobs.health.watcher import Import, Root, Watcher
from pdfjobs.sentences.tasks import TASKS
from pdfjobs.sentences.troubles import PLACES, TROUBLES
from pdfjobs.sentences.watching import WHYS
from pdfjobs.templatetags.diary import bytes_size, duration, percent
from pdfjobs.wording import KEPT_WORDS, QUEUE_WORDS, ROOT_WORDS, WORKER_WORDS

NOTHING = "-"
LEVELS = {
    "ok": gettext_lazy("The service works."),
    "warn": gettext_lazy("The service works, but see to this:"),
    "fail": gettext_lazy("The service FAILS:"),
}
MARKS = {
    WARN: pgettext_lazy("problem", "WARN"),
    FAIL: pgettext_lazy("problem", "FAIL"),
}
HEAD = 14
"""Letters before what is said."""


def lines(health: Health) -> Iterator[str]:
    """1. What is wrong and what to do. 2. Watcher and roots. 3. Queues and workers. 4. What all rests on."""
    yield str(LEVELS[health.level])
    for problem in health.problems:
        yield from _problem(problem)
    yield from ("", _headed(_("Watcher"), _watcher(health.watcher, health.at)))
    yield from _table(
        (_("root"), _("state"), _("news at most"), _("not handed over"), _("not read"),
         _("folders"), _("watches"), _("polled"), _("overflows"), _("rescans"), _("last scan"),
         _("import")),
        (_root(root) for root in health.watcher.roots),
    )  # fmt: skip
    yield from (
        f"  {root.name}: {WHYS.said(root.why)}" for root in health.watcher.roots if root.why
    )
    if health.queues.queues:
        yield ""
    yield from _table(
        (_("queue"), _("waiting"), _("next waits"), _("running"), _("again later"), _("failed"),
         _("workers"), _("holds")),
        (_queue(queue) for queue in health.queues.queues),
    )  # fmt: skip
    if health.queues.workers:
        yield ""
        yield from _table(
            (_("worker"), _("host"), _("pid"), _("state"), _("since"), _("does")),
            (_worker(worker) for worker in health.queues.workers),
        )
    yield ""
    yield from _stores(health)
    versions = (f"{name} {version}" for name, version in health.program.versions)
    yield _headed(_("Versions"), ", ".join(versions))


def _headed(head: str, said: str) -> str:
    return f"{head.ljust(HEAD - 1)} {said}"


def _problem(problem: Problem) -> Iterator[str]:
    what = problem.what
    if problem.since:
        moment = _moment(problem.since.timestamp())
        what = _("%(what)s (since %(moment)s)") % {"what": what, "moment": moment}
    yield f"  {MARKS[problem.level]!s:4}  {what}"
    if problem.remedy:
        yield f"        {problem.remedy}"


def _watcher(watcher: Watcher, now: float) -> str:
    state = {True: _("running"), False: _("NOT RUNNING"), None: _("not known")}[watcher.running]
    words = [state]
    if watcher.age_s is not None:
        words.append(_("heard %(time)s ago") % {"time": duration(watcher.age_s)})
    if watcher.pid is not None:
        words.append(_("process %(pid)s on %(host)s") % {"pid": watcher.pid, "host": watcher.host})
    if watcher.started_at is not None:
        words.append(_("up %(time)s") % {"time": duration(now - watcher.started_at)})
    if watcher.rss_bytes is not None:
        words.append(bytes_size(watcher.rss_bytes))
    limits = watcher.limits
    if limits.watches is not None:
        words.append(
            _("%(held)s watches of %(all)s")
            % {"held": limits.watches, "all": _said(limits.max_user_watches)}
        )
    return ", ".join(words)


def _root(root: Root) -> tuple[Any, ...]:
    oldest = "" if root.oldest_s is None else f" ({_oldest(root)})"
    scan = NOTHING if root.scan_at is None else _moment(root.scan_at)
    if root.scan_s is not None:
        scan = _("%(moment)s in %(time)s") % {"moment": scan, "time": duration(root.scan_s)}
    return (
        root.name, ROOT_WORDS.get(root.state, NOTHING), _seconds(root.age_s),
        f"{root.pending}{oldest}", root.outstanding, _said(root.folders), _said(root.watches),
        _said(root.polled), root.overflows, root.rescans, scan, _import(root.importing),
    )  # fmt: skip


def _oldest(root: Root) -> str:
    age = duration(root.oldest_s)
    return f"{age}: {root.oldest_path}" if root.oldest_path else age


def _import(going: Import | None) -> str:
    if going is None:
        return NOTHING
    return _("%(done)s of %(all)s folders") % {"done": going.done, "all": going.total}


def _queue(queue: Queue) -> tuple[Any, ...]:
    return (
        queue.name, queue.waiting, _seconds(queue.oldest_s), queue.running, queue.scheduled,
        queue.failed, queue.workers, QUEUE_WORDS.get(queue.name, queue.about),
    )  # fmt: skip


def _worker(worker: Worker) -> tuple[Any, ...]:
    since = worker.born_at if worker.since is None else worker.since
    return (
        worker.slot, worker.host, _said(worker.pid),
        WORKER_WORDS.said(worker.state) or NOTHING,
        NOTHING if since is None else _moment(since), TASKS.said(worker.task) or NOTHING,
    )  # fmt: skip


def _stores(health: Health) -> Iterator[str]:
    yield _headed(_("Queue server"), _server(health.queues.server))
    if health.database is not None:
        yield _headed(_("Database"), _database(health.database))
    for disk in health.disks:
        yield _headed(_("Disk"), f"{', '.join(disk.places)} ({disk.path}): {_room(disk)}")
    if health.backup.name or health.backup.limit_s is not None:
        yield _headed(_("Newest backup"), _newest(health.backup))
    since = health.program.serving_since
    yield _headed(
        _("Web server"),
        _("not on this host")
        if since is None
        else _("up %(time)s") % {"time": duration(health.at - since)},
    )


def _newest(backup: Backup) -> str:
    if backup.age_s is None:
        return _("none")
    return _("%(name)s, %(time)s ago") % {"name": backup.name, "time": duration(backup.age_s)}


def _database(database: Database) -> str:
    known = (
        _no_answer(database.error)
        if database.error
        else _("%(size)s, answers in %(time)s, at %(migration)s")
        % {
            "size": bytes_size(database.size_bytes),
            "time": _milliseconds(database.latency_s),
            "migration": database.migration,
        }
    )
    return f"{database.engine} {database.version} ({PLACES.said(database.place)}): {known}"


def _room(disk: Disk) -> str:
    if disk.error:
        return TROUBLES.said(disk.error)
    room = _("%(free)s of %(all)s free, %(share)s") % {
        "free": bytes_size(disk.free_bytes),
        "all": bytes_size(disk.total_bytes),
        "share": percent(disk.free_share),
    }
    return f"{room}, {_('read-only')}" if disk.read_only else room


def _server(server: Server) -> str:
    if server.error:
        return f"{server.place}: {_no_answer(server.error)}"
    said = _("answers in %(time)s, %(size)s, keeps %(kept)s, up %(uptime)s") % {
        "time": _milliseconds(server.latency_s),
        "size": bytes_size(server.memory_bytes),
        "kept": KEPT_WORDS.said(server.persistence),
        "uptime": duration(server.uptime_s),
    }
    return f"{server.name} {server.version} ({server.place}): {said}"


def _no_answer(error: str) -> str:
    return _("no answer: %(error)s") % {"error": TROUBLES.said(error)}


def _table(head: Sequence[str], rows: Iterable[Sequence[Any]]) -> Iterator[str]:
    """Columns as wide as what stands in them."""
    whole = [[str(cell) for cell in row] for row in (head, *rows)]
    if len(whole) == 1:
        return
    widths = [max(map(len, column)) for column in zip(*whole, strict=True)]
    for row in whole:
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        yield ("  " + "  ".join(cells)).rstrip()


def _said(value: object) -> str:
    return NOTHING if value is None else str(value)


def _seconds(value: float | None) -> str:
    return NOTHING if value is None else duration(value)


def _milliseconds(value: float | None) -> str:
    return NOTHING if value is None else f"{1000 * value:.1f} ms"


def _moment(at: float) -> str:
    return f"{timezone.localtime(datetime.fromtimestamp(at, UTC)):%Y-%m-%d %H:%M:%S}"
