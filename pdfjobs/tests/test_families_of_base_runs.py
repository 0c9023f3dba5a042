"""Families come out the same in whatever order jobs and base runs come and go."""

import pytest
from django.core.management import call_command
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pdfjobs.family.families import Rejected, rejected_bases
from pdfjobs.models import BaseRun, Job
from pdfjobs.services import families
from pdfjobs.tests.web_rows import make_job

ACTS = st.lists(
    st.one_of(
        st.tuples(st.just("appear"), st.integers(1, 9), st.just(frozenset())),
        st.tuples(st.just("base"), st.integers(1, 9), st.frozensets(st.integers(1, 9), max_size=3)),
    ),
    max_size=25,
)


def kept():
    return dict(Job.objects.values_list("number", "family"))


def plainly(bases):
    """Families by looking at every pair until nothing changes; bases by number of the jobs that are there."""
    group = {number: number for number in range(1, 10)}
    for _ in range(10):
        for number, its in bases.items():
            for base in its:
                low = min(group[number], group[base])
                high = max(group[number], group[base])
                group = {n: low if g == high else g for n, g in group.items()}
    found = {}
    for number in bases:
        alike = [other for other in bases if group[other] == group[number]]
        found[number] = min(alike) if len(alike) > 1 else None
    return found


@pytest.mark.django_db(transaction=True)
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(acts=ACTS)
def test_any_sequence_of_acts_leaves_the_families_that_a_fresh_look_finds(acts):
    Job.objects.all().delete()
    bases = {}
    for act, number, its in acts:
        job = Job.objects.filter(number=number).first()
        if act == "appear" and job is None:
            families.note_new(make_job(number, run=False))
            bases[number] = frozenset()
        elif act == "base" and job is not None:
            families.set_base_runs(job, its)
            bases[number] = its

        assert kept() == plainly(bases)
    assert families.settle_all() == 0


@pytest.mark.django_db
def test_a_base_that_appears_later_gives_its_variants_one_family():
    for number in (12, 13):
        families.set_base_runs(make_job(number, run=False), [11])
    families.set_base_runs(make_job(20, run=False), [20])
    assert kept() == {12: 12, 13: 12, 20: None}

    families.note_new(make_job(11, run=False))

    assert kept() == {11: 11, 12: 11, 13: 11, 20: None}


@pytest.mark.django_db
def test_a_rejected_base_is_told_of_all_that_descend_from_it_also_in_circles():
    jobs = {number: make_job(number, run=False) for number in (1, 2, 3, 4, 5)}
    Job.objects.filter(number=1).update(result_assessment="not_ok")
    Job.objects.filter(number=3).update(result_assessment="obsolete")
    for number, bases in {2: [1], 3: [2, 5], 4: [3], 5: [4]}.items():
        families.set_base_runs(jobs[number], bases)

    found = rejected_bases(Job.objects.order_by("number"))

    assert found == {
        2: [Rejected(1, "not_ok")],
        3: [Rejected(1, "not_ok")],
        4: [Rejected(1, "not_ok"), Rejected(3, "obsolete")],
        5: [Rejected(1, "not_ok"), Rejected(3, "obsolete")],
    }


@pytest.mark.django_db
def test_rejected_bases_cost_nothing_where_no_job_has_a_family(django_assert_num_queries):
    jobs = [make_job(number, run=False) for number in (1, 2)]

    with django_assert_num_queries(0):
        assert rejected_bases(jobs) == {}


@pytest.mark.django_db
def test_the_command_mends_families_that_were_never_kept(capsys):
    jobs = [make_job(number, run=False) for number in (1, 2, 3)]
    BaseRun.objects.create(job=jobs[1], number=1)
    Job.objects.filter(number=3).update(family=77)

    call_command("families")

    assert kept() == {1: 1, 2: 1, 3: None}
    assert capsys.readouterr().out == "3 jobs are of another family now\n"
