"""How soon the log viewer shows a log of several gigabytes: opened, at its 1,000th error, at its end, and searched.

The log is a real one of the shared samples, its middle repeated with an error put in now and then. First it is shown
as nobody has read it, then with the places and errors that a reading keeps. Each figure is the whole answer of the page, made in
process by Django's client. `grep -m 1` and `tail` say how fast the machine gets through the same bytes.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bench.diary import in_process
from bench.figures import share
from bench.parse_speed import KINDS, SHARED

SIZE = 5_000_000_000
SHORT = 200_000_000
ERRORS = 2_000
ROUNDS = 5
NUMBER = 1_000_001
LAST = b" the last line of all that was written\n"
ERROR = b" *** Error 40509 (SOL+509)\n     negative volume in brick element # %d cycle %d\n \n"


def run(short: bool) -> dict[str, Any]:
    """Seconds as the median of a few rounds, of a process of its own."""
    if not (SHARED / KINDS["messag"]).exists():
        return {"missing": KINDS["messag"]}
    size = str(SHORT if short else SIZE)
    done = subprocess.run(
        [sys.executable, "-m", "bench.log_viewer", size], stdout=subprocess.PIPE, check=True
    )
    figures: dict[str, Any] = json.loads(done.stdout)
    return figures


def write(log: Path, size: int) -> None:
    """The sample's begin, its middle again and again with errors between, and its end."""
    lines = (SHARED / KINDS["messag"]).read_bytes().splitlines(keepends=True)
    begin, end = len(lines) * 3 // 10, len(lines) * 9 // 10
    middle = b"".join(lines[begin:end])
    with log.open("wb", buffering=1 << 22) as file:
        file.write(b"".join(lines[:begin]))
        errors = 0
        while file.tell() < size:
            file.write(middle)
            if file.tell() >= errors * size // ERRORS:
                errors += 1
                file.write(ERROR % (errors, errors * 100))
        file.write(LAST)


def measure(size: int) -> dict[str, Any]:
    """Makes a diary and has it asked, in this process."""
    with in_process() as runs:
        folder = runs / "long"
        folder.mkdir(parents=True)
        return _asked(folder, size)


def _asked(folder: Path, size: int) -> dict[str, Any]:
    """1. Makes the log. 2. Times the pages before it was read. 3. Has it read. 4. Times them again."""
    from django.conf import settings
    from django.contrib.auth.models import User
    from django.test import Client

    from pdfjobs.models import Job, Run

    settings.ALLOWED_HOSTS = ["testserver"]
    log = folder / "messag"
    write(log, size)
    client = Client()
    client.force_login(User.objects.create_user("bench"))
    job = Job.objects.create(number=NUMBER, name="long", submitted_at=_now(), solver="ls-dyna")
    run_row = Run.objects.create(job=job, root="runs", folder="long", stem="")
    figures: dict[str, Any] = {"unit": "ms", "n": ROUNDS, "bytes": log.stat().st_size}
    unread = {"open": "", "end": "?follow=1", "middle": f"?at={size // 2}"}
    figures |= {f"unread_{name}": _page(client, ask) for name, ask in unread.items()}
    figures["errors"] = note(run_row, log)
    asked = {**unread, "error_1000": "?mark=error:1000", "line": "?line=1000000"}
    figures |= {name: _page(client, ask) for name, ask in asked.items()}
    figures["poll_304"] = _unchanged(client, log.stat().st_size)
    figures["find_to_the_end_s"] = _search(client, "the last line of all that was written")
    figures["find_expression_s"] = _search(client, "the last l[a-z]+ of all that", regex=True)
    figures["grep_s"] = _timed(lambda: _run("grep", "-m", "1", "the last line of all", str(log)))
    figures["tail_ms"] = round(_timed(lambda: _run("tail", "-n", "400", str(log))) * 1000, 1)
    status = Path("/proc/self/status").read_text()
    figures["peak_bytes"] = int(status.partition("VmHWM:")[2].split()[0]) * 1024
    return figures


def note(run_row: Any, log: Path) -> int:
    """Keeps places and errors as a reading would, without a parser: how fast those are another bench tells."""
    from pdfjobs.models import LogFile
    from pdfjobs.services.points import Growth, keep_points
    from workers.logplaces import STATE, Places, add_marks

    points: dict[str, list[tuple[float, float]]] = {}
    places, offset, line, rest = Places(), 0, 1, b""
    with log.open("rb") as file:
        while block := file.read(1 << 22):
            places.feed(block, offset, points)
            offset += len(block)
            text = rest + block
            whole = text.rfind(b"\n") + 1
            at = 0
            while (found := text.find(b" *** Error ", at, whole)) >= 0:
                line += text.count(b"\n", at, found)
                add_marks([(line, "error")], points)
                end = text.find(b"\n", found) + 1
                line, at = line + 1, end
            line += text.count(b"\n", at, whole)
            rest = text[whole:]
    info = log.stat()
    row = LogFile.objects.create(
        run=run_row,
        path="messag",
        parser="ls-dyna.messag",
        parser_version=1,
        device=0,
        inode=info.st_ino,
        head_len=0,
        head_sha="",
        offset=offset,
        size=offset,
        state={STATE: places.state},
    )
    keep_points([Growth.of(row, points, fresh=True, over=True)], [])
    return len(points["mark.error"])


def _now() -> Any:
    from django.utils import timezone

    return timezone.now()


def _page(client: Any, query: str) -> float:
    """Milliseconds of the viewer's page, rows and all."""
    times = []
    for _ in range(ROUNDS):
        begun = time.monotonic()
        page = client.get(f"/jobs/{NUMBER}/files/messag{query}")
        times.append(time.monotonic() - begun)
        if page.status_code != 200 or b'class="row' not in page.content:
            raise ValueError(f"{query}: no rows, status {page.status_code}")
        if "mark=" in query and b"is-target" not in page.content:
            raise ValueError("the error is not shown")
    return round(share(times, 0.5) * 1000, 1)


def _unchanged(client: Any, size: int) -> float:
    """Milliseconds of a follower's question when nothing was written."""
    address = f"/jobs/{NUMBER}/rows/messag?after={size}&follow=1&since=1"
    known = client.get(address)["ETag"]
    begun = time.monotonic()
    for _ in range(ROUNDS):
        if client.get(address, headers={"If-None-Match": known}).status_code != 304:
            raise ValueError("a question when nothing was new brought something")
    return round((time.monotonic() - begun) / ROUNDS * 1000, 1)


def _search(client: Any, words: str, *, regex: bool = False) -> dict[str, Any]:
    """Seconds until the only place is found, in how many questions."""
    from urllib.parse import urlencode

    asked = urlencode({"find": words, "dir": "next"} | ({"regex": "1"} if regex else {}))
    begun, questions = time.monotonic(), 0
    while asked:
        page = client.get(f"/jobs/{NUMBER}/files/messag?{asked}")
        questions += 1
        asked = page.context["found"].go_on if page.context else ""
    return {"seconds": round(time.monotonic() - begun, 1), "questions": questions}


def _timed(what: Callable[[], None]) -> float:
    begun = time.monotonic()
    what()
    return round(time.monotonic() - begun, 3)


def _run(*command: str) -> None:
    environment = {**os.environ, "LC_ALL": "C"}
    subprocess.run(command, env=environment, stdout=subprocess.DEVNULL, check=True)


if __name__ == "__main__":
    sys.stdout.write(json.dumps(measure(int(sys.argv[1]))))
