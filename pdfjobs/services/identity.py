"""Which diary this is: a memory of another one, as the watcher's, must not be taken for its own."""

import secrets

from pdfjobs.models import Counter


def diary_id() -> str:
    """Random, made once for each diary database; hexadecimal."""
    row, _ = Counter.objects.get_or_create(
        name="diary", defaults={"value": secrets.randbits(62) + 1}
    )
    return f"{row.value:x}"
