"""Sums up the decks of jobs, each once a version of the readers, behind everything that is live."""

import logging
import os

from pdfjobs import names, queue
from pdfjobs.jobfiles import NoSuchFileError
from pdfjobs.models import Job, Run
from pdfjobs.plainfile import open_plain
from pdfjobs.services import decksummary as service
from pdfjobs.services.queueaway import may_be_away
from workers import rundisk
from workers.decks.cardreaders import CARD_READERS, read_cards
from workers.decks.cards import VERSION
from workers.intake import deckfolder

_FAULTS = (ValueError, ArithmeticError, LookupError, TypeError, RecursionError)
"""Of a deck that no reader foresaw: noted, so that it is not read again before the readers change."""

log = logging.getLogger(__name__)


def ask(run: Run) -> None:
    """Asks for the sum of a run's deck; without a queue server the sweep asks again."""
    if not run.deck_file or run.job.solver not in CARD_READERS:
        return
    rq_id = f"cards-{run.job_id}"
    with may_be_away():
        if queue.make_room("backlog", rq_id):
            about = f"look through the deck of {run.job.number} {run.job.name}"
            queue.send("backlog", "workers.tasks.keep_cards", about, None, rq_id, job_id=run.job_id)


def ask_for_missing(runs: list[Run]) -> None:
    """Asks for those of these runs' decks that were not read, or by an earlier reader, and lie on the disk."""
    of_job = {run.job_id: run for run in runs if run.deck_file and run.job.solver in CARD_READERS}
    for pk in sorted(service.unread(list(of_job), VERSION)):
        if os.path.lexists(_deck_of(of_job[pk])):
            ask(of_job[pk])


def keep(job: Job) -> None:
    """Reads a job's deck with its includes, and keeps the sum; a deck that is gone leaves what was kept."""
    run = Run.objects.filter(job=job).order_by("-ordinal").first()
    if run is None or not run.deck_file or job.solver not in CARD_READERS:
        return
    try:
        folder = rundisk.folder_of(run)
        fd = open_plain(_deck_of(run))
    except (OSError, NoSuchFileError) as error:
        log.info("the deck of %s cannot be opened: %s", job.number, error)
        return
    with os.fdopen(fd, "rb") as deck:
        try:
            summary = read_cards(job.solver, deck, deckfolder.opener(folder))
        except _FAULTS as fault:
            log.exception("the deck of %s cannot be summed up", job.number)
            summary = {"trouble": f"{type(fault).__name__}: {fault}"[:500]}
    service.keep(job, summary, VERSION)


def _deck_of(run: Run) -> str:
    try:
        return os.path.join(rundisk.folder_of(run), names.from_stored(run.deck_file))
    except NoSuchFileError:
        return ""
