"""Runs solvers on this machine, each beside a recorder that outlives the service.

What a caller needs of this room for a local run is named here, wherever it is made.
"""

import json
import logging
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from workers.launchers import recorder
from workers.launchers.claim import Claim
from workers.launchers.confinement import Confinement, home, sandbox
from workers.launchers.errors import AlreadyStartedError, LaunchError
from workers.launchers.handover import find_user, give_folder
from workers.launchers.records import State, read_record, record_in, state
from workers.launchers.run_folder import Handles, opened
from workers.launchers.runfiles import RunFiles
from workers.launchers.setting_aside import set_aside
from workers.launchers.stopping import request_stop

__all__ = [
    "AlreadyStartedError",
    "Claim",
    "Confinement",
    "LaunchError",
    "RunSpec",
    "State",
    "find_program",
    "give_folder",
    "read_record",
    "request_stop",
    "set_aside",
    "start",
    "state",
]

logger = logging.getLogger(__name__)

PLACES = ("/usr/local/bin", "/usr/bin", "/bin")
"""Looked through after PATH, which a service manager may keep short."""
OURS = ("PDFJOBS_", "RQ_", "DJANGO_", "PYTHON", "UWSGI_")
"""Variables that begin so are the service's, not the solver's…"""
OURS_WHOLE = {"REDIS_URL", "DATABASE_URL", "VIRTUAL_ENV", "MAKEFLAGS", "MFLAGS", "MAKELEVEL"}
"""…and so are these."""


@dataclass(frozen=True)
class RunSpec:
    """What to start, where, and for how long."""

    folder: Path
    ordinal: int
    argv: tuple[str, ...]
    log: str
    """Name of the file in the folder that takes the solver's output and errors."""
    cores: int
    wall_limit_s: float | None
    grace_s: float
    run_as: str = ""
    """User that the solver runs as; for a service of root alone."""
    then: tuple[tuple[tuple[str, ...], str], ...] = ()
    """Programs that follow, argv and log of each, while the one before ends with 0; all are one run."""
    environment: Mapping[str, str] = field(default_factory=dict)
    """Variables of the solver's own, beside the service's."""
    confine: Confinement | None = None
    """None: the solver may do what the user may that it runs as."""

    def __post_init__(self) -> None:
        for argv, log in ((self.argv, self.log), *self.then):
            if not argv or any("\0" in word for word in argv):
                raise ValueError(f"argv {argv!r} is no command")
            if log in ("", ".", "..") or "/" in log or "\0" in log:
                raise ValueError(f"log {log!r} is no plain file name")


def find_program(argv0: str) -> str | None:
    """Absolute path of a program; None when it is not there or may not be run."""
    if "/" in argv0:
        found = shutil.which(argv0)
        return str(Path(found).absolute()) if found else None
    # A relative entry of PATH would name whatever the current folder holds.
    path = [entry for entry in os.environ.get("PATH", "").split(":") if entry.startswith("/")]
    return shutil.which(argv0, path=":".join([*path, *PLACES]))


def start(spec: RunSpec, claim: Claim) -> None:
    """Starts a run; returns when its record, with the solver's pid, is on disk.

    A program that cannot be run is no error here: the record says so, as the run's end. A record without pid
    and end is what a killed recorder left before any solver ran; under our lock it may be replaced.
    Raises AlreadyStartedError when the run has a record, LaunchError when nothing was started.
    """
    if claim.fd < 0 or (claim.folder, claim.ordinal) != (spec.folder, spec.ordinal):
        raise ValueError("the claim is released, or another run's")
    _check_user(spec)
    try:
        with opened(spec.folder, make=True) as run:
            _refuse_second_start(spec, run)
            answer = _run_recorder(spec, claim, run)
            if answer == recorder.READY or _was_started(spec, run):
                logger.info("run %d in %s started: %s", spec.ordinal, spec.folder, spec.argv)
                return
    except OSError as error:
        raise LaunchError(
            spec.folder, f"no recorder can be started ({error})", "see that the folder is there"
        ) from error
    words = answer.decode("utf-8", "replace").strip().splitlines() or ["killed at its start"]
    raise LaunchError(
        spec.folder / ".pdfjobs" / f"run-{spec.ordinal}.json",
        f"the run's recorder could not begin: {words[-1]}",
        "see that the run folder is writable and its disk has room, and start again",
    )


def _check_user(spec: RunSpec) -> None:
    if not spec.run_as:
        return
    account = find_user(spec.folder, spec.run_as)
    if os.geteuid() not in (0, account.pw_uid):
        raise LaunchError(
            spec.folder,
            f"only root can run a solver as {spec.run_as}",
            "start the service as root or leave launcher.run_as empty",
        )


def _refuse_second_start(spec: RunSpec, run: Handles) -> None:
    name = RunFiles(run.state, spec.ordinal).record_name
    try:
        os.stat(name, dir_fd=run.state, follow_symlinks=False)
    except FileNotFoundError:
        return
    record = record_in(run, spec.ordinal, spec.folder)
    if record is None or record["pid"] is not None or record["ended_at"] is not None:
        raise AlreadyStartedError(
            spec.folder / ".pdfjobs" / name, "is there already", "retry as a new run"
        )


def _was_started(spec: RunSpec, run: Handles) -> bool:
    """Whether a recorder that answered nothing had got as far as the word all the same."""
    record = record_in(run, spec.ordinal, spec.folder)
    return record is not None and record["pid"] is not None


def _run_recorder(spec: RunSpec, claim: Claim, run: Handles) -> bytes:
    """Starts the recorder and waits for its answer: READY, or words for what went wrong."""
    programs = [find_program(argv[0]) for argv in (spec.argv, *(argv for argv, _ in spec.then))]
    folder = str(spec.folder.absolute())
    order = {
        "folder": folder,
        "ordinal": spec.ordinal,
        "argv": list(spec.argv),
        "program": programs[0],
        "log": spec.log,
        "cores": spec.cores,
        "wall_limit_s": spec.wall_limit_s,
        "grace_s": spec.grace_s,
        "run_as": spec.run_as,
        "folder_fd": run.folder,
        "state_fd": run.state,
        "lock_fd": claim.fd,
        "then": [
            [argv, program, log]
            for (argv, log), program in zip(spec.then, programs[1:], strict=True)
        ],
        "environment": dict(spec.environment),
        "sandbox": spec.confine and sandbox(spec.confine, folder, programs, spec.run_as),
    }
    # File names must be bytes to the recorder as they are to us.
    encoding = ["-X", f"utf8={sys.flags.utf8_mode}"]
    with subprocess.Popen(
        [sys.executable, *encoding, "-I", "-S", recorder.__file__],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
        pass_fds=(claim.fd, run.folder, run.state),
        env=_environment(spec.confine),
    ) as process:
        answer, _ = process.communicate(json.dumps(order).encode("ascii"))
    return answer


def _environment(confine: Confinement | None) -> dict[str, str]:
    ours = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(OURS) and name not in OURS_WHOLE
    }
    # Open MPI 5 starts nothing without a home.
    return {"HOME": home(), **confine.kept(ours)} if confine else ours
