"""What systemd hears of the pool, and how long each of its processes may take to end."""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

APP = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.timeout(30)

POOL = """
import signal, sys, time
from workers import pool
from workers.__main__ import _supervisor

def busy():
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    sys.stdout.write("busy\\n")
    sys.stdout.flush()
    while True:
        signal.pause()

alive = _supervisor()
pool.keep([pool.Slot(f"busy-{grace}", busy, float(grace)) for grace in sys.argv[1:]], alive)
"""


def pool(*graces: str, **environment: str) -> subprocess.Popen:
    return subprocess.Popen(
        [sys.executable, "-c", POOL, *graces],
        cwd=APP,
        env={**os.environ, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )


def test_the_pool_tells_systemd_that_it_is_ready_and_alive(tmp_path):
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        systemd.bind(str(tmp_path / "notify"))
        systemd.settimeout(20)
        with pool("0.1", NOTIFY_SOCKET=str(tmp_path / "notify")) as process:
            said = systemd.recv(100)
            process.send_signal(signal.SIGTERM)

    assert said == b"READY=1\nWATCHDOG=1"
    assert process.returncode == 0


def test_each_process_is_given_its_own_time_to_end():
    with pool("0.1", "1.0") as process:
        assert process.stdout is not None
        assert [process.stdout.readline() for _ in range(2)] == ["busy\n", "busy\n"]
        told = time.monotonic()
        process.send_signal(signal.SIGTERM)
        process.wait(20)

    assert process.returncode == 0
    assert 1.0 <= time.monotonic() - told < 10
