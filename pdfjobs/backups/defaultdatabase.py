"""Another database in the place of Django's own, for a while: migrations of other apps know of no second one."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections


@contextmanager
def taken_by(entry: dict[str, Any]) -> Iterator[None]:
    """What this thread asks of the diary goes to the database of this entry; its connection ends with the context."""
    own = connections[DEFAULT_DB_ALIAS]
    configured = connections.configure_settings({DEFAULT_DB_ALIAS: dict(entry)})
    kept = connections.databases[DEFAULT_DB_ALIAS]
    connections.databases[DEFAULT_DB_ALIAS] = configured[DEFAULT_DB_ALIAS]
    other = connections.create_connection(DEFAULT_DB_ALIAS)
    connections[DEFAULT_DB_ALIAS] = other
    try:
        yield
    finally:
        other.close()
        connections[DEFAULT_DB_ALIAS] = own
        connections.databases[DEFAULT_DB_ALIAS] = kept
