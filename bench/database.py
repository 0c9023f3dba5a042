"""Where a benchmark's diary is kept: in SQLite as it comes, or in a PostgreSQL server of its own."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

DATABASES = ("sqlite", "postgresql")


@dataclass(frozen=True)
class Place:
    """An empty database."""

    settings: str = ""
    """Lines of `pdfjobs.toml` that name it; none for SQLite."""
    words: str = ""
    """libpq's words for it; none for SQLite."""

    def beside(self, file: Path) -> Path | str:
        """What Reader takes; `file` is where SQLite would keep it."""
        return self.words or file


@contextmanager
def place(database: str) -> Iterator[Place]:
    """A server is there for as long as this, durable as it is by default."""
    if database == "sqlite":
        yield Place()
        return
    from tests import postgres  # its driver is for those who ask for it

    with postgres.running() as server:
        settings = server.database("bench")
        yield Place(settings, f"host={server.folder} user={postgres.OWNER} dbname=bench")
