"""The audit log's file is moved away while processes write it, as logrotate does: every line is kept, once."""

import logging
import os
import pwd
import subprocess
import sys
from itertools import count
from pathlib import Path

import pytest

from pdfjobs import auditlog
from tests.service import wait_for

LINES, STRETCH = 2000, 100
WRITER = f"""
import logging, sys
from pdfjobs import auditlog

log = logging.getLogger("writer")
log.addHandler(auditlog.File(sys.argv[1], delay=True))
log.setLevel("INFO")
for number in range({LINES}):
    if number % {STRETCH} == 0:
        sys.stdin.read(1)
    log.info("%s %s %s", sys.argv[2], number, "x" * (number % 300))
"""


def said_by(writer):
    return [f"{writer} {number} {'x' * (number % 300)}" for number in range(LINES)]


def written_by(path, line="one"):
    """A handler that has written."""
    handler = auditlog.File(path, delay=True)
    handler.handle(logging.makeLogRecord({"msg": line}))
    return handler


def mode(path):
    return path.stat().st_mode & 0o7777


@pytest.mark.timeout(60)
def test_each_line_of_each_process_is_in_one_of_the_files(tmp_path):
    path = tmp_path / "audit.log"
    writers = [
        subprocess.Popen(
            [sys.executable, "-c", WRITER, str(path), name], stdin=subprocess.PIPE, cwd=Path.cwd()
        )
        for name in ("web", "workers", "command")
    ]
    turns = count()
    for _ in range(0, LINES, STRETCH):
        for writer in writers:
            writer.stdin.write(b"x")
            writer.stdin.flush()
        wait_for(path.exists, "a line of the next stretch")
        path.rename(tmp_path / f"audit.log.{next(turns)}")
    for writer in writers:
        writer.stdin.close()
    while any(writer.poll() is None for writer in writers):
        if path.exists():
            path.rename(tmp_path / f"audit.log.{next(turns)}")

    assert [writer.returncode for writer in writers] == [0, 0, 0]
    files = list(tmp_path.iterdir())
    lines = [line for file in files for line in file.read_text().splitlines()]
    assert len(files) >= LINES / STRETCH
    assert sorted(lines) == sorted(
        line for name in ("web", "workers", "command") for line in said_by(name)
    )
    assert {mode(file) for file in files} == {0o600}


def test_the_order_of_one_process_stays(tmp_path):
    path = tmp_path / "audit.log"
    handler = written_by(path)

    path.rename(tmp_path / "audit.log.1")
    for line in ("two", "three"):
        handler.handle(logging.makeLogRecord({"msg": line}))
    handler.close()

    assert (tmp_path / "audit.log.1").read_text() == "one\n"
    assert path.read_text() == "two\nthree\n"


def test_a_file_that_is_there_is_gone_on_with(tmp_path):
    path = tmp_path / "audit.log"
    path.write_text("zero\n")

    written_by(path).close()

    assert path.read_text() == "zero\none\n"


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root, to write for another account")
def test_a_file_that_root_begins_is_the_services(tmp_path):
    nobody = pwd.getpwnam("nobody")
    os.chown(tmp_path, nobody.pw_uid, nobody.pw_gid)
    path = tmp_path / "audit.log"

    written_by(path).close()

    found = path.stat()
    assert (found.st_uid, found.st_gid, mode(path)) == (nobody.pw_uid, nobody.pw_gid, 0o600)


def test_a_link_in_its_place_is_not_followed(tmp_path):
    (tmp_path / "shadow").write_text("")
    path = tmp_path / "audit.log"
    path.symlink_to(tmp_path / "shadow")

    with pytest.raises(OSError, match="symbolic links"):
        auditlog.File(path)

    assert (tmp_path / "shadow").read_text() == ""
