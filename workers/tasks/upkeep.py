"""The slow net: puts back what the queue lost, finishes what a kill interrupted, sees what no event tells.

It runs every ten seconds, so its work is bounded however many runs the diary keeps: what concerns all of them
goes round in slices.
"""

import json
import logging
import time
from collections.abc import Callable

import django_rq
from django.conf import settings
from django.db.models import Max, QuerySet
from django.db.models.functions import Coalesce
from rq.timeouts import JobTimeoutException

from pdfjobs import names, queue
from pdfjobs.models import Run
from pdfjobs.services import ingest as ingest_service
from pdfjobs.services import joblines
from pdfjobs.services import runs as run_service
from pdfjobs.services.identity import diary_id
from workers import faults, rundisk, salvage, verdict
from workers.tasks import deckcards, drops, notices, solving

STUCK_S = 15.0
"""A run that nobody has followed for so long was lost by the queue."""
NOT_LOGS = ["*.frd", "*.12d", "*.eig", "*.rout", "*.rin", "*.dat~", "spooles.out"]
"""Written often and read by no parser: the watcher need not tell."""
SWEEP = "sweep-"
"""What RQ ids of sweeps begin with; the watcher gives them."""
MOST_UNFINISHED = 20_000
"""Folders of unfinished runs that the watcher is told of."""
SLICE = 1000
"""Runs that one sweep looks at where it goes round: 100,000 finished ones in a quarter of an hour."""

log = logging.getLogger(__name__)


def sweep() -> None:
    """1. tells the watcher what it must know; 2. puts back what is in no living worker's hands; 3. resumes
    interrupted intakes; 4. puts runs back that the queue lost; 5. looks at runs of others, which may
    have fallen silent; 6. notes folders that went away or came back; 7. notes early warnings that come with time, and
    has messages sent that are due; 8. asks for sums of decks that are missing; 9. has jobs found by the words that
    this version keeps.

    A step that fails keeps none of the others from its turn; the first one's error is raised at the end.
    """
    failed: list[Exception] = []
    for step in STEPS:
        try:
            step()
        except JobTimeoutException:
            raise
        except Exception as error:
            name = step.__name__.strip("_")
            if faults.may_pass(error):
                log.warning("the sweep's step %s waits: %s", name, faults.kind_of(error))
            else:
                log.exception("the sweep's step %s", name)
            failed.append(error)
    if failed:
        raise failed[0]
    _forget_failed_sweeps()


def _forget_failed_sweeps() -> None:
    """This one has done what they left; what failed then is no news any more."""
    failed = django_rq.get_queue("upkeep", connection=queue.connection()).failed_job_registry
    for rq_id in failed.get_job_ids(cleanup=False):
        if rq_id.startswith(SWEEP):
            failed.remove(rq_id, delete_job=True)


def _publish_hints() -> None:
    diary, unfinished = diary_id(), run_service.unfinished_folders(MOST_UNFINISHED)
    for root in ("runs", *(tree.name for tree in settings.PDFJOBS.trees)):
        folders = sorted(names.from_stored(folder) for folder in unfinished.get(root, ()))
        hints = {"ignore": NOT_LOGS, "unfinished": folders, "diary": diary}
        queue.connection().set(queue.key("hints", root), json.dumps(hints))


def _put_back_lost_tasks() -> None:
    salvage.look_for_lost()


def _put_back_runs() -> None:
    for run in run_service.unfollowed(STUCK_S, queue.under_way("solve")):
        if rundisk.home_of(run).is_dir():
            state = rundisk.launcher_state(run)
            if run.stop_wanted_by and state == "never started":
                solving.stop(run)
            elif run_service.queue_run(run, first=state != "never started"):
                log.warning("put back into the queue: %s", run_service.describe(run))


def _look_at_others() -> None:
    """Runs may fall silent without an event; and one that did while the clock was ahead has not."""
    silent_ns = time.time_ns() - int(settings.PDFJOBS.logs.silent_s * 1e9)
    others = Run.objects.filter(ours=False)
    running = others.filter(finished=False, job__machine_status="running")
    silent = others.filter(
        finished=True,
        job__machine_status="other",
        job__machine_reason__startswith=verdict.SILENT,
    )
    for name, runs, is_silent in (("others", running, False), ("silent", silent, True)):
        newest = Coalesce(Max("files__mtime_ns"), 0)
        of_age = _next_slice(name, runs).annotate(newest=newest).values_list("pk", "newest")
        changed = [pk for pk, newest_ns in of_age if (newest_ns < silent_ns) != is_silent]
        for run in Run.objects.filter(pk__in=changed).select_related("job"):
            if rundisk.can_be_looked_at(run):
                ingest_service.judge_again(run, rundisk.judge_of(run, None))


def _note_folders() -> None:
    """Of the unfinished ones, for which it matters most, and of the finished ones."""
    for finished in (False, True):
        runs = _next_slice(f"folders {finished}", Run.objects.filter(finished=finished))
        runs = runs.only("root", "folder", "ordinal", "ours", "gone_since")
        looked = [run for run in runs if rundisk.can_be_looked_at(run)]
        missed = [run for run in looked if not rundisk.is_there(run)]
        back = [run for run in looked if run.gone_since is not None and run not in missed]
        run_service.note_folders([run for run in missed if run.gone_since is None], gone=True)
        run_service.note_folders(back, gone=False)


def _look_for_stalls() -> None:
    """A warning that says that nothing more is printed comes without an event."""
    going_on = Run.objects.filter(finished=False, job__status="running")
    notices.look_at(_next_slice("stalls", going_on))


def _ask_for_cards() -> None:
    """Of decks that were not summed up yet, or by an earlier reader."""
    runs = _next_slice("cards", Run.objects.exclude(deck_file=""))
    deckcards.ask_for_missing(list(runs.select_related("job")))


def _next_slice(name: str, runs: QuerySet[Run]) -> QuerySet[Run]:
    """The next `SLICE` of these; where the last one ended is kept in the queue server, without it from the start."""
    connection, key = queue.connection(), queue.key("sweep")
    last = int(connection.hget(key, name) or 0)
    ids = list(runs.filter(pk__gt=last).order_by("pk").values_list("pk", flat=True)[:SLICE])
    connection.hset(key, name, ids[-1] if len(ids) == SLICE else 0)
    return Run.objects.filter(pk__in=ids).order_by("pk")


STEPS: tuple[Callable[[], None], ...] = (
    _publish_hints,
    _put_back_lost_tasks,
    drops.resume,
    _put_back_runs,
    _look_at_others,
    _note_folders,
    _ask_for_cards,
    _look_for_stalls,
    notices.ask,
    joblines.renew_older,
)
