"""The watcher tells systemd, where it started us, that it is ready and that its loop turns."""

import socket
import subprocess
import sys

from rq.defaults import RQ_KEY_PREFIX

from .conftest import ROOM


def test_systemd_hears_that_the_loop_turns(tmp_path, queue_server):
    for name in ("hotfolder", "runs"):
        (tmp_path / name).mkdir()
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        systemd.bind(str(tmp_path / "notify"))
        systemd.settimeout(8)
        environment = {
            "PDFJOBS_VAR": str(tmp_path),
            "REDIS_URL": queue_server.url,
            "RQ_KEY_PREFIX": RQ_KEY_PREFIX,
            "NOTIFY_SOCKET": str(tmp_path / "notify"),
        }
        with subprocess.Popen(
            [sys.executable, "-m", "watcher"], cwd=ROOM, env=environment, stderr=subprocess.DEVNULL
        ) as process:
            said = [systemd.recv(100) for _ in range(2)]
            process.terminate()

    assert said == [b"READY=1\nWATCHDOG=1"] * 2
    assert process.returncode == 0
