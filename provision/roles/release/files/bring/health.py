"""Whether pages, watcher and workers of a release run."""

import contextlib
import socket
import struct
import time
import tomllib
from collections.abc import Callable
from functools import partial
from pathlib import Path

from host import SERVE, WATCH, Host, ReleaseError

SOCKET = "/run/pdfjobs-web.sock"
PATHS = ("/readyz", "/login/", "/healthz")
WITHIN_S = 60.0
LOOKS_AFTER_S = 10.0
"""A watcher that started and did not end for so long is well: it looks through large trees before it says so."""
MOST_STARTS = 3


def restart(host: Host, *units: str) -> None:
    """Returns when they have ended, and are about to start."""
    host.systemctl("stop", *units)
    with contextlib.suppress(ReleaseError):
        host.systemctl("reset-failed", *units)  # counts their starts anew
    host.systemctl("start", "--no-block", *units)


def has_served_since(host: Host, moment: float) -> bool:
    """Whether the pages have come up after this time of the monotonic clock."""
    up = host.systemctl("show", "--property=ActiveEnterTimestampMonotonic", "--value", SERVE)
    return int(up) > moment * 1_000_000


def wait_for(host: Host, name: str, *units: str) -> None:
    """ReleaseError with what is not well; the pages are asked for as nginx asks."""
    for unit in units:
        _wait(partial(_trouble_of, host, name, unit, time.monotonic() + LOOKS_AFTER_S))
    for path in PATHS if SERVE in units else ():
        _wait(partial(_trouble_with, host, path))


def _wait(trouble: Callable[[], str]) -> None:
    until = time.monotonic() + WITHIN_S
    while words := trouble():
        if time.monotonic() > until:
            raise ReleaseError(words)
        time.sleep(0.2)


def _trouble_of(host: Host, name: str, unit: str, looks_at: float) -> str:
    said = host.systemctl("show", "--property=ActiveState,SubState,MainPID,NRestarts", unit)
    facts = dict(line.split("=", 1) for line in said.splitlines())
    if facts["ActiveState"] == "failed" or int(facts["NRestarts"]) >= MOST_STARTS:
        raise ReleaseError(f"{unit} does not start: {_last_word(host, unit)}")
    try:
        folder = Path(f"/proc/{facts['MainPID']}/cwd").readlink()
    except OSError:
        folder = Path()
    is_up = facts["ActiveState"] == "active"
    if unit == WATCH and facts["SubState"] == "start" and time.monotonic() > looks_at:
        is_up = True
    if is_up and folder == host.releases / name:
        return ""
    return f"{unit} is {facts['ActiveState']} ({facts['SubState']}) in {folder}"


def _last_word(host: Host, unit: str) -> str:
    words = host.command("journalctl", "--unit", unit, "--output=cat", "--lines=100")
    ours = [line for line in words.splitlines() if "Error" in line]
    return ours[-1] if ours else f"journalctl --unit {unit}"


def _trouble_with(host: Host, path: str) -> str:
    """What uWSGI answers by its own protocol: four bytes of head, then names and values with their lengths."""
    asked = {
        **{"REQUEST_METHOD": "GET", "PATH_INFO": path, "REQUEST_URI": path, "QUERY_STRING": ""},
        **{"HTTP_HOST": _name_of(host), "HTTPS": "on", "SERVER_PROTOCOL": "HTTP/1.1"},
        **{"REMOTE_ADDR": "127.0.0.1", "SERVER_NAME": _name_of(host), "SERVER_PORT": "443"},
    }
    words = [word.encode() for pair in asked.items() for word in pair]
    body = b"".join(struct.pack("<H", len(word)) + word for word in words)
    try:
        with socket.socket(socket.AF_UNIX) as pages:
            pages.settimeout(10)
            pages.connect(SOCKET)
            pages.sendall(struct.pack("<BHB", 0, len(body), 0) + body)
            answer = b""
            while more := pages.recv(65536):
                answer += more
    except OSError as error:
        return f"{path} does not answer: {error}"
    status = answer.split(b"\r\n", 1)[0].decode(errors="replace")
    if " 200 " in f"{status} ":
        return ""
    said = answer.partition(b"\r\n\r\n")[2][:60]
    return f"{path} answers {status or 'nothing'}: {said.decode(errors='replace')}"


def _name_of(host: Host) -> str:
    return str(tomllib.loads(host.settings.read_text())["web"]["allowed_hosts"][0])
