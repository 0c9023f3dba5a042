"""`make run`: readies the instance, starts the service, and stays until it is told to end.

This process is the service's life: its end ends uWSGI and with it everything but the solvers. Should uWSGI
itself be killed, it is started again.
"""

import ctypes
import fcntl
import os
import pwd
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import django
from django.db.utils import OperationalError

from pdfjobs import config

PR_SET_PDEATHSIG = 1
STOP_S = 13.0
"""Time for an orderly end; the promise is 15 s."""
READY_S = 60.0
HEALTHY_S = 30.0
ENDS = {signal.SIGINT, signal.SIGTERM, signal.SIGHUP}
DIRECTLY = urllib.request.build_opener(urllib.request.ProxyHandler({}))
"""No proxy of the environment stands between us and ourselves."""
APP = Path(__file__).resolve().parent.parent


def main() -> int:
    """1. Checks settings, port and that no other service has this VAR.
    2. Readies folders, database and static files.
    3. Starts uWSGI, says where everything is once the pages answer.
    4. Waits for the end.
    """
    for end in ENDS:
        signal.signal(end, lambda *_: None)  # a shell's `&` may have them ignored
    signal.pthread_sigmask(signal.SIG_BLOCK, {*ENDS, signal.SIGCHLD})
    try:
        inst = config.instance()
        inst.make_folders()
        lock = _Lock(inst.var / "service.lock")
        settings = config.load(inst)
        listen = f"{settings.web.host}:{os.environ.get('PORT') or settings.web.port}"
        _check_port(listen)
        environment = _environment(inst, listen)
        _ready(inst)
    except (config.ConfigError, OSError) as error:
        sys.stderr.write(f"{error}\n")
        return 2
    except OperationalError as error:
        words = " ".join(str(error).split())
        sys.stderr.write(f"The database does not answer ({words}); see [database].\n")
        return 2
    with lock:
        return _serve(inst, listen, environment)


class _Lock:
    """Held by the one service of an instance; the kernel lets go of it whatever happens."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("a+")
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise config.ConfigError(
                f"{path.parent}: a service runs on this VAR already; end it, or choose another VAR"
            ) from None

    def __enter__(self) -> None:
        return None

    def __exit__(self, *_: object) -> None:
        self._file.close()


def _check_port(listen: str) -> None:
    host, _, port = listen.rpartition(":")
    if not port.isdigit() or not 0 < int(port) < 65536:
        raise config.ConfigError(f"{port}: no port; choose one from 1 to 65535: make run PORT=9000")
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, int(port)))
        except (OSError, ValueError, OverflowError) as error:
            raise config.ConfigError(
                f"{listen}: cannot be served on ({error}); choose another: make run PORT=9000"
            ) from error


def _environment(inst: config.Instance, listen: str) -> dict[str, str]:
    environment = {
        **os.environ,
        "PDFJOBS_VAR": str(inst.var),
        "PDFJOBS_LISTEN": listen,
        "PDFJOBS_VENV": sys.prefix,
        "PDFJOBS_PYTHON": sys.executable,
        "REDIS_URL": inst.redis_url,
        "RQ_KEY_PREFIX": inst.queue_prefix,
        "DJANGO_SETTINGS_MODULE": "pdfjobs.settings",
        "PYTHONUNBUFFERED": "1",
        "PYTHONPATH": str(APP),
    }
    if os.environ.get("REDIS_URL"):
        environment["PDFJOBS_FOREIGN_QUEUE"] = "1"
    return environment


def _ready(inst: config.Instance) -> None:
    os.environ["DJANGO_SETTINGS_MODULE"] = "pdfjobs.settings"
    os.environ["PDFJOBS_VAR"] = str(inst.var)
    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0, interactive=False)
    call_command("collectstatic", verbosity=0, interactive=False)
    from pdfjobs.services import families, joblines

    if joblines.are_missing():  # a diary from before there were any
        for jobs in joblines.batches():
            joblines.renew(jobs)
        families.settle_all()


def _login_url(listen: str) -> str:
    """A one-time link for the first superuser, who is made under the account name of whoever starts the service."""
    from django.contrib.auth.models import User
    from django.db import connection

    from pdfjobs.loginlink import login_path

    user = User.objects.filter(is_superuser=True, is_active=True).order_by("pk").first()
    if user is None:
        user = User.objects.create_superuser(pwd.getpwuid(os.getuid()).pw_name)
    path = login_path(user)
    connection.close()
    return f"http://{listen}{path}"


def _serve(inst: config.Instance, listen: str, environment: dict[str, str]) -> int:
    uwsgi, told, warned, started, delay = None, False, False, 0.0, 0.0
    while not _told_to_end(0.2):
        if uwsgi is None and time.monotonic() >= started + delay:
            started = time.monotonic()
            uwsgi = _start(inst, environment)
        elif uwsgi is not None and uwsgi.poll() is not None:
            healthy = time.monotonic() - started > HEALTHY_S
            delay = 0.0 if healthy else min(5.0, delay * 2 or 0.5)
            sys.stderr.write(
                f"The service ended unexpectedly ({uwsgi.returncode}); starting it again.\n"
            )
            uwsgi = None
        elif not told and _answers(listen):
            told = True
            _say(inst, listen)
        elif not (told or warned) and time.monotonic() - started > READY_S:
            warned = True
            sys.stderr.write(
                f"No answer on http://{listen}/ yet; see {inst.logs / 'service.log'}\n"
            )
    _end(uwsgi)
    _name_runs()
    return 0


def _start(inst: config.Instance, environment: dict[str, str]) -> subprocess.Popen[bytes]:
    ours = os.getpid()

    def die_with_us() -> None:
        signal.pthread_sigmask(signal.SIG_SETMASK, set())
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != ours:
            os._exit(1)

    program = Path(sys.prefix) / "bin" / "uwsgi"
    with (inst.logs / "service.log").open("ab") as log:
        return subprocess.Popen(
            [str(program), "--ini", str(APP / "uwsgi.ini")],
            env=environment,
            cwd=APP,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # a Ctrl-C reaches only us; we end it in order
            preexec_fn=die_with_us,
        )


def _told_to_end(patience_s: float) -> bool:
    """Waits for a signal to end, or for the end of the make that we run under."""
    got = signal.sigtimedwait({*ENDS, signal.SIGCHLD}, patience_s)
    if got is not None and got.si_signo in ENDS:
        return True
    return _make_is_ending()


_PARENT = os.getppid()


def _make_is_ending() -> bool:
    """Whether the make above us was told to end, or is gone.

    A SIGINT that reaches make alone is not passed on: make gives up its handler and waits for us, which shows
    in its mask of caught signals.
    """
    if os.getppid() != _PARENT:
        return True
    if "MAKELEVEL" not in os.environ:
        return False
    try:
        lines = Path(f"/proc/{_PARENT}/status").read_text().splitlines()
        fields = dict(line.split(":\t", 1) for line in lines if ":\t" in line)
    except OSError:
        return False
    interrupt = 1 << (signal.SIGINT - 1)
    caught, ignored = int(fields["SigCgt"], 16), int(fields["SigIgn"], 16)
    return fields["Name"] == "make" and not (caught | ignored) & interrupt


def _answers(listen: str) -> bool:
    try:
        with DIRECTLY.open(f"http://{listen}/readyz", timeout=2) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def _say(inst: config.Instance, listen: str) -> None:
    sys.stdout.write(
        f"""
  The job diary runs.

  Address     http://{listen}/
  Log in      {_login_url(listen)}
              (once, within the hour; later: manage.py login_link, or set a password on the page)
  Hot folder  {inst.hotfolder}
  Service log {inst.logs / "service.log"}

  Ctrl-C ends it; running solvers go on.
"""
    )
    sys.stdout.flush()


def _end(uwsgi: subprocess.Popen[bytes] | None) -> None:
    if uwsgi is None or uwsgi.poll() is not None:
        return
    uwsgi.terminate()
    try:
        uwsgi.wait(STOP_S)
    except subprocess.TimeoutExpired:
        uwsgi.kill()  # its daemons die with it
        uwsgi.wait()


def _name_runs() -> None:
    from pdfjobs.models import Run

    going_on = Run.objects.filter(finished=False, record__isnull=False).select_related("job")
    try:
        lines = [f"  {run.job.number} {run.job.name}" for run in going_on if run.ours]
    except OperationalError:  # its server went away before us
        return
    if lines:
        sys.stdout.write(
            "These runs go on without the service; `make run` takes them up again,"
            " `manage.py stop NUMBER` ends one:\n" + "\n".join(lines) + "\n"
        )
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
