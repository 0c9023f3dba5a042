"""A job page reads as much of a large family as of a small one."""

import pytest
from django.db import connection

from pdfjobs.access import visible
from pdfjobs.family import families
from pdfjobs.family.families import Rejected, rejected_bases, relatives
from pdfjobs.models import BaseRun, Job, Member, Project
from pdfjobs.tests.web_rows import NOW
from pdfjobs.tests.work_done import counted

pytestmark = pytest.mark.django_db
SMALL, LARGE = 200, 1600
FIRST = 1_000_001


@pytest.fixture(autouse=True)
def families_are_large_soon(monkeypatch):
    monkeypatch.setattr(families, "LOOKED_AT", 100)


@pytest.fixture
def mara(django_user_model):
    return django_user_model.objects.create_user("mara")


@pytest.fixture
def closed(settings):
    """A diary in which people see the jobs of their projects, and their own."""
    web = settings.PDFJOBS.web.model_copy(update={"open_to_all": False})
    settings.PDFJOBS = settings.PDFJOBS.model_copy(update={"web": web})


def make_family(size, base_of):
    """Jobs in one family; `base_of` names the place of each one's base, but of the first."""
    Job.objects.all().delete()
    Job.objects.bulk_create(
        Job(number=FIRST + place, name="a.inp", submitted_at=NOW, family=FIRST, project="Fan")
        for place in range(size)
    )
    pks = dict(Job.objects.values_list("number", "pk"))
    BaseRun.objects.bulk_create(
        BaseRun(job_id=pks[FIRST + place], number=FIRST + base_of(place))
        for place in range(1, size)
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def star(place):
    """All are variants of the first."""
    return 0


def tree(place):
    """Each has two variants."""
    return (place - 1) // 2


def work_of(what):
    with counted() as work:
        what()
    return work[0]


@pytest.mark.parametrize("base_of", [star, tree])
@pytest.mark.parametrize("place", [0, 199])
def test_relatives_cost_no_more_in_a_family_eight_times_as_large(mara, base_of, place):
    work = []
    for size in (SMALL, LARGE):
        make_family(size, base_of)
        job = Job.objects.get(number=FIRST + place)
        work.append(work_of(lambda job=job: relatives(job, visible(mara))))

    assert 0 < work[1] <= 1.2 * work[0]


def test_for_somebody_who_sees_little_of_a_family_it_costs_no_more_either(mara, closed):
    Member.objects.create(user=mara, project=Project.objects.create(name="Rib"), role="viewer")
    work = []
    for size in (SMALL, LARGE):
        make_family(size, star)
        job = Job.objects.get(number=FIRST)
        work.append(work_of(lambda job=job: relatives(job, visible(mara))))

    assert 0 < work[1] <= 1.2 * work[0]


@pytest.mark.parametrize("base_of", [star, tree])
def test_rejected_bases_cost_what_lies_above_and_not_what_lies_beside(base_of):
    work, found = [], []
    for size in (SMALL, LARGE):
        make_family(size, base_of)
        Job.objects.filter(number=FIRST).update(result_assessment="not_ok")
        job = Job.objects.get(number=FIRST + 199)
        work.append(work_of(lambda job=job: found.append(rejected_bases([job]))))

    assert found == [{FIRST + 199: [Rejected(FIRST, "not_ok")]}] * 2
    assert 0 < work[1] <= 1.2 * work[0]


def test_rejected_bases_of_a_page_are_one_question(django_assert_num_queries):
    make_family(200, tree)
    Job.objects.filter(number=FIRST + 3).update(result_assessment="obsolete")
    jobs = list(Job.objects.filter(number__gte=FIRST + 150))

    with django_assert_num_queries(1):
        found = rejected_bases(jobs)

    assert set(found) == {FIRST + place for place in range(150, 200) if descends(place, 3)}


def descends(place, base):
    while place > base:
        place = tree(place)
    return place == base


def test_counts_of_a_large_family_say_that_there_may_be_more(mara):
    make_family(SMALL, star)

    near = relatives(Job.objects.get(number=FIRST), visible(mara))

    assert (str(near.family_size), str(near.variant_count)) == ("100+", "100+")
    assert [job.number for job in near.variants] == [FIRST + SMALL - n for n in range(1, 51)]
