"""How soon the log viewer shows a log of several gigabytes: opened, at its 1,000th error, at a line, at its end, searched.

The log is a real one of the shared samples, its middle again and again with errors and warnings between that differ. It
is shown as nobody has read it; then the workers' turns read it, every fact, message, point and mark kept; then it is
shown again. Once for each database, in a process of its own. Each figure is the whole answer of the page, made in
process by Django's client; those called `cold` come after the log was put out of memory. `grep -m 1` and `tail` say how
fast the machine gets through the same bytes.
"""

import html
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bench.database import DATABASES, place
from bench.diary import in_process
from bench.figures import share
from bench.parse_speed import KINDS, SHARED
from workers.parsers.messages import MARKS_KEPT

SIZE = 5_000_000_000
SHORT = 200_000_000
ERRORS, WARNINGS = 2_000, 20_000
ROUNDS = 5
NUMBER = 1_000_001
ROOT, LOG = "bench", "long/messag"
LAST = b" the last line of all that was written\n"
ERROR = b" *** Error 40509 (SOL+509)\n     negative volume in brick element # %d cycle %d\n \n"
WARNING = b" *** Warning 40538 (SOL+538)\n     shell element # %d is distorted, cycle %d\n \n"


def run(short: bool) -> dict[str, Any]:
    """Figures by database, the median of a few rounds."""
    if not (SHARED / KINDS["messag"]).exists():
        return {"missing": KINDS["messag"]}
    figures: dict[str, Any] = {"unit": "ms", "n": ROUNDS}
    with tempfile.TemporaryDirectory(prefix="pdfjobs-bench-") as scratch:
        log = Path(scratch) / LOG
        log.parent.mkdir()
        write(log, SHORT if short else SIZE)
        figures["bytes"] = log.stat().st_size
        for database in DATABASES:
            with place(database) as there:
                figures[database] = _process(scratch, there.settings)
        figures["grep_s"] = _timed(
            lambda: _run("grep", "-m", "1", "the last line of all", str(log))
        )
        figures["tail_ms"] = round(_timed(lambda: _run("tail", "-n", "400", str(log))) * 1000, 1)
    return figures


def _process(scratch: str, settings: str) -> Any:
    command = [sys.executable, "-m", "bench.log_viewer", scratch, settings]
    return json.loads(subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout)


def write(log: Path, size: int) -> None:
    """The sample's begin, its middle again and again with messages between, and a last line."""
    lines = (SHARED / KINDS["messag"]).read_bytes().splitlines(keepends=True)
    begin, end = len(lines) * 3 // 10, len(lines) * 9 // 10
    middle = b"".join(lines[begin:end])
    written = {ERROR: 0, WARNING: 0}
    with log.open("wb", buffering=1 << 22) as file:
        file.write(b"".join(lines[:begin]))
        while (at := file.tell()) < size:
            file.write(middle)
            for text, most in ((ERROR, ERRORS), (WARNING, WARNINGS)):
                while written[text] < most * at // size:
                    written[text] += 1
                    file.write(text % (written[text], written[text] * 100))
        file.write(LAST)


def measure(scratch: str, settings: str) -> dict[str, Any]:
    """1. Makes a diary. 2. Times the pages before the log was read. 3. Has it read. 4. Times them again."""
    tree = f'{settings}\n[[trees]]\nname = "{ROOT}"\npath = "{scratch}"\n'
    with in_process(tree):
        from django.conf import settings as of_django
        from django.contrib.auth.models import User
        from django.test import Client

        of_django.ALLOWED_HOSTS = ["testserver"]
        client, log = Client(), Path(scratch) / LOG
        client.force_login(User.objects.create_user("bench"))
        _make_job()
        figures = {f"unread_{name}": _page(client, ask) for name, ask in _places(log).items()}
        figures |= ingest(log)
        asked = {**_places(log), "error_1000": "?mark=error:1000", "line_100000": "?line=100000"}
        figures |= {name: _page(client, ask) for name, ask in asked.items()}
        figures |= {f"cold_{name}": _page(client, ask, log) for name, ask in asked.items()}
        figures["poll_304"] = _unchanged(client, log.stat().st_size)
        words = "the last line of all that was written"
        figures["find_back"] = _page(client, f"?find={words}&dir=prev")
        figures["find_to_the_end"] = _search(client, words)
        figures["find_expression"] = _search(client, "the last l[a-z]+ of all", regex=True)
        return figures


def _places(log: Path) -> dict[str, str]:
    return {"open": "", "end": "?follow=1", "middle": f"?at={log.stat().st_size // 2}"}


def _make_job() -> None:
    from django.utils import timezone

    from pdfjobs.models import Job, Run

    job = Job.objects.create(
        number=NUMBER, name="long", submitted_at=timezone.now(), solver="ls-dyna"
    )
    Run.objects.create(job=job, root=ROOT, folder="long", stem="")


def ingest(log: Path) -> dict[str, Any]:
    """Has the log read as a worker does, turn after turn; what that took, and what the diary knows then."""
    from django.db.models import Count, Sum

    from pdfjobs.models import LogFile, SeriesChunk
    from workers.tasks.reading import read_turns

    begun, left, tasks = time.monotonic(), [LOG], 0
    while left:
        left, tasks = read_turns(ROOT, left), tasks + 1
    seconds = time.monotonic() - begun
    row = LogFile.objects.get(run__job__number=NUMBER)
    size = log.stat().st_size
    said = [row.report["errors"], row.report["warnings"]]
    chunks = SeriesChunk.objects.filter(file=row)
    counts = dict(chunks.values_list("name").annotate(Sum("count")))
    marked = [counts["mark.error"], counts["mark.warning"]]
    if row.offset != size or marked != [min(count, MARKS_KEPT) for count in said]:
        raise ValueError(f"{row.offset} of {size} bytes read, {said} counted, {marked} marked")
    status = Path("/proc/self/status").read_text()
    return {
        "ingest_s": round(seconds, 1),
        "ingest_mb_per_s": round(size / seconds / 1e6, 1),
        "ingest_tasks": tasks,
        "errors": said[0],
        "warnings": said[1],
        "marks": sum(marked),
        **chunks.aggregate(points=Sum("count"), chunks=Count("pk")),
        "peak_bytes": int(status.partition("VmHWM:")[2].split()[0]) * 1024,
    }


def _page(client: Any, query: str, cold: Path | None = None) -> float:
    """Milliseconds of the viewer's page, rows and all; `cold` is put out of memory before each."""
    times = []
    for _ in range(ROUNDS):
        if cold is not None:
            _forget(cold)
        begun = time.monotonic()
        page = client.get(f"/jobs/{NUMBER}/files/messag{query}")
        times.append(time.monotonic() - begun)
        if page.status_code != 200 or b'class="row' not in page.content:
            raise ValueError(f"{query}: no rows, status {page.status_code}")
        if ("mark=" in query or "line=" in query) and b"is-target" not in page.content:
            raise ValueError(f"{query}: not shown")
        if query.endswith("error:1000") and b"element # 1000 cycle" not in page.content:
            raise ValueError("another error is shown")
        if "find=" in query and b"<mark>" not in page.content:
            raise ValueError(f"{query}: not found")
    return round(share(times, 0.5) * 1000, 1)


def _forget(log: Path) -> None:
    with log.open("rb") as file:
        os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


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
    """Seconds from the file's begin until the only place is found, in how many questions."""
    from urllib.parse import urlencode

    asked = urlencode({"find": words, "dir": "next"} | ({"regex": "1"} if regex else {}))
    begun, questions = time.monotonic(), 0
    while asked:
        page = client.get(f"/jobs/{NUMBER}/files/messag?{asked}")
        questions += 1
        further = re.search(r'<a href="\?([^"]+)">Search on</a>', page.text)
        asked = html.unescape(further[1]) if further else ""
    if b"<mark>" not in page.content:
        raise ValueError(f"{words} was not found")
    return {"s": round(time.monotonic() - begun, 1), "questions": questions}


def _timed(what: Callable[[], None]) -> float:
    begun = time.monotonic()
    what()
    return round(time.monotonic() - begun, 3)


def _run(*command: str) -> None:
    environment = {**os.environ, "LC_ALL": "C"}
    subprocess.run(command, env=environment, stdout=subprocess.DEVNULL, check=True)


if __name__ == "__main__":
    sys.stdout.write(json.dumps(measure(sys.argv[1], sys.argv[2])))
