"""Whether this instance is a staging mirror: another diary's contents, and nothing that reaches out into the world."""

from django.conf import settings

WORDS = "This is a staging mirror: it starts no solver and sends no message."


def is_mirror() -> bool:
    """By the settings, or since a backup was restored here as staging; asked anew each time, the service may run."""
    return bool(settings.PDFJOBS.diary.staging or settings.INSTANCE.staging_mark.exists())


def mirrored() -> str:
    """What it mirrors, in words; empty where that is not known."""
    try:
        return str(settings.INSTANCE.staging_mark.read_text()).strip()
    except OSError:
        return ""
