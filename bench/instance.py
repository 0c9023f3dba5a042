"""The real service, for one benchmark: started under a VAR of its own, ended and removed with everything it started."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

from pdfjobs.config import Instance
from tests.service import Service

KILL_S = 5.0
WORDS = 30
"""Lines of the service's log that are shown when it does not answer."""


@contextmanager
def running(settings: str) -> Iterator[Service]:
    """A service with these lines of `pdfjobs.toml`."""
    # Short: a socket below it must stay within what the kernel takes.
    with tempfile.TemporaryDirectory(
        prefix="pdfjobs-bench-", ignore_cleanup_errors=True
    ) as scratch:
        service = Service(Path(scratch) / "var", settings=settings)
        try:
            yield service.start()
        except TimeoutError as error:
            error.add_note(_last_words(service))
            raise
        finally:
            _end(service)
            clear_socket(Instance(service.var))


def clear_socket(instance: Instance) -> None:
    """Removes the folder that a queue server's socket has outside of a VAR with a long path."""
    if instance.queue_socket.parent != instance.var:
        shutil.rmtree(instance.queue_socket.parent, ignore_errors=True)


def _end(service: Service) -> None:
    """Also recorders that are still at work, and what an aborted start left."""
    if service.process is not None and service.process.poll() is None:
        service.stop()
    left = service.processes()
    for process in left:
        process.kill()
    psutil.wait_procs(left, KILL_S)


def _last_words(service: Service) -> str:
    """Of the service's log, which goes with its VAR."""
    lines = (service.var / "logs" / "service.log").read_text(errors="replace").splitlines()
    return "\n".join(["The service's log ends with:", *lines[-WORDS:]])
