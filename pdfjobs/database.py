"""Which database keeps the diary: SQLite in the instance's folder, or a PostgreSQL server."""

from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from pdfjobs import passwordfile
from pdfjobs.table import Table

PASSWORD_VARIABLE = "PDFJOBS_DATABASE_PASSWORD"  # nosec B105 # a name, no secret

# Without IMMEDIATE two writers deadlock into "database is locked" at once; the long timeout is for bursts.
SQLITE = {
    "ENGINE": "django.db.backends.sqlite3",
    "CONN_MAX_AGE": None,
    "OPTIONS": {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA foreign_keys=ON;"
        "PRAGMA cache_size=-64000; PRAGMA mmap_size=268435456;",
    },
}
# A request or task asks a kept connection for a sign of life before it uses it; the keepalives find a server
# whose host is gone within a minute, where the kernel would take two hours.
POSTGRESQL = {
    "ENGINE": "pdfjobs.postgresql",
    "CONN_MAX_AGE": None,
    "CONN_HEALTH_CHECKS": True,
    "OPTIONS": {
        "connect_timeout": 5,
        "application_name": "pdfjobs",
        "keepalives_idle": 30,
        "keepalives_interval": 10,
        "keepalives_count": 3,
        "tcp_user_timeout": 60_000,
    },
}


class Database(Table):
    engine: Literal["sqlite", "postgresql"] = "sqlite"
    """sqlite: VAR/diary.sqlite3, for one machine; postgresql: the server that the keys below name."""
    name: Annotated[str, Field(max_length=63)] = ""
    """Name of the PostgreSQL database; empty: pdfjobs."""
    host: str = ""
    """Host of the server, or the folder of its unix socket; empty: the socket folder that libpq knows."""
    port: Annotated[int, Field(ge=1, le=65535)] | None = None
    """Port of the server; none: 5432."""
    user: Annotated[str, Field(max_length=63)] = ""
    """Role that the diary logs in as; empty: the name of the account that the service runs as."""
    password_file: passwordfile.PasswordFile | None = None
    """Absolute; holds the password, mode 0600. The environment's PDFJOBS_DATABASE_PASSWORD wins; else none is sent."""

    @model_validator(mode="after")
    def _a_file_has_no_server(self) -> Self:
        idle = sorted(self.model_fields_set - {"engine"}) if self.engine == "sqlite" else []
        if idle:
            raise ValueError(f'{", ".join(idle)}: only with engine = "postgresql"')
        return self

    def password(self) -> str:
        """Raises ConfigError for a file that cannot be read or that others may read."""
        return passwordfile.read(self.password_file, "database.password_file", PASSWORD_VARIABLE)

    def for_django(self, file: Path) -> dict[str, Any]:
        """Django's entry for this database; `file` is where SQLite keeps it."""
        if self.engine == "sqlite":
            return {**SQLITE, "NAME": file}
        return {
            **POSTGRESQL,
            "NAME": self.name or "pdfjobs",
            "HOST": self.host,
            "PORT": str(self.port or ""),
            "USER": self.user,
            "PASSWORD": self.password(),
        }
