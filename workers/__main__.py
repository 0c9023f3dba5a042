"""`python -m workers`: the workers of this host, one process a slot."""

import os
from functools import partial

import django


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "pdfjobs.settings")
    django.setup()
    from django.conf import settings

    from workers import pool, tasks
    from workers.scheduler import schedule
    from workers.worker import work

    assert tasks  # loaded before the fork, so that a new worker is ready in milliseconds
    names = [(name, name) for name in settings.QUEUES if name != "solve"]
    names += [("solve", f"solve-{n}") for n in range(1, settings.PDFJOBS.launcher.slots + 1)]
    slots = [pool.Slot(slot, partial(work, queue, slot)) for queue, slot in names]
    pool.keep([*slots, pool.Slot("scheduler", partial(schedule, "scheduler"))])


if __name__ == "__main__":
    main()
