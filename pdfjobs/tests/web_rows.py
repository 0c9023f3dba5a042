"""Rows for the tests of the pages, made without any service."""

import struct
import zlib
from datetime import UTC, datetime

from pdfjobs.models import IntakeRecord, Job, LogFile, Message, Run, SeriesChunk
from pdfjobs.services import joblines

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


def make_job(number=1000001, *, run=True, **values):
    """A job, with one run whose folder does not exist."""
    facts = values.pop("facts", {})
    run_values = values.pop("run_values", {})
    job = Job.objects.create(
        number=number, **{"name": f"deck{number}.inp", "submitted_at": NOW} | values
    )
    if run:
        folder = f"{number}_deck"
        Run.objects.create(
            job=job, **{"root": "runs", "folder": folder, "stem": "", "facts": facts} | run_values
        )
    joblines.refresh([job.pk])
    return job


def make_log(job, path="calculix.log", **values):
    return LogFile.objects.create(
        run=job.runs.last(),
        **{
            "path": path,
            "parser": "calculix.screen",
            "parser_version": 1,
            "device": 1,
            "inode": 1,
            "head_len": 0,
            "head_sha": "",
        }
        | values,
    )


def make_message(log, position=0, **values):
    return Message.objects.create(
        file=log, position=position, **{"severity": "error", "text": "*ERROR", "line": 7} | values
    )


def make_series(log, name, xs, ys, chunk=1000):
    """The points in chunks, as the writer lays them down."""
    for start in range(0, len(xs), chunk):
        x, y = xs[start : start + chunk], ys[start : start + chunk]
        data = zlib.compress(struct.pack(f"<{2 * len(x)}d", *x, *y))
        SeriesChunk.objects.create(file=log, name=name, start=start, count=len(x), data=data)


def make_intake(name="beam.inp", state="arriving", **values):
    return IntakeRecord.objects.create(
        root="hotfolder", **{"path": name, "name": name, "state": state} | values
    )
