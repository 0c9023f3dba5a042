"""What the watcher says of a path, asked by its own command: this room does not know the watcher's code."""

import json
import os
import selectors
import subprocess
import sys
import time
from typing import Any

from django.conf import settings

PATIENCE_S = 9.0
COMMAND = "watcher.explain"


def ask(root: str, relative: str) -> dict[str, Any]:
    """Its words, and the kernel's of the file system; what did not come in time is missing, `trouble` says why."""
    inst = settings.INSTANCE
    environment = {
        **os.environ,
        "PDFJOBS_VAR": str(inst.var),
        "REDIS_URL": inst.redis_url,
        "RQ_KEY_PREFIX": inst.queue_prefix,
    }
    with subprocess.Popen(
        [sys.executable, "-m", COMMAND, root, relative],
        cwd=settings.BASE_DIR,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None and process.stderr is not None
        out, in_time = _read(process.stdout.fileno())
        if not in_time:
            process.kill()
        complaint = process.stderr.read().decode("utf-8", "replace").strip()
    words: dict[str, Any] = {"source": "", "trouble": complaint.rpartition("\n")[2]}
    if not in_time:
        words["trouble"] = f"no answer within {PATIENCE_S:g} s"
    for line in out.splitlines():
        words |= json.loads(line)
    return words


def _read(source: int) -> tuple[bytes, bool]:
    """All that comes, and whether it ended in time."""
    deadline, found = time.monotonic() + PATIENCE_S, b""
    with selectors.DefaultSelector() as selector:
        selector.register(source, selectors.EVENT_READ)
        while selector.select(max(0.0, deadline - time.monotonic())):
            more = os.read(source, 65_536)
            if not more:
                return found, True
            found += more
    return found[: found.rfind(b"\n") + 1], False
