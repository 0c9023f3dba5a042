"""Tools that follow logs and only copy them: `tail -F`, and rsyslog's imfile with a configuration of its own."""

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

from bench.watched import end

RSYSLOG = """
module(load="imfile" mode="inotify")
global(workDirectory="{work}")
template(name="line" type="string" string="%msg%\\n")
input(type="imfile" File="{logs}/*/*.sta" Tag="bench" ruleset="copy")
ruleset(name="copy") {{ action(type="omfile" file="{work}/copy" template="line") }}
"""


@contextmanager
def tail(logs: list[Path], work: Path) -> Iterator[psutil.Process]:
    with (work / "tailed").open("wb") as copy:
        process = subprocess.Popen(
            ["tail", "-q", "-n0", "-F", *map(str, logs)],
            stdin=subprocess.DEVNULL,
            stdout=copy,
            start_new_session=True,
        )
    try:
        yield psutil.Process(process.pid)
    finally:
        end(process)


@contextmanager
def rsyslog(logs: Path, work: Path) -> Iterator[psutil.Process | None]:
    """Follows `logs`/*/*.sta; None where it is not installed."""
    program = shutil.which("rsyslogd", path="/usr/sbin:/usr/bin")
    if program is None:
        yield None
        return
    settings = work / "rsyslog.conf"
    settings.write_text(RSYSLOG.format(work=work, logs=logs))
    process = subprocess.Popen(
        [program, "-n", "-f", str(settings), "-i", str(work / "rsyslog.pid")],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        yield psutil.Process(process.pid)
    finally:
        end(process)
