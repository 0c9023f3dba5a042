"""`python -m workers`: the workers of this host, one process a slot."""

import os
from collections.abc import Callable
from functools import partial

import django
import sdnotify

GRACE_VARIABLE = "PDFJOBS_STOP_GRACE_S"
"""How long a task may take to end when the service is told to; `make run` promises 15 s in all, so without it 2."""


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "pdfjobs.settings")
    django.setup()
    from django.conf import settings

    from workers import confining, pool, tasks
    from workers.scheduler import schedule
    from workers.worker import work

    assert tasks  # loaded before the fork, so that a new worker is ready in milliseconds
    confining.look()
    names = [(name, name) for name in settings.QUEUES if name != "solve"]
    names += [("solve", f"solve-{n}") for n in range(1, settings.PDFJOBS.launcher.slots + 1)]
    grace_s = float(os.environ.pop(GRACE_VARIABLE, pool.STOP_GRACE_S))
    slots = [
        # Who follows a solver would do so for hours, and its successor goes on with that.
        pool.Slot(
            slot, partial(work, queue, slot), pool.STOP_GRACE_S if queue == "solve" else grace_s
        )
        for queue, slot in names
    ]
    scheduler = pool.Slot("scheduler", partial(schedule, "scheduler"))
    pool.keep([*slots, scheduler], _supervisor())


def _supervisor() -> Callable[[], object]:
    """Tells systemd, where it started us, that the workers are there and alive."""
    if "NOTIFY_SOCKET" not in os.environ:
        return lambda: None
    notifier = sdnotify.SystemdNotifier()  # type: ignore[no-untyped-call]
    del os.environ["NOTIFY_SOCKET"]  # not for the solvers
    return partial(notifier.notify, "READY=1\nWATCHDOG=1")


if __name__ == "__main__":
    main()
