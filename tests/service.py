"""The real service, started as people start it, and what its tests ask of it."""

import atexit
import json
import os
import re
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import redis

from pdfjobs.config import Instance
from tests import redisserver
from tests.manager import Manager
from tests.servers import chosen

APP = Path(__file__).resolve().parent.parent
PATIENCE_S = 120.0
QUICK = "[intake]\nquiet_s = 0.5\n[logs]\nceiling_s = 0.5\n"
"""Where it is no matter how long a file must be quiet: with the defaults each deck and each look take seconds more."""
NOT_INHERITED = {
    *("PDFJOBS_CONFIG", "REDIS_URL", "DJANGO_SETTINGS_MODULE"),
    *("MAKELEVEL", "MAKEFLAGS", "MFLAGS"),
}


def wait_for(what: Callable[[], Any], about: str, patience_s: float = PATIENCE_S) -> Any:
    """The first true answer; fails naming what was waited for. Asks for a third of the time: the rest is the service's."""
    deadline = time.monotonic() + patience_s
    while True:
        begun = time.monotonic()
        answer = what()
        if answer:
            return answer
        now = time.monotonic()
        assert now < deadline, f"not within {patience_s:g} s: {about}"
        time.sleep(min(max(0.05, 2 * (now - begun)), 0.5))


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Service:
    """One instance under its own VAR, run by `make run`.

    Where the tests were asked for it, it is given a database on their PostgreSQL server and a Redis server of its own
    with its first start; both outlive it until the tests end.
    """

    def __init__(self, var: Path, app: Path = APP, settings: str = "", **environment: str) -> None:
        self.var, self.app = var, app
        self.port = free_port()
        self.hotfolder, self.runs = var / "hotfolder", var / "runs"
        inherited = {name: value for name, value in os.environ.items() if name not in NOT_INHERITED}
        self.environment = inherited | environment
        self.environment["PDFJOBS_VAR"] = str(var)
        if settings:
            var.mkdir(parents=True, exist_ok=True)
            (var / "pdfjobs.toml").write_text(settings)
        self.process: subprocess.Popen[bytes] | None = None
        self.redis: redisserver.Server | None = None
        self.said = ""
        self._manager: tuple[tuple[Any, ...], Manager] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self, patience_s: float = PATIENCE_S) -> "Service":
        output = self.var.parent / f"{self.var.name}.out"
        output.parent.mkdir(parents=True, exist_ok=True)
        self._take_servers()
        with output.open("wb") as file:
            self.process = subprocess.Popen(
                ["make", "--no-print-directory", "run", f"VAR={self.var}", f"PORT={self.port}"],
                cwd=self.app,
                env=self.environment,
                stdout=file,
                stderr=subprocess.STDOUT,
                stdin=subprocess.DEVNULL,
                start_new_session=True,
            )

        def answer() -> bool:
            self.said = output.read_text()
            assert self.process is not None
            assert self.process.poll() is None, self.said
            return "Ctrl-C ends it" in self.said

        wait_for(answer, f"the service's words, so far: {output}", patience_s)
        return self

    def _take_servers(self) -> None:
        file = self.var / "pdfjobs.toml"
        settings = file.read_text() if file.exists() else ""
        if chosen.postgresql is not None and "[database]" not in settings:
            name = f"d{secrets.token_hex(8)}"
            self.var.mkdir(parents=True, exist_ok=True)
            file.write_text(f"{settings}\n{chosen.database_lines(name)}")
        if chosen.redis and "REDIS_URL" not in self.environment:
            self.redis = redisserver.Server()
            atexit.register(self.redis.remove)
            self.environment["REDIS_URL"] = self.redis.url
        if self.redis is not None:
            self.redis.start()

    @property
    def runs_now(self) -> bool:
        return self.process is not None and self.process.poll() is None

    @property
    def login_link(self) -> str:
        return re.search(r"http://\S+/enter/\S+", self.said)[0]  # type: ignore[index]

    def stop(self, sig: int = signal.SIGINT, *, group: bool = True) -> float:
        """Ends the service as Ctrl-C does; the seconds that it took."""
        assert self.process is not None
        self._end_manager()
        begun = time.monotonic()
        if group:
            os.killpg(self.process.pid, sig)
        else:
            self.process.send_signal(sig)
        self.process.wait(60)
        self.said = (self.var.parent / f"{self.var.name}.out").read_text()
        return time.monotonic() - begun

    def remove(self) -> None:
        """Ends what is left of it as a loss of power does, for tests that are over; runs go on, as ever."""
        self._end_manager()
        if self.runs_now:
            assert self.process is not None
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait(10)
            wait_for(lambda: self.processes() == [], "the end of all its processes", 20)
        if self.redis is not None:
            atexit.unregister(self.redis.remove)
            self.redis.remove()
            self.redis = None

    def manage(self, *words: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        """While the service runs, by a fork that has loaded what `manage.py` loads; its words and exit code are equal."""
        if self.runs_now:
            done = self._forking().manage(words, 120)
        else:
            done = self._python("manage.py", *words)
        assert not check or done.returncode == 0, done.stdout + done.stderr
        return done

    def _python(self, *words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, *words],
            cwd=self.app,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=120,
        )

    def _forking(self) -> Manager:
        """One for as long as settings and environment are what they were when it was made."""
        file = self.var / "pdfjobs.toml"
        seen = (file.read_bytes() if file.exists() else b"", {**self.environment})
        if self._manager is None or self._manager[0] != seen:
            self._end_manager()
            self._manager = (seen, Manager(self.app, self.environment))
        return self._manager[1]

    def _end_manager(self) -> None:
        if self._manager is not None:
            self._manager[1].end()
            self._manager = None

    def jobs(self) -> list[dict[str, Any]]:
        return json.loads(self.manage("jobs", "--json").stdout)

    def job(self, name: str) -> dict[str, Any] | None:
        return next((job for job in self.jobs() if job["name"] == name), None)

    def ended(self, *names: str, patience_s: float = 300.0) -> dict[str, dict[str, Any]]:
        """Jobs of these deck names, once all have ended."""

        def all_ended() -> dict[str, dict[str, Any]] | None:
            jobs = {job["name"]: job for job in self.jobs() if job["name"] in names}
            over = all(
                job["status"] in ("normal", "error", "other", "none") for job in jobs.values()
            )
            return jobs if len(jobs) == len(set(names)) and over else None

        return wait_for(all_ended, f"the end of {names}", patience_s)

    def differences(self) -> list[dict[str, Any]]:
        """What verify prints; asked again while files are still settling."""

        def settled() -> str | None:
            words = self.manage("verify", check=False).stdout
            return None if "still settling" in words else words

        wait_for(settled, "all files to have settled", 30)
        done = self.manage("verify", "--json", check=False)
        assert done.returncode in (0, 1), done.stderr
        found = json.loads(done.stdout)
        assert (done.returncode == 0) == (found == [])
        return found

    def differences_at_rest(self, patience_s: float = PATIENCE_S) -> list[dict[str, Any]]:
        """What verify prints once the service has caught up: nothing, or what is left after so long."""
        deadline = time.monotonic() + patience_s
        while time.monotonic() < deadline:
            done = self.manage("verify", check=False)
            if done.returncode == 0 and "still settling" not in done.stdout:
                return []
            time.sleep(0.3)
        return self.differences()

    def queue_server(self) -> redis.Redis:
        """A connection to it; a context manager."""
        if self.redis is not None:
            return redis.Redis.from_url(self.redis.url)
        return redis.Redis(unix_socket_path=str(Instance(self.var).queue_socket))

    def watched(self) -> dict[str, dict[str, Any]]:
        """Each root by its name, as the watcher's heartbeat tells of it; none while there is no heartbeat."""
        try:
            with self.queue_server() as client:
                beat = client.get(f"{Instance(self.var).queue_prefix}:watcher")
        except redis.ConnectionError:
            return {}
        return {root["name"]: root for root in json.loads(beat or "{}").get("roots", [])}

    def query(self, expression: str) -> Any:
        """Evaluates an expression over the diary's models, in the service's own settings."""
        if self.runs_now:
            done = self._forking().evaluate(expression, 120)
        else:
            code = (
                "import django,json,os;os.environ['DJANGO_SETTINGS_MODULE']='pdfjobs.settings';django.setup();"
                f"from pdfjobs.models import *;print(json.dumps({expression}, default=str))"
            )
            done = self._python("-c", code)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    def processes(self) -> list[psutil.Process]:
        """Every process of the service: those that carry this VAR in their environment, and the queue server,
        which writes its title over its own and works in VAR/queue."""
        mine = []
        for process in psutil.process_iter():
            try:
                ours = process.environ().get("PDFJOBS_VAR") == str(self.var)
                if ours and self._manager is not None and self._manager[1].is_of(process.pid):
                    continue
                if ours or process.cwd() == str(self.var / "queue"):
                    mine.append(process)
            except (psutil.Error, OSError):
                continue
        return mine

    def find(self, *words: str) -> list[psutil.Process]:
        """Processes of the service, and its Redis server, whose command line has all these words."""
        found = []
        servers = self.redis.processes() if self.redis is not None else []
        for process in [*self.processes(), *servers]:
            try:
                line = " ".join(process.cmdline())
            except psutil.Error:
                continue
            if all(word in line for word in words):
                found.append(process)
        return found

    def drop(self, name: str, text: str | bytes) -> None:
        """Puts a whole deck into the hot folder at once, as a rename does."""
        half = self.hotfolder / f".{name[:100]}.half"
        half.write_bytes(text.encode() if isinstance(text, str) else text)
        half.rename(self.hotfolder / name)
