"""A service of an ordinary account: what it has at hand while its solver runs, and what became of it afterwards.

Its tests start it by the system's own Python, since theirs may lie in a home folder closed to other accounts. Its
order comes as JSON on stdin, its answer as JSON on stdout.
"""

import ctypes
import json
import os
import socket
import sys
import time
from pathlib import Path

ADD_KEY = {"x86_64": 248, "aarch64": 217}
SESSION_KEYRING = -3
libc = ctypes.CDLL(None)


def main() -> None:
    order = json.load(sys.stdin)
    sys.path.insert(0, order["app"])
    from workers.launchers import confinement, local

    os.environ["SECRET"] = "precious"
    held = _hold()
    sockets = [_listening(f"\0pdfjobs-{os.getpid()}"), _listening("queue.sock")]
    Path("secret.key").write_text("precious")
    bwrap = confinement.find_bwrap()
    assert bwrap is not None, "bubblewrap"
    known = {"memory_bytes": 2**30, "processes": 100, "scratch_bytes": 2**26}
    bounds = local.Confinement(bwrap, **{**known, **order["bounds"]})
    folder = Path(order["folder"])
    (first, log), *then = order["steps"]
    names = {"SERVICE": str(os.getpid()), "KEY": str(held["key"])}
    spec = local.RunSpec(
        *(folder, 1, first, log, 1, 60.0, 1.0),
        then=then,
        environment={**names, **order["environment"]},
        confine=bounds,
    )
    with local.Claim.take(folder, 1) as claim:
        local.start(spec, claim)
    while local.state(folder, 1) != "ended":
        time.sleep(0.02)
    for one in sockets:
        one.close()
    libc.shmctl(held["memory"], 0, None)
    libc.msgctl(held["messages"], 0, None)
    answer = {
        "record": local.read_record(folder, 1),
        "nice": os.getpriority(os.PRIO_PROCESS, 0),
    }
    sys.stdout.write(json.dumps(answer))


def _hold() -> dict[str, int]:
    """What a session of this account may have, and what no folder holds."""
    number = ADD_KEY[os.uname().machine]
    secret = b"precious"
    held = {
        "memory": libc.shmget(os.getpid(), 4096, 0o1600),
        "messages": libc.msgget(os.getpid(), 0o1600),
        "key": libc.syscall(number, b"user", b"ticket", secret, len(secret), SESSION_KEYRING),
    }
    assert min(held.values()) >= 0, held
    return held


def _listening(address: str) -> socket.socket:
    one = socket.socket(socket.AF_UNIX)
    one.bind(address)
    one.listen()
    return one


if __name__ == "__main__":
    main()
