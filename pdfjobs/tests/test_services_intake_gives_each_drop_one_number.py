"""Claims: one number a drop however often it is offered, and rows that every database takes."""

import ast
import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from pdfjobs import config
from pdfjobs.models import Counter, IntakeRecord, Job, Run
from pdfjobs.services import intake as service
from pdfjobs.services.intake import Drop, NewJob
from pdfjobs.services.numbers import next_number
from pdfjobs.tests.web_rows import make_intake, make_job

BASE = 1_000_001


def drop(name="a.inp", inode=7, mtime_ns=1, **values) -> Drop:
    return Drop("hotfolder", name, 1, inode, 10, mtime_ns, "mara", **values)


def rows() -> list[tuple]:
    return list(IntakeRecord.objects.order_by("pk").values_list("path", "state", "number"))


@pytest.mark.django_db
def test_the_same_drop_is_claimed_once():
    claims = [service.claim(drop()) for _ in range(3)]

    assert {claim.pk for claim in claims} == {claims[0].pk}
    assert rows() == [("a.inp", "claimed", BASE)]
    assert Counter.objects.get().value == BASE


@pytest.mark.django_db
def test_another_drop_of_that_name_gets_a_number_of_its_own():
    service.claim(drop())
    service.claim(drop(inode=8))
    service.claim(drop(inode=8, mtime_ns=2))

    assert [row[2] for row in rows()] == [BASE, BASE + 1, BASE + 2]


@pytest.mark.django_db
def test_an_arriving_drop_becomes_the_claimed_one():
    service.note_arriving("hotfolder", "a.inp", 5, "mara")
    service.note_arriving("hotfolder", "a.inp", 6, "mara")

    service.claim(drop())

    assert rows() == [("a.inp", "claimed", BASE)]


@pytest.mark.django_db
def test_what_was_refused_where_it_lies_is_claimed_again_under_its_number():
    record = service.claim(drop())
    service.refuse(record, "cannot be moved", "")

    again = service.claim(drop())

    assert (again.pk, again.number, again.state) == (record.pk, BASE, "claimed")
    assert len(rows()) == 1


@pytest.mark.django_db
@pytest.mark.parametrize(
    "end", [service.finish, lambda record: service.refuse(record, "x", "kept")]
)
def test_what_has_ended_is_not_claimed_again(end):
    end(service.claim(drop()))

    service.claim(drop())

    assert [row[2] for row in rows()] == [BASE, BASE + 1]


@pytest.mark.django_db
def test_numbers_pass_over_those_in_use():
    make_job(BASE)
    make_intake(number=BASE + 1)

    assert next_number() == BASE + 2


@pytest.mark.django_db
def test_inodes_of_64_bits_are_kept():
    most = Drop("hotfolder", "a.inp", 2**64 - 1, 2**63, 10, 1, "mara")

    service.claim(most)

    assert service.claimed(most) is not None
    assert service.claimed(drop()) is None


@pytest.mark.django_db
@pytest.mark.parametrize(
    "write", [service.say, lambda record, text: service.refuse(record, text, "")]
)
def test_reasons_hold_nothing_that_a_database_refuses(write):
    record = service.claim(drop())

    write(record, "no \udcff, no \0, no \ud800")

    record.refresh_from_db()
    record.reason.encode()
    assert "\0" not in record.reason


@pytest.mark.django_db
def test_a_run_folder_gets_no_name_that_is_or_was_a_runs():
    make_job(5, run_values={"folder": f"{BASE}_a"})
    record = service.claim(drop())

    service.choose_place(record, "a", lambda place: place != f"{BASE}_a_")

    record.refresh_from_db()
    assert record.place == f"{BASE}_a__"


@pytest.mark.django_db
def test_the_job_is_made_once():
    record = service.claim(drop())
    service.choose_place(record, "a", lambda place: True)
    new = NewJob("a.inp", "a", "a.inp", "calculix", {"title": "t"}, base_runs=(3, 2, 3))

    runs = [service.make_job(record, new) for _ in range(2)]

    record.refresh_from_db()
    assert runs == [Run.objects.get()] * 2 == [service.job_of(record)] * 2
    job = Job.objects.get()
    assert (job.number, job.title, job.owner, job.status) == (BASE, "t", "mara", "pending")
    assert sorted(job.base_runs.values_list("number", flat=True)) == [2, 3]
    assert record.state == "claimed"


AT_ONCE = """
    import os, sys
    from concurrent.futures import ThreadPoolExecutor
    os.environ["DJANGO_SETTINGS_MODULE"] = "pdfjobs.settings"
    import django
    django.setup()
    from django.core.management import call_command
    from django.db import connection
    from pdfjobs.services import intake
    call_command("migrate", verbosity=0)
    def claim(inode):
        drop = intake.Drop("hotfolder", "a.inp", 1, inode, 10, 1, "mara")
        try:
            return inode, intake.claim(drop).number
        finally:
            connection.close()
    with ThreadPoolExecutor(9) as pool:
        print(sorted(set(pool.map(claim, [n % 3 for n in range(27)]))))
"""


@pytest.mark.timeout(60)
def test_many_claims_at_once_get_one_number_for_each_drop(tmp_path):
    """With the database that the service runs on, in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(AT_ONCE)],
        env={**os.environ, "PDFJOBS_VAR": str(tmp_path)},
        cwd=Path(config.__file__).parent.parent,
        capture_output=True,
        text=True,
    )

    claims = ast.literal_eval(done.stdout or repr(done.stderr))
    assert [inode for inode, _ in claims] == [0, 1, 2], done.stderr
    assert sorted(number for _, number in claims) == [BASE, BASE + 1, BASE + 2]
