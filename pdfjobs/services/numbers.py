"""Job numbers: a database sequence that every backend has."""

from django.conf import settings
from django.db import transaction

from pdfjobs.models import Counter, IntakeRecord, Job


def next_number() -> int:
    """The next free number; holes stay holes, so a number is never given twice."""
    with transaction.atomic():
        Counter.objects.get_or_create(
            name="job number", defaults={"value": settings.PDFJOBS.diary.number_base - 1}
        )
        counter = Counter.objects.select_for_update().get(name="job number")
        counter.value = max(counter.value + 1, settings.PDFJOBS.diary.number_base)
        while _is_used(counter.value):
            counter.value += 1
        counter.save()
        return counter.value


def _is_used(number: int) -> bool:
    return (
        Job.objects.filter(number=number).exists()
        or IntakeRecord.objects.filter(number=number).exists()
    )
