"""Runs from pending to their end, with the real launcher and a shell script in the solver's place."""

import json
import os
import shutil
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from pdfjobs.models import History, Job, Run
from pdfjobs.services import runs as service
from pdfjobs.services.errors import RefusedError
from workers import checking, tasks
from workers.launchers import local, processes
from workers.tasks import solving
from workers.tests.conftest import configure, make_run
from workers.tests.launcher_runs import LiveRun, until

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(30)]
APP = Path(__file__).resolve().parents[2]
LOG = Path(__file__).parent / "samples/calculix/2.20-normal/bar.log"
GOOD = f"cat {LOG}\n"
SLEEPER = f"head -c 3000 {LOG}; exec sleep 600\n"


@pytest.fixture(autouse=True)
def nothing_is_left_alive(instance, queue_server):
    yield
    for run in Run.objects.filter(ours=True):
        for ordinal in range(1, run.ordinal + 1):
            home = instance.runs / run.folder.partition("/")[0]
            LiveRun(home, ordinal).clear_away()


def see_through(run: Run) -> Job:
    tasks.solve(run.pk)
    return Job.objects.get(pk=run.job_id)


def status(job: Job) -> tuple[str, str]:
    job.refresh_from_db()
    return job.status, job.status_reason


def differences() -> list:
    """What verify finds once all has settled."""
    until(lambda: not checking.check_all().settling)
    return checking.check_all().differences


def waiting(queue_server) -> list[str]:
    import django_rq

    return django_rq.get_queue("solve").get_job_ids()


def test_a_run_that_ends_well(instance):
    run = make_run(instance, deck=GOOD)

    job = see_through(run)

    run.refresh_from_db()
    assert status(job)[0] == "normal"
    assert (run.finished, run.progress, run.generation) == (True, 1.0, 1)
    assert run.record["exit_code"] == 0
    assert run.record["argv"][1:] == ["beam.inp"]
    assert differences() == []


@pytest.mark.parametrize(
    ("deck", "expected"),
    [
        ("exit 3\n", ("error", "ended without an end mark, exit code 3")),
        ("exit 0\n", ("error", "ended without an end mark, exit code 0")),
        ("kill -SEGV $$\n", ("error", "the solver crashed (SIGSEGV)")),
        ("kill -KILL $$\n", ("other", "killed by SIGKILL")),
        (f"cat {LOG}; exit 2\n", ("error", "Job finished, but exit code 2")),
    ],
)
def test_a_run_that_does_not(instance, deck, expected):
    job = see_through(make_run(instance, deck=deck))

    assert status(job) == expected
    assert differences() == []


def test_a_run_is_followed_only_to_its_end_and_not_begun_again(instance):
    run = make_run(instance, deck="echo again >> count\n")
    see_through(run)

    see_through(run)
    Run.objects.update(finished=False)
    see_through(run)

    assert (instance.runs / run.folder / "count").read_text() == "again\n"
    assert Run.objects.get().generation == 1


def test_a_running_solver_is_adopted(instance):
    """The service was killed after the start; the one that comes next follows what runs."""
    run = make_run(instance, deck="echo once >> count; while [ ! -e go ]; do sleep .02; done\n")
    home = instance.runs / run.folder
    claim = local.Claim.take(home, 1)
    with claim:
        assert solving._start(run, claim)
    (home / "go").touch()

    job = see_through(run)

    assert status(job) == ("error", "ended without an end mark, exit code 0")
    assert (home / "count").read_text() == "once\n"


def test_a_recorder_killed_before_any_solver_ran_keeps_nobody_from_starting_it(instance):
    run = make_run(instance, deck=GOOD)
    home = instance.runs / run.folder
    (home / ".pdfjobs").mkdir()
    empty = {"run": 1, "host": os.uname().nodename, "boot_id": processes.boot_id()}
    empty |= {"recorder_pid": 2**22 - 3, "recorder_start": 1, "pid": None, "pid_start": None}
    (home / ".pdfjobs" / "run-1.json").write_text(json.dumps({**empty, "ended_at": None}))

    job = see_through(run)

    assert status(job)[0] == "normal"


@pytest.mark.parametrize("content", ["{}", "no json", ""])
def test_something_in_the_place_of_the_record_is_said(instance, content):
    run = make_run(instance, deck=GOOD)
    home = instance.runs / run.folder
    (home / ".pdfjobs").mkdir()
    (home / ".pdfjobs" / "run-1.json").write_text(content)

    job = see_through(run)

    assert status(job)[0] == "none"
    assert "run-1.json" in status(job)[1]
    assert not (home / "beam.log").exists()


def test_a_link_in_the_place_of_our_folder_is_said(instance, tmp_path):
    run = make_run(instance, deck=GOOD)
    (tmp_path / "elsewhere").mkdir()
    (instance.runs / run.folder / ".pdfjobs").symlink_to(tmp_path / "elsewhere")

    job = see_through(run)

    assert status(job)[0] == "none"
    assert "is not a real folder" in status(job)[1]
    assert os.listdir(tmp_path / "elsewhere") == []


def test_a_solver_that_is_missing_is_said_and_a_retry_runs_it_later(
    instance, settings, tmp_path, queue_server
):
    program = tmp_path / "bin" / "ccx"
    configure(settings, tmp_path, solvers={"calculix": {"command": [str(program), "{deck}"]}})
    run = make_run(instance, deck=GOOD)

    solving.ask(run)

    assert status(run.job) == ("none", f"{program} not found on this machine")
    assert waiting(queue_server) == []
    assert differences() == []

    program.parent.mkdir()
    program.write_text(f"#!/bin/sh\n{GOOD}")
    program.chmod(0o755)
    again = service.request_retry(run.job, "anna")
    assert waiting(queue_server) == ["run-1000001-2"]
    job = see_through(again)

    assert status(job)[0] == "normal"
    assert differences() == []


def test_a_solver_that_goes_missing_before_the_start_is_said(instance, settings, tmp_path):
    configure(settings, tmp_path, solvers={"calculix": {"command": ["no-such-ccx", "{stem}"]}})
    run = make_run(instance, deck=GOOD)

    job = see_through(run)

    assert status(job) == ("none", "no-such-ccx not found on this machine")
    assert Run.objects.get().finished
    assert differences() == []


def test_a_deck_of_a_solver_without_command_is_said(instance):
    run = make_run(instance)
    Job.objects.update(solver="ls-dyna")
    run = Run.objects.select_related("job").get()

    job = see_through(run)

    assert status(job)[0] == "none"
    assert "[solvers.ls-dyna]" in status(job)[1]


def test_a_stop_before_the_start_starts_nothing(instance, queue_server):
    run = make_run(instance, deck="touch started\n")
    solving.ask(run)
    service.request_stop(run.job, "anna")

    tasks.stop_run(run.pk)
    tasks.solve(run.pk)

    assert status(run.job) == ("other", "stopped by anna before it started")
    assert not (instance.runs / run.folder / "started").exists()
    assert differences() == []


def test_who_takes_up_a_stopped_run_first_starts_nothing_either(instance):
    run = make_run(instance, deck="touch started\n", stop_wanted_by="anna")

    job = see_through(run)

    assert status(job) == ("other", "stopped by anna before it started")
    assert not (instance.runs / run.folder / "started").exists()


def stopper(run: Run, how):
    """Stops the run from beside, once its solver runs."""
    home = Path(run.folder)

    def watch():
        end = time.monotonic() + 8
        while local.state(home, run.ordinal) != "running" and time.monotonic() < end:
            time.sleep(0.02)
        how(home)

    thread = threading.Thread(target=watch)
    thread.start()
    return thread


def test_a_stop_while_it_runs(instance):
    run = make_run(instance, deck=SLEEPER)
    run.folder = str(instance.runs / run.folder)
    thread = stopper(run, lambda home: local.request_stop(home, 1, "anna"))

    job = see_through(Run.objects.get())
    thread.join()

    assert status(job) == ("other", "stopped by anna")
    assert Run.objects.get().record["end_cause"] == "stopped"
    assert differences() == []


def test_the_wall_limit_ends_a_run(instance):
    job = see_through(make_run(instance, deck=SLEEPER, wall_limit_s=0.3))

    assert status(job) == ("other", "wall limit of 0.3 s reached")
    assert differences() == []


def test_a_run_folder_deleted_while_it_runs_changes_no_status(instance, monkeypatch):
    """It may run on where it is, and the folder may come back: only the page says that it is gone."""
    run = make_run(instance, deck=SLEEPER)
    home = instance.runs / run.folder
    kept = []

    def delete(followed):
        kept.append(local.read_record(home, 1))
        shutil.rmtree(home)

    monkeypatch.setattr(solving, "_tell", delete)
    job = see_through(run)
    processes.signal_process(kept[0]["recorder_pid"], kept[0]["recorder_start"], 9)
    processes.signal_session(kept[0]["pid"], 9)

    assert status(job) == ("running", "")
    check = checking.check_all()
    assert (check.differences, check.gone) == ([], ["runs/1000001_beam"])


def test_a_run_whose_folder_is_gone_before_its_start_waits_for_it(instance):
    run = make_run(instance, deck=GOOD)
    home = instance.runs / run.folder
    home.rename(instance.var / "away")

    assert status(see_through(run)) == ("pending", "waits for a free slot")
    (instance.var / "away").rename(home)

    assert status(see_through(run))[0] == "normal"


def test_a_run_without_folder_can_be_stopped(instance, queue_server):
    run = make_run(instance)
    shutil.rmtree(instance.runs / run.folder)
    service.request_stop(run.job, "anna")

    tasks.stop_run(run.pk)

    assert status(run.job)[0] == "other"


def aside(instance, number: int = 1) -> Path:
    return instance.runs / "1000001_beam" / ".pdfjobs" / f"run-{number}"


def test_a_retry_sets_the_earlier_output_aside_and_its_row_keeps_its_facts(instance):
    run = make_run(instance, deck=GOOD)
    see_through(run)
    facts = Run.objects.get().facts
    (instance.runs / run.folder / "beam.inp").write_text("exit 5\n")

    again = service.request_retry(run.job, "anna")
    assert differences() == [], "while it waits"
    job = see_through(again)

    first, second = Run.objects.order_by("ordinal")
    assert (first.folder, first.facts) == ("1000001_beam/.pdfjobs/run-1", facts)
    assert (aside(instance) / "beam.log").read_bytes() == LOG.read_bytes()
    assert (second.folder, second.record["exit_code"]) == ("1000001_beam", 5)
    assert status(job) == ("error", "ended without an end mark, exit code 5")
    assert differences() == []


def test_a_retry_stopped_before_it_began_leaves_the_first_run_its_files(instance, queue_server):
    run = make_run(instance, deck=GOOD)
    see_through(run)
    again = service.request_retry(run.job, "anna")
    service.request_stop(run.job, "bert")

    tasks.stop_run(again.pk)

    assert status(run.job) == ("other", "stopped by bert before it started")
    assert sorted(os.listdir(aside(instance))) == ["beam.log"]
    assert differences() == []
    assert checking.check_all().gone == []

    third = service.request_retry(run.job, "anna")
    job = see_through(third)

    assert status(job)[0] == "normal"
    assert sorted(os.listdir(aside(instance, 1))) == ["beam.log"]
    assert os.listdir(aside(instance, 2)) == []
    assert differences() == []
    assert checking.check_all().gone == []


def test_a_waiting_retry_is_not_mistaken_for_a_folder_gone(instance, queue_server):
    run = make_run(instance, deck=GOOD)
    see_through(run)
    service.request_retry(run.job, "anna")

    tasks.sweep()

    assert not History.objects.filter(field="folder").exists()
    assert checking.check_all().gone == []


def test_the_earlier_runs_files_deleted_later_are_gone_and_not_the_new_ones(instance):
    run = make_run(instance, deck=GOOD)
    see_through(run)
    see_through(service.request_retry(run.job, "anna"))
    shutil.rmtree(aside(instance))

    check = checking.check_all()

    assert check.gone == ["runs/1000001_beam/.pdfjobs/run-1"]
    assert differences() == []


def test_the_command_stop_ends_a_run_without_any_service(instance, capsys):
    run = make_run(instance, deck=SLEEPER)
    home = instance.runs / run.folder
    claim = local.Claim.take(home, 1)
    with claim:
        assert solving._start(run, claim)
    until(lambda: (home / "beam.log").exists())

    call_command("stop", "1000001", "--by", "anna")

    assert capsys.readouterr().out == "1000001 has ended\n"
    assert local.state(home, 1) == "ended"
    assert status(run.job) == ("other", "stopped by anna")
    assert differences() == []


def test_the_command_stop_refuses_with_words(instance):
    make_run(instance, finished=True)

    with pytest.raises(CommandError, match="no job 5"):
        call_command("stop", "5")
    with pytest.raises(CommandError, match="1000001: The run has ended already"):
        call_command("stop", "1000001")


def test_the_command_stop_works_while_the_queue_server_is_away(instance, settings, monkeypatch):
    for table in settings.RQ_QUEUES.values():
        monkeypatch.setitem(table, "URL", f"unix://{instance.var}/nobody.sock")
    run = make_run(instance)

    call_command("stop", "1000001")

    assert status(run.job) == ("other", "stopped by manage.py before it started")
    with pytest.raises(RefusedError):
        service.request_stop(run.job, "anna")


FOLLOWER = """
import django
django.setup()
import sys
from workers import tasks
print("ready", flush=True)
sys.stdin.readline()
tasks.solve(1)
"""


def test_of_two_workers_at_once_one_starts_it_and_both_follow_it(tmp_path):
    """Real processes and a real SQLite file."""
    var = tmp_path / "second"
    var.mkdir()
    (var / "pdfjobs.toml").write_text(
        f'[solvers.calculix]\ncommand = ["sh", "{{deck}}"]\n[confine]\nread = ["{LOG.parent}"]\n'
    )
    environment = {
        **os.environ,
        "PDFJOBS_VAR": str(var),
        "DJANGO_SETTINGS_MODULE": "pdfjobs.settings",
    }

    def python(code):
        return subprocess.Popen(
            [sys.executable, "-c", code],
            cwd=APP,
            env=environment,
            text=True,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )

    prepare = (
        "import django; django.setup()\n"
        "from django.conf import settings\n"
        "from django.core.management import call_command\n"
        "call_command('migrate', verbosity=0)\n"
        "from workers.tests.conftest import make_run\n"
        "settings.INSTANCE.make_folders()\n"
        f"run = make_run(settings.INSTANCE, deck='echo once >> count; sleep 1; cat {LOG}')\n"
        "assert run.pk == 1\n"
    )
    with python(prepare) as first:
        first.communicate()
    assert first.returncode == 0

    with python(FOLLOWER) as one, python(FOLLOWER) as two:
        assert [one.stdout.readline(), two.stdout.readline()] == ["ready\n", "ready\n"]
        for follower in (one, two):
            follower.stdin.write("\n")
            follower.stdin.flush()
        one.communicate()
        two.communicate()
    assert (one.returncode, two.returncode) == (0, 0)
    read = (
        "import django, json; django.setup()\n"
        "from pdfjobs.models import Job, Run\n"
        "run = Run.objects.get()\n"
        "print(json.dumps([Job.objects.get().status, run.generation, run.finished]))\n"
    )
    with python(read) as reader:
        said = json.loads(reader.communicate()[0])

    assert said == ["normal", 1, True]
    assert (var / "runs" / "1000001_beam" / "count").read_text() == "once\n"
