"""The slow net: puts back what the queue lost, finishes what a kill interrupted, sees what no event tells."""

import json
import logging
import os
import time
from datetime import timedelta

from django.conf import settings
from django.utils import timezone

from pdfjobs import names, queue
from pdfjobs.models import IntakeRecord, Run
from pdfjobs.services import ingest as ingest_service
from pdfjobs.services import intake as intake_service
from pdfjobs.services import runs as run_service
from workers import rundisk
from workers.intake.incoming import Incoming
from workers.tasks import intake, solving

STUCK_S = 15.0
"""An intake that has not moved for so long was interrupted."""
NOT_LOGS = ["*.frd", "*.12d", "*.eig", "*.rout", "*.rin", "*.dat~", "spooles.out"]
"""Written often and read by no parser: the watcher need not tell."""

log = logging.getLogger(__name__)


def sweep() -> None:
    """1. tells the watcher what is not worth an event; 2. resumes interrupted intakes; 3. puts runs back into the
    queue that it lost, and readings that failed; 4. looks at unfinished runs of others, which may have fallen silent; 5. notes folders that
    went away or came back."""
    _publish_hints()
    _resume_intakes()
    for run in run_service.unfollowed(STUCK_S):
        if rundisk.home_of(run).is_dir():
            state = rundisk.launcher_state(run)
            if run.stop_wanted_by and state == "never started":
                solving.stop(run)
            elif run_service.queue_run(run, first=state != "never started"):
                log.warning("put back into the queue: %s", run_service.describe(run))
    queue.try_failed_again("ingest")
    _look_at_others()
    _note_gone_folders()


def _publish_hints() -> None:
    connection = queue.connection()
    for root in ("runs", *(tree.name for tree in settings.PDFJOBS.trees)):
        connection.set(queue.key("hints", root), json.dumps({"ignore": NOT_LOGS}))


def _resume_intakes() -> None:
    before = timezone.now() - timedelta(seconds=STUCK_S)
    for record in IntakeRecord.objects.filter(state="arriving", updated_at__lt=before):
        path = names.from_stored(record.path)
        if not os.path.lexists(intake.hot_path(record.root, path)):
            intake_service.note_gone(record.root, path)
    for record in IntakeRecord.objects.filter(state="claimed", updated_at__lt=before):
        if Incoming(settings.INSTANCE.incoming / str(record.number)).is_held():
            continue  # a large archive takes its time
        queue.send(
            "intake",
            "workers.tasks.resume_intake",
            f"go on with {record.name}",
            record_id=record.pk,
        )


def _look_at_others() -> None:
    silent_ns = settings.PDFJOBS.logs.silent_s * 1e9
    for run in Run.objects.filter(ours=False, finished=False).select_related("job"):
        silent = time.time_ns() - rundisk.newest_mtime(run) > silent_ns
        if silent and run.job.machine_status == "running":
            ingest_service.judge_again(run, rundisk.judge_of(run, None))


def _note_gone_folders() -> None:
    for run in Run.objects.select_related("job").order_by("-pk")[:1000]:
        gone = not rundisk.is_there(run)
        if gone != (run.gone_since is not None):
            run_service.note_folder(run, gone=gone)
