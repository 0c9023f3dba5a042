"""Brings messages to people; on a queue of its own, since a mail server that hangs must not hold up the diary."""

import logging
import time

from django.db.models import Max, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import override

from pdfjobs import languages
from pdfjobs.models import LogFile, Run
from pdfjobs.notify import seal, texts
from pdfjobs.notify.carriers import Carriers, Message
from pdfjobs.notify.errors import AddressError, CarryError
from pdfjobs.services import digests, notices, outbox, spreading
from pdfjobs.services.outbox import Bundle

LONGEST_S = 240.0
"""A task ends after so long; the sweep asks for the next one."""

log = logging.getLogger(__name__)


def deliver() -> None:
    """1. events become notices; 2. digests that are due are written; 3. what is due is sent, each at most once a try.

    Messages are in the language of who reads them; what is kept of troubles is English.
    """
    spreading.spread()
    digests.sum_up()
    begun = time.monotonic()
    with Carriers() as carriers, override(None):
        while time.monotonic() - begun < LONGEST_S and (bundle := outbox.claim()) is not None:
            _send(carriers, bundle)
    outbox.forget()


def ask() -> None:
    """The sweep's part: has sent what is due."""
    if outbox.is_due(timezone.now()):
        notices.ask_for_delivery()


def look_at(runs: QuerySet[Run]) -> None:
    """Notes the early warnings of these runs, which go on, that hold by now."""
    # Asked for each: PostgreSQL groups by no column of JSON.
    files = LogFile.objects.filter(run=OuterRef("pk")).order_by().values("run")
    newest = Coalesce(Subquery(files.values(newest=Max("mtime_ns"))), 0)
    rows = runs.annotate(newest=newest).values_list("pk", "facts__alerts", "newest")
    notices.warned(notices.Alarms(pk, alerts, time_ns) for pk, alerts, time_ns in rows if alerts)


def _send(carriers: Carriers, bundle: Bundle) -> None:
    try:
        carriers.send(bundle.channel.kind, seal.unseal(bundle.channel.url), message_of(bundle))
    except AddressError as error:
        outbox.note_failure(bundle, CarryError(str(error), permanent=True))
    except CarryError as error:
        log.warning("a message by channel %s was not taken: %s", bundle.channel.pk, error)
        outbox.note_failure(bundle, error)
    else:
        outbox.note_sent(bundle)


def message_of(bundle: Bundle) -> Message:
    """What the notices of a bundle say together."""
    if len(bundle.notices) == 1:
        (notice,) = bundle.notices
        return Message(notice.title, notice.text, bundle.key)
    with override(languages.spoken(bundle.channel.language)):
        title, text = texts.title_of_many(bundle.notices), texts.text_of_many(bundle.notices)
    return Message(title, text, bundle.key)
