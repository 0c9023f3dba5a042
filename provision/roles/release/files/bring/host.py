"""The host as a release finds it: folders, links, units, and commands as the service's account."""

import contextlib
import fcntl
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

HERE = Path(__file__).resolve().parent
SERVE = "pdfjobs-web.service"
WATCH = "pdfjobs-watcher.service"
WORK = (WATCH, "pdfjobs-workers.service")


class ReleaseError(Exception):
    """Why a release cannot be brought."""


class Host:
    """One instance on this machine."""

    def __init__(self, app: Path, etc: Path, user: str) -> None:
        self.app, self.releases, self.user = app, app / "releases", user
        self._environment = etc / "environment"
        self.var = Path(self._told("PDFJOBS_VAR"))
        self.settings = Path(self._told("PDFJOBS_CONFIG"))

    def say(self, words: str) -> None:
        """The terminal that listened may be gone."""
        with contextlib.suppress(OSError):
            sys.stdout.write(f"{words}\n")
            sys.stdout.flush()

    @contextlib.contextmanager
    def alone(self) -> Iterator[None]:
        with self._locked(self.app / "bring.lock", "another release is being brought"):
            yield

    @contextlib.contextmanager
    def without_backups(self) -> Iterator[None]:
        with self._locked(self.var / "backup.lock", "a backup is being made"):
            yield

    def current(self) -> str:
        return self._led_to("current")

    def before(self) -> str:
        return self._led_to("previous")

    def lead_to(self, name: str, link: str = "current") -> None:
        """At once: who looks finds the one or the other."""
        new = self.app / f"{link}.new"
        new.unlink(missing_ok=True)
        new.symlink_to(self.releases / name)
        new.replace(self.app / link)

    def names(self) -> list[str]:
        """The newest first."""
        found = [mark for mark in self.releases.glob("*/.complete") if mark.is_file()]
        found.sort(key=lambda mark: mark.stat().st_mtime, reverse=True)
        return [mark.parent.name for mark in found]

    def is_complete(self, name: str) -> bool:
        return name in self.names()

    def run(self, name: str, *words: str) -> str:
        """Python of that release, as the service's account and with its settings; what it said."""
        folder = self.releases / name
        shell = f'set -a; . {self._environment}; set +a; exec {folder}/.venv/bin/python "$@"'
        return self.command(
            *("runuser", "--user", self.user, "--", "sh", "-c", shell, "sh", *words), folder=folder
        )

    def own(self, name: str, script: str, *words: str) -> str:
        """A script that lies beside this one, in Python of that release and with its modules."""
        return self.run(name, "-P", str(HERE / script), str(self.releases / name), *words)

    def command(self, *words: str, folder: Path | None = None) -> str:
        done = subprocess.run(
            words, cwd=folder, stdin=subprocess.DEVNULL, capture_output=True, text=True
        )
        if done.returncode:
            raise ReleaseError(_reason(done) or f"{words[0]} ended with {done.returncode}")
        return done.stdout

    def systemctl(self, *words: str) -> str:
        return self.command("systemctl", *words)

    def _led_to(self, link: str) -> str:
        path = self.app / link
        return path.readlink().name if path.is_symlink() else ""

    def _told(self, variable: str) -> str:
        lines = self._environment.read_text().splitlines()
        return next(line.partition("=")[2] for line in lines if line.startswith(f"{variable}="))

    @contextlib.contextmanager
    def _locked(self, path: Path, words: str) -> Iterator[None]:
        is_new = not path.exists()
        with path.open("a") as file:
            if is_new:
                os.chown(path, self.var.stat().st_uid, self.var.stat().st_gid)
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise ReleaseError(words) from None
            yield


def _reason(done: subprocess.CompletedProcess[str]) -> str:
    """What it was at, and the last line that is no part of a traceback's code."""
    at = done.stdout.strip().splitlines()[-1:]
    why = [line for line in done.stderr.splitlines() if line[:1].strip()][-1:]
    return " ".join(line.strip() for line in (*at, *why))
