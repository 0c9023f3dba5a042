"""A person's wish to run a job's deck once more as a job of its own; a worker hands the copy in."""

import redis
from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from pdfjobs import queue
from pdfjobs.models import History, IntakeRecord, Job, Run
from pdfjobs.services.errors import RefusedError

FIELD = "run again"
DONE, NOT_DONE = "handed in as ", "not handed in: "
"""How a worker's words of it begin."""


def refusal(job: Job, run: Run | None) -> str:
    """Why the job's deck cannot be run again; empty where it can."""
    if run is None or not run.deck_file:
        return _("The diary knows no deck of this job.")
    if not run.finished:
        return _("The job has not ended yet.")
    if job.solver not in settings.PDFJOBS.solvers:
        return _("The diary has no command for %(solver)s, so it cannot start this deck.") % {
            "solver": job.solver or _("this solver")
        }
    if run.gone_since is not None:
        return _("The run's folder is gone from the disk, and the deck with it.")
    return ""


def request(job: Job, actor: str) -> None:
    """Asks for a copy of the deck in the hot folder, with this job as its base run; RefusedError says why not."""
    run = Run.objects.filter(job=job).order_by("-ordinal").first()
    if reason := refusal(job, run):
        raise RefusedError(reason)
    rq_id = f"again-{job.number}-{actor}".encode("ascii", "replace").decode()
    try:
        if not queue.make_room("intake", rq_id):
            raise RefusedError(_("The deck is being copied already."))
        with transaction.atomic():
            History.objects.create(
                job=job, actor=actor, field=FIELD, note="the deck is copied to the hot folder"
            )
            about = f"run the deck of {job.number} {job.name} again"
            queue.send(
                "intake", "workers.tasks.run_again", about, None, rq_id, job_id=job.pk, actor=actor
            )
    except redis.RedisError as error:
        raise RefusedError(
            _("The queue server does not answer, so nothing can be started now; try again later.")
        ) from error


def came_of(job: Job, actor: str) -> tuple[IntakeRecord | None, str]:
    """The drop that this person's last wish made, and what a worker said of the wish; nothing of either at first."""
    rows = History.objects.filter(job=job, actor=actor, field=FIELD).order_by("-id")
    asked, said = None, rows.first()
    if said and said.note.startswith((DONE, NOT_DONE)):
        asked = rows.filter(id__lt=said.id).first()
    if asked is None or said is None:
        return None, ""
    drops = IntakeRecord.objects.filter(owner=actor, seen_at__gte=asked.at)
    name = said.note.removeprefix(DONE)
    return drops.filter(name=name).select_related("job").order_by("id").first(), said.note


def note(job: Job, actor: str, text: str) -> None:
    """Says in the job's history what came of it."""
    History.objects.create(job=job, actor=actor, field=FIELD, note=text)
