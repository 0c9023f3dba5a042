"""What the tests keep diary and queue in: the embedded defaults, or servers of their own as a department has them.

`pytest --database postgresql --queue-server redis` chooses the latter; benches and single scripts get the former.
"""

import atexit
import secrets
from pathlib import Path
from urllib.parse import quote

from tests import postgres
from tests.redisserver import PROGRAM as REDIS

EMBEDDED = "valkey-server"


class Choice:
    """Made once, before any settings are read."""

    def __init__(self) -> None:
        self.postgresql: postgres.Server | None = None
        """The server that each service of the flow tests gets a database on."""
        self.redis = False
        self.queue_password = ""
        """Of the queue servers of unit tests; empty where they ask for none."""

    def take_postgresql(self) -> postgres.Server:
        # For many services at once, and for tests that no loss of power ends: what it was given is the kernel's at least.
        settings = {"max_connections": "100", "fsync": "off"}
        self.postgresql = postgres.Server(secrets.token_urlsafe(16), **settings)
        atexit.register(self.postgresql.remove)
        return self.postgresql.start()

    def take_redis(self) -> None:
        self.redis = True
        self.queue_password = secrets.token_urlsafe(16)

    @property
    def queue_program(self) -> str:
        """A word of the command line of every queue server."""
        return REDIS if self.redis else EMBEDDED

    @property
    def queue_name(self) -> str:
        """What the queue servers call themselves."""
        return "Redis" if self.redis else "Valkey"

    def database_lines(self, name: str) -> str:
        """Makes an empty database; the lines of `pdfjobs.toml` that name it; none with SQLite."""
        if self.postgresql is None:
            return ""
        secret = self.postgresql.folder / f"{name}.password"
        secret.touch(0o600)
        secret.write_text(f"{self.postgresql.password}\n")
        return self.postgresql.database(name) + f'password_file = "{secret}"\n'


chosen = Choice()


def queue_url(socket: Path) -> str:
    """Of a queue server that a unit test starts on this socket."""
    password = f":{quote(chosen.queue_password)}@" if chosen.redis else ""
    return f"unix://{password}{quote(str(socket))}"


def queue_command(program: str, *words: str) -> list[str]:
    """The command line of a unit test's queue server: `program` with these words, or Redis with a password."""
    if not chosen.redis:
        return [program, *words]
    return [REDIS, *words, "--requirepass", chosen.queue_password]
