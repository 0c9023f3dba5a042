"""Who did what to what is no job: Django's own log entries, which the administration shows too."""

from typing import Literal

from django.contrib.admin.models import ADDITION, CHANGE, DELETION, LogEntry
from django.contrib.auth.models import User
from django.contrib.contenttypes.models import ContentType
from django.db.models import Model, QuerySet
from django.utils.translation import override

from pdfjobs import auditlog

Kind = Literal["made", "changed", "removed"]
FLAGS = {"made": ADDITION, "changed": CHANGE, "removed": DELETION}
KINDS = {flag: kind for kind, flag in FLAGS.items()}


def note(actor: User, thing: Model, kind: Kind, words: str) -> None:
    """One act, in the caller's transaction."""
    tell(
        LogEntry.objects.create(
            user=actor,
            content_type=ContentType.objects.get_for_model(thing),
            object_id=str(thing.pk),
            object_repr=str(thing)[:200],
            action_flag=FLAGS[kind],
            change_message=words,
        )
    )


def tell(entry: LogEntry) -> None:
    """The line of an entry, which the administration may have written, too."""
    with override(None):  # Django words what its administration changed
        note = entry.get_change_message()
    auditlog.tell(
        f"{entry.content_type.model if entry.content_type else 'thing'}.{KINDS[entry.action_flag]}",
        by=entry.user.get_username(),
        of=entry.object_repr,
        note=note,
    )


def trail(thing: Model) -> QuerySet[LogEntry]:
    """What was done to it, the newest first."""
    entries = LogEntry.objects.filter(
        content_type=ContentType.objects.get_for_model(thing), object_id=str(thing.pk)
    )
    return entries.select_related("user").order_by("-action_time", "-id")
