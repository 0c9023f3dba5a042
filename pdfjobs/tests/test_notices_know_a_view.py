"""Who follows a saved view hears of the jobs that the view shows, and of no others."""

from datetime import UTC, datetime

import pytest

from pdfjobs.listing import find
from pdfjobs.listing.address import narrowing_of
from pdfjobs.listing.expression import Viewer, expression
from pdfjobs.listing.match import lets_through, line_of
from pdfjobs.tests.web_rows import make_job

pytestmark = pytest.mark.django_db

QUERIES = (
    *("", "q=door", "q=doo", "q=door+-slam", "q=-slam", "q=name%3Adoor", "q=100000", "q=1000002"),
    *("project=Front+crash", "project=front", "status=error", "status=error,normal", "solver=su2"),
    *("mine=1", "review=1", "warned=1", "show_obsolete=1", "assessment=obsolete", "user=mara"),
    *("since=2026-01-01", "until=2025-12-31", "since=2025-06-03&until=2026-02-01", "since=never"),
    *("?status=error&sort=name&page=9&shape=cards", "cause=licence", "nonsense=1", "status=none"),
)


@pytest.mark.parametrize("viewer", [Viewer("mara"), Viewer("mara", ("Front crash",))])
@pytest.mark.parametrize("query", QUERIES)
def test_a_line_is_let_through_when_the_list_shows_its_job(query, viewer):
    make_job(1000001, name="door_slam_v1.inp", project="Front crash", status="error", owner="mara")
    make_job(1000002, name="door 12345.k", status="normal", solver="su2", warned=True)
    make_job(10000020, result_assessment="obsolete", reviewer="mara", status="error")
    old = datetime(2025, 6, 2, 12, tzinfo=UTC)
    make_job(1000004, submitted_at=old, cause="licence", status="error", project="front")
    params = narrowing_of(query)

    asked = expression(params, viewer)

    numbers = (1000001, 1000002, 1000004, 10000020)
    through = {number for number in numbers if lets_through(asked, line_of(number))}
    assert through == set(find.matching(params, viewer))
