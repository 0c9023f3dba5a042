"""What a restored database needs before it is the diary's."""

from django.contrib.sessions.models import Session
from django.db import transaction
from django.utils import timezone

from pdfjobs.models import Channel, Counter, Event, Notice, Token

DISARMED = "disarmed: staging mirror"


def disarm() -> None:
    """No message leaves, no token and no session of the original holds; addresses are gone, not only held."""
    with transaction.atomic():
        Notice.objects.filter(state="waiting").update(state="dropped", trouble=DISARMED)
        Event.objects.filter(spread_at__isnull=True).update(spread_at=timezone.now())
        Channel.objects.update(
            url="", shown=DISARMED, trouble=DISARMED, digest_at=None, digest_hour=None
        )
        Token.objects.all().delete()
        Session.objects.all().delete()


def give_no_number_up_to(highest: int) -> None:
    """Run folders of jobs that are younger than the backup lie on the disk; their numbers are not given twice."""
    with transaction.atomic():
        counter, _is_new = Counter.objects.get_or_create(
            name="job number", defaults={"value": highest}
        )
        Counter.objects.filter(pk=counter.pk, value__lt=highest).update(value=highest)
