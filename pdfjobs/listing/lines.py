"""The lines of words that jobs are found by, in the words of each database's own search."""

from types import ModuleType

from django.db import connection

from pdfjobs.listing import postgresql, sqlite


def engine() -> ModuleType:
    """`sqlite` or `postgresql`: both have the same functions."""
    return sqlite if connection.vendor == "sqlite" else postgresql
