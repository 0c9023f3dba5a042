"""The watcher alone: a VAR and a queue server of its own, one watched tree, and a consumer in the workers' place."""

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import psutil
from redis import Redis
from redis.exceptions import RedisError

from bench.consumer import Account, Consumer
from bench.instance import clear_socket
from bench.reader import wait_until
from pdfjobs.config import Instance

APP = Path(__file__).resolve().parent.parent
ROOT = "bench"
END_S = 15.0
POLL_S = 0.05
CALM_S = 3.0
"""With nothing handed over for so long, and nothing pending, a burst is over."""


class Watched:
    """A context manager; the watcher itself is started and ended by its user, as often as wanted."""

    def __init__(self, settings: str = "") -> None:
        self._settings = settings
        self.watcher: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> "Watched":
        with ExitStack() as stack:
            # Short: a socket below it must stay within what the kernel takes.
            scratch = stack.enter_context(tempfile.TemporaryDirectory(prefix="pdfjobs-bench-"))
            self.scratch = Path(scratch)
            self.tree = self.scratch / "tree"
            self.tree.mkdir()
            self.instance = Instance(self.scratch / "var")
            stack.callback(clear_socket, self.instance)
            self.instance.make_folders()
            (self.instance.var / "pdfjobs.toml").write_text(
                f"{self._settings}\n[[trees]]\nname = {json.dumps(ROOT)}\npath = {json.dumps(str(self.tree))}\n"
            )
            self._log = stack.enter_context((self.scratch / "watcher.log").open("wb"))
            server = self._spawn("pdfjobs.queueserver")
            stack.callback(end, server)
            wait_until(lambda: answers(self.instance), "the queue server")
            roots = {ROOT: self.tree, "runs": self.instance.runs}
            self.consumer = Consumer(self.instance.queue_socket, self.instance.queue_prefix, roots)
            self.consumer.start()
            stack.callback(self.consumer.stop)
            stack.callback(self.stop)
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    @property
    def account(self) -> Account:
        return self.consumer.accounts[ROOT]

    @property
    def process(self) -> psutil.Process:
        assert self.watcher is not None
        return psutil.Process(self.watcher.pid)

    def start(self, *words: str) -> float:
        """Starts the watcher; the monotonic time of that."""
        begun = time.monotonic()
        self.watcher = self._spawn("watcher", *words)
        return begun

    def stop(self) -> None:
        if self.watcher is not None:
            end(self.watcher)
            self.watcher = None

    def send(self, number: signal.Signals) -> None:
        assert self.watcher is not None
        self.watcher.send_signal(number)

    def beat(self) -> dict[str, Any]:
        """The present watcher's heartbeat; empty before its first one."""
        self.consumer.check()
        if self.watcher is None or self.watcher.poll() is not None:
            raise ChildProcessError(f"the watcher ended: {self.last_words()}")
        beat = self.consumer.heartbeat()
        return beat if beat is not None and beat["pid"] == self.watcher.pid else {}

    def state(self) -> dict[str, Any]:
        """What it says of the tree."""
        roots = self.beat().get("roots", ())
        return next((root for root in roots if root["name"] == ROOT), {})

    def await_ready(self, patience_s: float = 60.0) -> dict[str, Any]:
        """Once the tree is watched or polled, looked through, and all that was found is handed over."""

        def is_ready() -> dict[str, Any] | None:
            state = self.state()
            at_work = state.get("state") in ("watched", "polled", "mixed")
            scanned = state.get("scan_at", 0) is not None
            idle = not state.get("pending") and not state.get("outstanding")
            return state if at_work and scanned and idle else None

        return self.wait_for(is_ready, "a watched tree and nothing pending", patience_s)

    def await_files(self, count: int, patience_s: float) -> None:
        """Until so many files are known to the consumer, or nothing came for `patience_s`; no error then."""
        begun = time.monotonic()
        while len(self.account.stamps) < count:
            self.consumer.check()
            if time.monotonic() - max(begun, self.account.last_at) > patience_s:
                return
            time.sleep(POLL_S)

    def await_calm(self, patience_s: float) -> None:
        """Until the watcher has nothing pending and nothing was handed over for a while."""

        def is_calm() -> bool:
            state = self.state()
            idle = bool(state) and not state["pending"] and not state.get("outstanding")
            return idle and time.monotonic() - self.account.last_at > CALM_S

        self.wait_for(is_calm, "nothing pending", patience_s)

    def await_none_missed(self, patience_s: float) -> list[str]:
        """Until every file was handed over as it is now; what is missed when the time is over."""
        deadline = time.monotonic() + patience_s
        while True:
            try:
                self.await_calm(max(CALM_S + 1, deadline - time.monotonic()))
            except TimeoutError:
                pass  # what was missed by then says more
            missed = self.account.missed()
            if not missed or time.monotonic() > deadline:
                return missed
            time.sleep(1.0)

    def start_and_scan(self, patience_s: float) -> float:
        """Starts the watcher; the seconds until its first whole scan of the tree had ended, as it says."""
        began = time.time()
        self.start()

        def scanned() -> float:
            at = self.state().get("scan_at") or 0.0
            return at if at > began else 0.0

        return float(self.wait_for(scanned, "the end of a scan", patience_s)) - began

    def wait_for(self, what: Any, about: str, patience_s: float) -> Any:
        deadline = time.monotonic() + patience_s
        while not (answer := what()):
            if time.monotonic() > deadline:
                raise TimeoutError(
                    f"not within {patience_s:g} s: {about}; the watcher says {self.state()}"
                    f" and at last {self.last_words()}"
                )
            time.sleep(POLL_S)
        return answer

    def last_words(self) -> str:
        return (self.scratch / "watcher.log").read_text(errors="replace")[-2000:]

    def peak_bytes(self) -> int:
        """The most memory that the watcher held at once."""
        lines = Path(f"/proc/{self.process.pid}/status").read_text().splitlines()
        peak = next(line for line in lines if line.startswith("VmHWM:"))
        return int(peak.split()[1]) * 1024

    def _spawn(self, module: str, *words: str) -> "subprocess.Popen[bytes]":
        environment = {
            **os.environ,
            "PDFJOBS_VAR": str(self.instance.var),
            "REDIS_URL": self.instance.redis_url,
            "RQ_KEY_PREFIX": self.instance.queue_prefix,
        }
        environment.pop("PDFJOBS_CONFIG", None)
        return subprocess.Popen(
            [sys.executable, "-m", module, *words],
            cwd=APP,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=self._log,
            start_new_session=True,  # Ctrl-C is for the benchmark, which ends them in order
        )


def answers(instance: Instance) -> bool:
    """Whether an instance's own queue server takes commands."""
    try:
        with Redis(unix_socket_path=str(instance.queue_socket)) as connection:
            return bool(connection.ping())
    except (RedisError, OSError):
        return False


def end(process: "subprocess.Popen[bytes]") -> None:
    """Also one that was stopped by SIGSTOP."""
    process.terminate()
    process.send_signal(signal.SIGCONT)
    try:
        process.wait(END_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
