"""What the API gives and takes, typed."""

from datetime import datetime

from ninja import Schema
from pydantic import ConfigDict, Field


class JobOut(Schema):
    """A job with its latest run; times in ISO 8601, UTC."""

    number: int
    name: str
    title: str | None
    solver: str
    solver_version: str | None
    status: str
    status_reason: str
    status_source: str
    cause: str | None
    progress: float | None
    time: float | None
    end_time: float | None
    warnings: int | None
    errors: int | None
    submitted_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    wall_time_s: float | None
    run_dir: str | None
    deck: str | None
    user: str
    project: str
    cluster: str
    scheduler_id: str
    base_runs: list[int]
    info: str
    analysis_status: str
    result_assessment: str
    result_summary: str
    series: list[str]
    run: int | None


class Number(Schema):
    """How many there are, or at least are."""

    number: int
    at_least: bool


class JobPage(Schema):
    """Some jobs of a list, in its order."""

    jobs: list[JobOut]
    total: Number
    newer: str | None = Field(description="Address of the page in front; null on the first.")
    older: str | None = Field(description="Address of the page behind; null on the last.")


class Border(Schema):
    """Where a part of a joined curve begins."""

    x: float | None
    job: int
    run: int
    log: str | None


class SeriesOut(Schema):
    """Points of one series."""

    model_config = ConfigDict(extra="allow")

    unit: str | None
    x: str = Field(description="What xs are: time, iteration or increment.")
    n: int | None = Field(None, description="Points of the whole series, where that is known.")
    exact: bool = Field(True, description="Every point there is, not the extremes of stretches.")
    xs: list[float | None]
    ys: list[float | None]
    borders: list[Border] = Field(default_factory=list)


class SeriesPage(Schema):
    series: dict[str, SeriesOut]


class PlaceOut(Schema):
    """Where a log has a message first, and how often it has it."""

    path: str = Field(description="The log, in the run's folder.")
    line: int
    count: int


class MessageOut(Schema):
    """A distinct warning, error, fatal or note of a run."""

    severity: str
    code: str
    text: str
    line: int = Field(description="In the first log that has it.")
    count: int = Field(
        description="As the run's warnings are counted: its logs repeat each other, parts of a chain add up."
    )
    path: str = Field(description="The first log that has it, in the run's folder.")
    places: list[PlaceOut] = Field(description="One of each log that has it, the first one first.")


class FileOut(Schema):
    """A regular file in the run's folder."""

    path: str
    size: int
    modified_at: datetime


class ReviewOut(Schema):
    """What people say of a job, and the version to send changes with."""

    model_config = ConfigDict(extra="allow")

    version: str
    status: str
    analysis_status: str
    result_assessment: str
    result_summary: str
    info: str
    base_runs: list[int]
    reviewer: str
    tags: list[str]


class ReviewIn(Schema):
    """Only the fields that are sent are changed."""

    model_config = ConfigDict(extra="forbid")

    version: str = Field(description="Of the review that the changes were made on.")
    status: str | None = None
    analysis_status: str | None = None
    result_assessment: str | None = None
    result_summary: str | None = None
    info: str | None = None
    base_runs: list[int] | None = None
    reviewer: str | None = None
    tags: list[str] | None = None


class HistoryOut(Schema):
    """Who did what to a job."""

    at: datetime
    actor: str
    field: str
    before: str
    after: str
    note: str


class Act(Schema):
    """What was asked for."""

    number: int
    done: str


class Drop(Schema):
    """Something handed in, from arriving to taken (then `job` is its number) or refused (then `reason` says why)."""

    id: int
    name: str
    state: str
    reason: str
    job: int | None
    seen_at: datetime


class Me(Schema):
    """Whose token or session it is."""

    user: str
    is_staff: bool
    sees_all: bool
    projects: dict[str, str] = Field(description="Name to role.")
