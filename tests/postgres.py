"""A PostgreSQL server of one's own, for tests and benchmarks: unix socket only, durable as it comes, gone at the end."""

import ctypes
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

PR_SET_PDEATHSIG = 1
STARTS_S, ENDS_S = 30.0, 30.0
OWNER = "postgres"
"""Account that the server runs as where we are root, which it refuses to; and its superuser's name."""


class Server:
    """One server with its data in a new temporary folder; start() and stop() as often as wanted."""

    def __init__(self, password: str = "", **settings: str) -> None:
        """`settings`: of the server, beside its socket."""
        # Short and open to the server's account: the path of a socket has at most 107 bytes.
        self.folder = Path(tempfile.mkdtemp(prefix="pdfjobs-pg-"))
        self._account = pwd.getpwnam(OWNER) if os.geteuid() == 0 else None
        if self._account is not None:
            os.chown(self.folder, self._account.pw_uid, self._account.pw_gid)
        self.password = password
        self._settings = {
            "listen_addresses": "",
            "unix_socket_directories": str(self.folder),
            "max_connections": "50",
            **settings,
        }
        self._process: subprocess.Popen[bytes] | None = None
        self._initialise()

    def _initialise(self) -> None:
        secret = self.folder / "password"
        secret.write_text(f"{self.password or 'unused'}\n")
        how = "scram-sha-256" if self.password else "trust"
        words = ["-U", OWNER, "-A", how, f"--pwfile={secret}", "--locale=C.UTF-8"]
        done = subprocess.run(
            [_program("initdb"), "--no-sync", *words, "-D", str(self.folder / "data")],
            capture_output=True,
            text=True,
            **self._as_owner(),
        )
        secret.unlink()
        assert done.returncode == 0, done.stdout + done.stderr

    def start(self) -> "Server":
        """Starts the server and waits until it answers."""
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [
                    _program("postgres"),
                    *("-D", str(self.folder / "data")),
                    *(
                        word
                        for name, value in self._settings.items()
                        for word in ("-c", f"{name}={value}")
                    ),
                ],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # Ctrl-C is for the tests, which end it in order
                preexec_fn=_end_with_parent,
                **self._as_owner(),
            )
        deadline = time.monotonic() + STARTS_S
        while True:
            try:
                self.ask("SELECT 1")
                return self
            except psycopg.OperationalError:
                alive = self._process.poll() is None and time.monotonic() < deadline
                assert alive, (self.folder / "log").read_text()
                time.sleep(0.02)

    def stop(self, sig: int = signal.SIGINT) -> None:
        """SIGINT closes all connections and ends; SIGQUIT is a crash."""
        if self._process is not None:
            self._process.send_signal(sig)
            try:
                self._process.wait(ENDS_S)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
            self._process = None

    def remove(self) -> None:
        """Ends it and takes its folder away."""
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def ask(self, query: Any, *values: Any, name: str = OWNER) -> list[tuple[Any, ...]]:
        """Rows that the superuser gets from one database."""
        with self.connect(name) as connection:
            cursor = connection.execute(query, values or None)
            return cursor.fetchall() if cursor.description else []

    def connect(self, name: str) -> "psycopg.Connection[tuple[Any, ...]]":
        """A connection of the superuser, each statement a transaction."""
        return psycopg.connect(
            host=str(self.folder),
            user=OWNER,
            password=self.password,
            dbname=name,
            autocommit=True,
            connect_timeout=5,
        )

    def database(self, name: str) -> str:
        """Makes an empty database; the lines of `pdfjobs.toml` that name it."""
        self.ask(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        return (
            f'[database]\nengine = "postgresql"\nname = "{name}"\n'
            f'host = "{self.folder}"\nuser = "{OWNER}"\n'
        )

    def end_connections(self, name: str) -> int:
        """Ends every connection to a database, as an administrator or a fault may; how many."""
        ended = self.ask(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = %s AND pid <> pg_backend_pid()",
            name,
        )
        return len(ended)

    def _as_owner(self) -> dict[str, Any]:
        if self._account is None:
            return {}
        return {
            "user": self._account.pw_uid,
            "group": self._account.pw_gid,
            "extra_groups": [],
            "cwd": self.folder,
        }


@contextmanager
def running(password: str = "") -> Iterator[Server]:
    """A server that is there, and gone afterwards."""
    server = Server(password)
    try:
        yield server.start()
    finally:
        server.remove()


def _program(name: str) -> str:
    """The newest of this machine; Debian keeps them off the path, a folder a version."""
    found = sorted(
        Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), key=lambda path: int(path.parts[-3])
    )
    program = str(found[-1]) if found else shutil.which(name)
    assert program, f"no {name} on this machine; `make test-machine` installs PostgreSQL"
    return program


def _end_with_parent() -> None:
    """A server must not outlive tests that were killed."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGQUIT)
