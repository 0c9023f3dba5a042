"""What it costs to take the news of many logs into the diary: `python -m bench.ingest_batch [--database postgresql]`.

Found CalculiX runs, a .sta each; a round appends one row to every file of a batch and reads them in one task. ms a
file: processor time of this process (with PostgreSQL also of its server, apart) and wall time, medians of the rounds.
One JSON line for each size of batch, then one for a log with `LONG` rows, which must cost what a short one does.
"""

import argparse
import contextlib
import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil

SIZES = (1, 20, 100)
LONG = 20_000
HEADER = (
    "SUMMARY OF JOB INFORMATION\n"
    "  STEP      INC     ATT  ITRS     TOT TIME     STEP TIME      INC TIME\n"
)


def main() -> int:
    parser = argparse.ArgumentParser("python -m bench.ingest_batch", description=__doc__)
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    parser.add_argument(
        "--rounds", type=int, default=150, metavar="N", help="each batch is timed so often"
    )
    parser.add_argument(
        "--profile", metavar="FILE", help="cProfile's statistics of the largest batch"
    )
    options = parser.parse_args()
    with _diary(options.database) as runs:
        for size in SIZES:
            tables = [_table(runs / f"batch{size}_{i:03d}", rows=3) for i in range(size)]
            _say(options.database, size, 3, _measure(tables, options.rounds))
        if options.profile:
            _profile(tables, options.profile)
        long = [_table(runs / "long", rows=LONG)]
        _say(options.database, 1, LONG, _measure(long, options.rounds))
    return 0


@contextmanager
def _diary(database: str) -> Iterator[Path]:
    """A diary of its own in this process; gives the folder of its runs."""
    with contextlib.ExitStack() as stack:
        var = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="pdfjobs-bench-")))
        if database == "postgresql":
            from tests import postgres

            server = stack.enter_context(postgres.running())
            (var / "pdfjobs.toml").write_text(server.database("pdfjobs"))
        os.environ["PDFJOBS_VAR"] = str(var)
        os.environ["DJANGO_SETTINGS_MODULE"] = "pdfjobs.settings"
        import django

        django.setup()
        from django.conf import settings
        from django.core.management import call_command
        from django.db import connection

        settings.INSTANCE.make_folders()
        call_command("migrate", verbosity=0)
        stack.callback(connection.close)
        yield settings.INSTANCE.runs


def _table(folder: Path, rows: int) -> Path:
    """A run's .sta, read already."""
    folder.mkdir()
    table = folder / "beam.sta"
    table.write_text(HEADER + "".join(row(i) for i in range(1, rows + 1)))
    _read([table])
    return table


def row(increment: int) -> str:
    """A converged increment's row as CalculiX 2.20 prints it."""
    digits, exponent = f"{increment * 1e-4:.5E}".split("E")
    total = f"0.{digits.replace('.', '')}E{int(exponent) + 1:+03d}"
    return f"{1:6d}{increment:11d}{1:6d}{2:6d}  {total}  {total}  0.100000E-03\n"


def _read(tables: list[Path]) -> None:
    from workers.tasks import reading

    left = [str(table.relative_to(table.parent.parent)) for table in tables]
    while left:
        left = reading.read_turns("runs", left)


def _measure(tables: list[Path], rounds: int) -> dict[str, float]:
    """Medians over the rounds, in ms a file; `max` is the slowest round."""
    server = _server_process()
    cpu, wall, beside = [], [], []
    for number in range(rounds):
        _grow(tables, 100_000 + number)
        begun = time.process_time(), time.perf_counter(), _used(server)
        _read(tables)
        cpu.append(time.process_time() - begun[0])
        wall.append(time.perf_counter() - begun[1])
        beside.append(_used(server) - begun[2])
    figures = {"cpu": cpu, "wall": wall}
    found = {name: _ms(statistics.median(times), len(tables)) for name, times in figures.items()}
    found["cpu_mean"] = _ms(statistics.mean(cpu), len(tables))
    found["cpu_max"] = _ms(max(cpu), len(tables))
    if server is not None:  # its clock ticks in 10 ms, so only the mean says something
        found["server_cpu_mean"] = _ms(statistics.mean(beside), len(tables))
    return found


def _ms(seconds: float, files: int) -> float:
    return round(seconds * 1000 / files, 3)


def _grow(tables: list[Path], increment: int) -> None:
    for table in tables:
        with table.open("a") as file:
            file.write(row(increment))


def _server_process() -> psutil.Process | None:
    """PostgreSQL's process behind this one's connection."""
    from django.db import connection

    if connection.vendor != "postgresql":
        return None
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        return psutil.Process(cursor.fetchone()[0])


def _used(process: psutil.Process | None) -> float:
    times = process.cpu_times() if process is not None else None
    return times.user + times.system if times is not None else 0.0


def _profile(tables: list[Path], path: str) -> None:
    import cProfile

    profile = cProfile.Profile()
    for number in range(30):
        _grow(tables, 200_000 + number)
        profile.runcall(_read, tables)
    profile.dump_stats(path)


def _say(database: str, batch: int, rows: int, figures: dict[str, Any]) -> None:
    line = {"bench": "ingest_batch", "unit": "ms a file", "database": database, "batch": batch}
    sys.stdout.write(json.dumps({**line, "rows": rows, **figures}) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
