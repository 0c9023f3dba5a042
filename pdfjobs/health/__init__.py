"""How the service is: facts gathered once, for the page, the command, the health check and the metrics alike.

Nothing here raises because a part is down, and no look takes longer than about a second.
"""

import time
from dataclasses import dataclass, replace
from typing import Literal

from django.conf import settings

from pdfjobs import heartbeat
from pdfjobs.health import address, ask_queues, database
from pdfjobs.health.address import Address
from pdfjobs.health.backup import Backup, read_backup
from pdfjobs.health.database import Database
from pdfjobs.health.disks import Disk, Disks
from pdfjobs.health.judge import judge
from pdfjobs.health.problem import FAIL, Problem
from pdfjobs.health.program import Program, read_program
from pdfjobs.health.queues import Queues
from pdfjobs.health.watcher import Watcher, read_watcher
from pdfjobs.patience import NoAnswerError, Probe

LATE_S = 15.0
"""A watcher that was silent for so long cannot do its work."""
_HEARTBEAT = Probe(lambda: heartbeat.heartbeat(0.0), 0.6)
_QUEUES = Probe(ask_queues.ask, 0.9)
_DATABASE = Probe(database.ask, 0.9)
_DATABASE_ANSWERS = Probe(database.answers, 0.6)
_ADDRESS = Probe(address.ask, 0.9)
_DISKS = Disks()
ADDRESS_AGE_S = 30.0
"""Who has the address need not be asked with every look."""


@dataclass(frozen=True)
class Health:
    """Everything that is known at one moment."""

    at: float
    """Unix time."""
    watcher: Watcher
    queues: Queues
    disks: tuple[Disk, ...]
    program: Program
    backup: Backup
    database: Database | None = None
    """None: was not asked."""
    address: Address | None = None
    """None: nobody is expected there."""
    problems: tuple[Problem, ...] = ()

    @property
    def level(self) -> Literal["ok", "warn", "fail"]:
        if any(problem.level == FAIL for problem in self.problems):
            return "fail"
        return "warn" if self.problems else "ok"


def look(max_age_s: float = 0.0, *, at_database: bool = True) -> Health:
    """The facts, at most so old, and what is wrong with them."""
    for probe in (_HEARTBEAT, _QUEUES, _DISKS):
        probe.begin(max_age_s)
    _ADDRESS.begin(max(max_age_s, ADDRESS_AGE_S))
    if at_database:
        _DATABASE.begin(max_age_s)
    heard = _heard(max_age_s)
    found = Health(
        at=time.time(),
        watcher=read_watcher(heard, time.time()),
        queues=_queues(max_age_s),
        disks=_DISKS.answer(max_age_s),
        program=read_program(),
        backup=read_backup(),
        database=_database(max_age_s) if at_database else None,
        address=_address(max(max_age_s, ADDRESS_AGE_S)),
    )
    return replace(found, problems=judge(found))


def broken(max_age_s: float = 1.0) -> list[str]:
    """The parts without which the service cannot do its work, a word each; none: it is well."""
    _DATABASE_ANSWERS.begin(max_age_s)
    heard = _heard(max_age_s)
    words = [] if database_answers(max_age_s) else ["database"]
    begun_at = read_program().serving_since or 0.0
    if time.time() - begun_at < LATE_S:
        return words  # the rest is on its way
    if not heard.queue_server:
        return [*words, "queue"]
    return words if time.time() - (heard.at or 0.0) < LATE_S else [*words, "watcher"]


def database_answers(max_age_s: float = 1.0) -> bool:
    """Whether the database answers one question in time."""
    try:
        return _DATABASE_ANSWERS.answer(max_age_s)
    except NoAnswerError:
        return False


def forget() -> None:
    """Makes the next look a fresh one."""
    heartbeat.forget()
    for probe in (_HEARTBEAT, _QUEUES, _DATABASE, _DATABASE_ANSWERS, _ADDRESS, _DISKS):
        probe.forget()


def _heard(max_age_s: float) -> heartbeat.Heartbeat:
    try:
        return _HEARTBEAT.answer(max_age_s)
    except NoAnswerError:
        return heartbeat.Heartbeat(queue_server=False, at=None, late=False)


def _queues(max_age_s: float) -> Queues:
    try:
        return _QUEUES.answer(max_age_s)
    except NoAnswerError as error:
        return ask_queues.away(str(error))


def _database(max_age_s: float) -> Database:
    try:
        return _DATABASE.answer(max_age_s)
    except NoAnswerError as error:
        return database.silent(str(error))


def _address(max_age_s: float) -> Address | None:
    try:
        return _ADDRESS.answer(max_age_s)
    except NoAnswerError as error:
        return Address(settings.PDFJOBS.web.address, str(error))
