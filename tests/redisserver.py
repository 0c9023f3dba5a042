"""A Redis server of one's own, as a department's: a unix socket with a password, append-only, started again when it ends.

`python -m tests.redisserver FILE` is the part of systemd: it keeps a server with that configuration alive.
"""

import ctypes
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from urllib.parse import quote

import psutil
import redis

PROGRAM = "redis-server"
PR_SET_PDEATHSIG = 1
STARTS_S, ENDS_S = 30.0, 10.0
PAUSE_S = 0.2
WATCHED = {signal.SIGCHLD, signal.SIGTERM}
APP = Path(__file__).resolve().parent.parent


class Server:
    """One server with its data in a new temporary folder; start() and stop() as often as wanted."""

    def __init__(self) -> None:
        # Short: the path of a socket has at most 107 bytes.
        self.folder = Path(tempfile.mkdtemp(prefix="pdfjobs-redis-"))
        self.socket = self.folder / "redis.sock"
        self.password = secrets.token_urlsafe(16)
        self.url = f"unix://:{quote(self.password)}@{quote(str(self.socket))}"
        self._keeper: subprocess.Popen[bytes] | None = None
        self._file = self.folder / "redis.conf"
        self._file.touch(0o600)
        self._file.write_text(configuration(self.folder, self.password))

    def start(self) -> "Server":
        """Starts the server, where it does not run, and waits until it answers."""
        if self._keeper is None:
            self._keeper = subprocess.Popen(
                [sys.executable, "-m", "tests.redisserver", str(self._file)],
                cwd=APP,
                env={"PATH": "/usr/bin:/bin"},
                stdin=subprocess.DEVNULL,
                start_new_session=True,  # Ctrl-C is for the tests, which end it in order
                preexec_fn=_end_with_parent,
            )
        deadline = time.monotonic() + STARTS_S
        while not self.answers():
            alive = self._keeper.poll() is None and time.monotonic() < deadline
            assert alive, (self.folder / "log").read_text()
            time.sleep(0.02)
        return self

    def answers(self) -> bool:
        try:
            with redis.Redis.from_url(self.url) as client:
                return bool(client.ping())
        except redis.RedisError:
            return False

    def processes(self) -> list[psutil.Process]:
        """The server; none while it is started again."""
        if self._keeper is None:
            return []
        try:
            return psutil.Process(self._keeper.pid).children()
        except psutil.NoSuchProcess:
            return []

    def stop(self) -> None:
        """In order: what it holds is on the disk."""
        if self._keeper is not None:
            self._keeper.terminate()
            self._keeper.wait(ENDS_S + 5)
            self._keeper = None

    def remove(self) -> None:
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)


def configuration(folder: Path, password: str) -> str:
    """What differs from Redis' own defaults."""
    lines = (
        "port 0",
        f"unixsocket {folder / 'redis.sock'}",
        "unixsocketperm 700",
        f"requirepass {password}",
        f"dir {folder}",
        f"logfile {folder / 'log'}",
        "appendonly yes",
        'save ""',
        "maxmemory-policy noeviction",
        "daemonize no",
    )
    return "\n".join(lines) + "\n"


def keep(file: str) -> None:
    """Starts the server whenever it has ended, until SIGTERM, which ends it in order."""
    signal.pthread_sigmask(signal.SIG_BLOCK, WATCHED)
    while True:
        server = subprocess.Popen([PROGRAM, file], preexec_fn=_end_with_parent)
        while server.poll() is None:
            if signal.sigwait(WATCHED) == signal.SIGTERM:
                server.terminate()
                try:
                    server.wait(ENDS_S)
                except subprocess.TimeoutExpired:
                    server.kill()
                return
        if signal.sigtimedwait({signal.SIGTERM}, PAUSE_S) is not None:
            return


def _end_with_parent() -> None:
    """A server must not outlive tests that were killed."""
    signal.pthread_sigmask(signal.SIG_UNBLOCK, WATCHED)
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


if __name__ == "__main__":
    keep(sys.argv[1])
