"""The one function that changes a status, driven in any order and by two processes at once."""

import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from pdfjobs.models import STATUSES, History, Job
from pdfjobs.services.errors import RefusedError
from pdfjobs.services.status import MACHINE_MOVES, change_status, give_back

APP = Path(__file__).resolve().parents[2]
WORDS = st.sampled_from(["", "end mark", "silent since noon"])


def make_job(number=1):
    return Job.objects.create(
        number=number, name="a", submitted_at=datetime(2026, 1, 1, tzinfo=UTC)
    )


class Statuses(RuleBasedStateMachine):
    """A job under words of machine and people, against a model of what must be shown."""

    def __init__(self):
        super().__init__()
        self.job = make_job()
        self.machine = ("none", "", "file")
        self.person = None
        self.shown = []
        """What the history must tell: (before, after) of each visible change."""

    @property
    def visible(self):
        return self.person or self.machine

    def expect(self, before):
        after = self.visible
        if before[0] != after[0] or (before[2] == "person") != (after[2] == "person"):
            self.shown.append((before[0], after[0]))
        return before[0] != after[0]

    @rule(
        status=st.sampled_from(STATUSES),
        reason=WORDS,
        source=st.sampled_from(["file", "launcher", "scheduler"]),
    )
    def the_machine_says(self, status, reason, source):
        before = self.visible
        if status == self.machine[0] or status in MACHINE_MOVES[self.machine[0]]:
            self.machine = (status, reason, source)

        changed = change_status(self.job.pk, status, reason=reason, source=source)

        assert changed == self.expect(before)

    @rule(status=st.sampled_from(STATUSES), reason=WORDS)
    def a_person_says(self, status, reason):
        before = self.visible
        self.person = (status, reason, "person")

        changed = change_status(self.job.pk, status, reason=reason, source="person", actor="anna")

        assert changed == self.expect(before)

    @rule()
    def it_is_given_back(self):
        before, had = self.visible, self.person is not None
        self.person = None
        if not had:
            with pytest.raises(RefusedError):
                give_back(self.job, "anna")
            return

        give_back(self.job, "anna")

        self.expect(before)

    @rule(status=st.sampled_from(["", "ok", "NORMAL", "killed"]))
    def an_unknown_word_is_refused(self, status):
        with pytest.raises(ValueError):
            change_status(self.job.pk, status, reason="", source="file")

    @rule(source=st.sampled_from(["", "web", "Person"]))
    def an_unknown_source_is_refused(self, source):
        with pytest.raises(ValueError):
            change_status(self.job.pk, "normal", reason="", source=source)

    @invariant()
    def the_diary_is_as_the_model(self):
        job = Job.objects.get(pk=self.job.pk)
        assert (job.status, job.status_reason, job.status_source) == self.visible
        assert (job.machine_status, job.machine_reason, job.machine_source) == self.machine
        rows = History.objects.filter(job=job).order_by("pk").values_list("before", "after")
        assert list(rows) == self.shown

    def teardown(self):
        History.objects.all().delete()
        Job.objects.all().delete()


@pytest.mark.django_db
def test_machine_and_people_may_speak_in_any_order():
    run_state_machine_as_test(
        Statuses,
        settings=settings(
            max_examples=30,
            stateful_step_count=15,
            suppress_health_check=list(HealthCheck),
        ),
    )


@pytest.mark.django_db
def test_an_outcome_never_falls_back_to_not_yet_known():
    job = make_job()
    change_status(job.pk, "normal", reason="end mark", source="file")

    assert (
        change_status(job.pk, "finished", reason="gone from the queue", source="scheduler") is False
    )

    job.refresh_from_db()
    assert (job.status, job.status_reason) == ("normal", "end mark")


@pytest.mark.django_db
def test_a_change_that_is_rolled_back_leaves_no_history():
    job = make_job()

    with transaction.atomic():
        change_status(job.pk, "running", reason="", source="file")
        transaction.set_rollback(True)

    assert not History.objects.exists()


RACER = """
import django, sys
django.setup()
from pdfjobs.models import Job
from pdfjobs.services.status import change_status
job, mine = Job.objects.get().pk, sys.argv[1:]
print("ready", flush=True)
sys.stdin.readline()
moved = 0
for turn in range(60):
    moved += change_status(job, mine[turn % 2], reason=str(turn), source="file")
print(moved)
"""


@pytest.mark.timeout(60)
def test_two_racing_workers_lose_no_history_row(tmp_path):
    """Real processes, a real SQLite file: the rows form one unbroken chain from first to last status."""
    environment = {
        **os.environ,
        "PDFJOBS_VAR": str(tmp_path),
        "DJANGO_SETTINGS_MODULE": "pdfjobs.settings",
    }

    def python(*words, **more):
        return subprocess.Popen(
            [sys.executable, *words],
            cwd=APP,
            env=environment,
            text=True,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            **more,
        )

    start = (
        "import django; django.setup()\n"
        "from django.core.management import call_command\n"
        "call_command('migrate', verbosity=0)\n"
        "from django.utils import timezone\n"
        "from pdfjobs.models import Job\n"
        "Job.objects.create(number=1, name='a', submitted_at=timezone.now())\n"
    )
    with python("-c", start) as prepared:
        prepared.communicate()
    assert prepared.returncode == 0

    with (
        python("-c", RACER, "running", "pending") as one,
        python("-c", RACER, "error", "normal") as two,
    ):
        assert [one.stdout.readline(), two.stdout.readline()] == ["ready\n", "ready\n"]
        for racer in (one, two):
            racer.stdin.write("\n")
            racer.stdin.flush()
        moved = int(one.communicate()[0]) + int(two.communicate()[0])
    read = (
        "import django, json; django.setup()\n"
        "from pdfjobs.models import History, Job\n"
        "rows = list(History.objects.order_by('pk').values_list('before', 'after'))\n"
        "print(json.dumps([rows, Job.objects.get().status]))\n"
    )
    with python("-c", read) as reader:
        import json

        rows, last = json.loads(reader.communicate()[0])

    chain = ["none", *(after for _, after in rows)]
    assert [before for before, _ in rows] == chain[:-1]
    assert (chain[-1], len(rows)) == (last, moved)
    assert moved > 60, "the two never met"
