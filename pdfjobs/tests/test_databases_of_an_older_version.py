"""A diary from before the list had words, families and notices is taken along."""

import random

import pytest
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from pdfjobs.listing import find
from pdfjobs.listing.expression import EVERYBODY
from pdfjobs.listing.params import ListParams
from pdfjobs.services import joblines

OLDER = "0003_room_for_updates"
LONG = random.Random(1).randbytes(4000).hex()
"""More than an entry of an index may have, and than compression makes of it."""


@pytest.mark.timeout(60)
@pytest.mark.django_db(transaction=True)
def test_jobs_of_an_older_diary_are_found_by_their_words():
    call_command("migrate", "pdfjobs", OLDER, verbosity=0)
    try:
        older = MigrationExecutor(connection).loader.project_state(("pdfjobs", OLDER)).apps
        older.get_model("pdfjobs", "Job").objects.create(
            number=1, name=f"rib {LONG}", submitted_at="2026-03-01T12:00:00Z"
        )
    finally:
        call_command("migrate", "pdfjobs", verbosity=0)

    assert joblines.are_missing()
    for jobs in joblines.batches():
        joblines.renew(jobs)

    assert not joblines.are_missing()
    assert find.matching(ListParams(q="rib"), EVERYBODY) == [1]
