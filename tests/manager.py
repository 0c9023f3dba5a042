"""`manage.py` for one service, without a second of imports for each command: a process that has loaded Django forks.

`python -m tests.manager` is that process. It opens no connection itself, so each fork is as fresh as a new process.
"""

import contextlib
import ctypes
import gc
import json
import os
import select
import signal
import subprocess
import sys
import tempfile
import threading
import traceback
from collections.abc import Sequence
from pathlib import Path
from typing import IO, Any

PR_SET_PDEATHSIG = 1
ENDS_S = 10.0
ROOMS = ("pdfjobs", "workers")


class Manager:
    """Asks the process; starts it with the first question."""

    def __init__(self, app: Path, environment: dict[str, str]) -> None:
        self._app, self._environment = app, environment
        self._process: subprocess.Popen[bytes] | None = None
        self._one_at_a_time = threading.Lock()

    def manage(self, words: Sequence[str], timeout_s: float) -> subprocess.CompletedProcess[str]:
        """As `manage.py` with these words."""
        return self._ask({"words": ["manage.py", *words]}, timeout_s)

    def evaluate(self, expression: str, timeout_s: float) -> subprocess.CompletedProcess[str]:
        """Prints the JSON of an expression over the diary's models."""
        return self._ask({"expression": expression}, timeout_s)

    def _ask(self, question: dict[str, Any], timeout_s: float) -> subprocess.CompletedProcess[str]:
        with self._one_at_a_time:
            process = self._process or self._start()
            assert process.stdin is not None and process.stdout is not None
            process.stdin.write(json.dumps(question).encode() + b"\n")
            process.stdin.flush()
            if not select.select([process.stdout], [], [], timeout_s)[0]:
                self.end()
                raise subprocess.TimeoutExpired(str(question), timeout_s)
            code, out, err = json.loads(process.stdout.readline())
        return subprocess.CompletedProcess([*question.values()], code, out, err)

    def _start(self) -> subprocess.Popen[bytes]:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.manager"],
            cwd=self._app,
            env=self._environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            start_new_session=True,  # Ctrl-C is for the tests
            preexec_fn=_end_with_parent,
        )
        return self._process

    def end(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
            self._process = None

    def is_of(self, pid: int) -> bool:
        """Whether a process is this one or a fork of it, which carry the service's environment."""
        with contextlib.suppress(ProcessLookupError):
            return self._process is not None and os.getsid(pid) == self._process.pid
        return False


def answer() -> None:
    """Answers each line of standard input with a line on standard output: exit code, and what was said."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    os.environ["DJANGO_SETTINGS_MODULE"] = "pdfjobs.settings"
    import django
    from django.core.checks import run_checks
    from django.core.management import get_commands, load_command_class

    django.setup()
    run_checks()
    for name, room in get_commands().items():
        if room in ROOMS:
            load_command_class(room, name)
    gc.freeze()
    for line in sys.stdin:
        with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
            pid = os.fork()
            if not pid:
                _become(json.loads(line), out, err)
            code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
            answers.write(json.dumps([code, _text(out), _text(err)]) + "\n")
            answers.flush()


def _text(file: IO[bytes]) -> str:
    file.seek(0)
    return file.read().decode()


def _become(question: dict[str, Any], out: IO[bytes], err: IO[bytes]) -> None:
    """What a new process would do, with the exit code that it would have."""
    with open(os.devnull) as nothing:  # noqa: PTH123
        os.dup2(nothing.fileno(), 0)
    os.dup2(out.fileno(), 1)
    os.dup2(err.fileno(), 2)
    code: Any = 1
    try:
        code = _do(question)
    except SystemExit as end:
        code = end.code
    except BaseException:
        traceback.print_exc()
    if isinstance(code, str):
        sys.stderr.write(f"{code}\n")
        code = 1
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code or 0)


def _do(question: dict[str, Any]) -> int:
    if "words" in question:
        import manage

        sys.argv = question["words"]
        return manage.main(question["words"])
    from pdfjobs import models

    names = vars(models) | {"json": json, "os": os}
    sys.stdout.write(json.dumps(eval(question["expression"], names), default=str))
    return 0


def _end_with_parent() -> None:
    """It must not outlive tests that were killed."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


if __name__ == "__main__":
    answer()
