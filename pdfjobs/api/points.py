"""The points of a job's series."""

import math
from typing import Any

from django.http import HttpRequest
from ninja import Query, Router, Schema
from pydantic import Field

from pdfjobs import access, queries
from pdfjobs.api.asking import person
from pdfjobs.api.errors import InvalidError
from pdfjobs.api.schemas import SeriesPage
from pdfjobs.points.chains import chain
from pdfjobs.points.curves import MOST_POINTS
from pdfjobs.points.series import EVERYWHERE, series_points

router = Router(tags=["series"])


class Window(Schema):
    """Which points of which series."""

    names: str = Field(description="With commas between them.")
    low: float | None = Field(None, alias="from", description="The lowest x.")
    high: float | None = Field(None, alias="to", description="The highest x.")
    points: int = Field(
        MOST_POINTS,
        ge=10,
        le=MOST_POINTS,
        description="At most so many of each series: where there are more, the lowest and highest of each stretch.",
    )
    since: int = Field(0, ge=0, lt=2**63, description="From this point's index on.")


@router.get("/{int:number}/series", response=SeriesPage, summary="Points of series")
def points(request: HttpRequest, number: int, asked: Query[Window]) -> Any:
    """The plots' points: every one where the window holds no more than `points`, else the extremes of each stretch."""
    window = (
        EVERYWHERE[0] if asked.low is None else asked.low,
        EVERYWHERE[1] if asked.high is None else asked.high,
    )
    if any(math.isnan(x) for x in window) or window[0] > window[1]:
        raise InvalidError("from: it must not be above to.")
    run = queries.current_run(access.job_for(person(request), number))
    if run is None:
        return {"series": {}}
    names = list(dict.fromkeys(name for name in asked.names.split(",") if name))
    return {
        "series": series_points(
            run, names, asked.since, chain(run), window=window, most=asked.points
        )
    }
