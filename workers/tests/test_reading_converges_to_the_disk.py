"""Whatever a writer does to its logs, and wherever a reader is killed: after one more look the diary holds the disk."""

import json
import os
import time
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.db import connection
from django.db.models import Q
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from pdfjobs import config
from pdfjobs.models import IntakeRecord, Job, LogFile, Run
from pdfjobs.points.chunks import Points
from pdfjobs.points.series import stored
from pdfjobs.services import ingest, points
from workers import checking
from workers.launchers import processes
from workers.logplaces import Places
from workers.logreading import extend
from workers.parsers import PARSERS, claimant
from workers.tasks import reading
from workers.tests.conftest import make_run

SAMPLES = Path(__file__).parent / "samples" / "calculix"
TEXTS = [
    (SAMPLES / folder / name).read_bytes()
    for folder in ("2.20-normal", "2.20-normal-cutbacks", "2.20-error-diverging")
    for name in sorted(os.listdir(SAMPLES / folder))
    if name.endswith((".log", ".sta", ".cvg", ".dat"))
]
ODD = [
    b"\0\0\0",
    b"no newline",
    b"\xff\xfe\n",
    b" average force= NaN\n",
    b"      1          1     1     5  0.1E+01       NaN  Infinity\n",
]
NAMES = ["beam.log", "beam.sta"]
A_TEXT = st.integers(0, len(TEXTS) - 1)
A_LOG = st.sampled_from(NAMES)


# Explaining a failure would take minutes.
PHASES = [phase for phase in Phase if phase != Phase.explain]


class Killed(BaseException):
    """As SIGKILL: nothing in the code may catch it."""


@contextmanager
def killed_at(statement: int):
    """Kills whoever sends this many statements to the database, before the last of them."""
    left = [statement]

    def count(execute, sql, *given):
        left[0] -= 1
        if left[0] != -1:
            return execute(sql, *given)
        if sql.startswith("RELEASE SAVEPOINT"):  # the test's commit: it did not come to that
            execute(sql.replace("RELEASE", "ROLLBACK TO", 1), *given)
        raise Killed

    with connection.execute_wrapper(count):
        try:
            yield
        except Killed:
            pass


class FoundRun(RuleBasedStateMachine):
    """A run of somebody else in a watched tree."""

    instance: config.Instance
    tree: Path
    ours = False

    def __init__(self):
        super().__init__()
        self.moment = time.time_ns() - 3000 * 10**9
        self.versions = {parser: parser.version for parser in PARSERS}
        self.root, self.run_folder = "tree", "case"
        self.folder = self.tree / self.run_folder

    @initialize()
    def it_begins(self):
        self.folder.mkdir()

    def teardown(self):
        for parser, version in self.versions.items():
            parser.version = version
        for path in self.all_files():
            path.unlink()
        for folder in (self.folder / ".pdfjobs", self.folder):
            if folder.exists():
                folder.rmdir()
        IntakeRecord.objects.all().delete()
        Job.objects.all().delete()

    def all_files(self):
        return [path for path in sorted(self.folder.rglob("*")) if path.is_file()]

    def logs(self):
        return [path for path in self.all_files() if ".pdfjobs" not in path.parts]

    def write(self, path: Path, data: bytes, mode: str):
        with path.open(mode) as file:
            file.write(data)
        self.age(path)

    def age(self, path: Path):
        """Every write has a moment of its own, long enough ago to have settled."""
        self.moment += 10**9
        os.utime(path, ns=(self.moment, self.moment))

    @rule(name=A_LOG, text=A_TEXT, begin=st.integers(0, 60), size=st.integers(1, 9000))
    def grows_by_a_piece(self, name, text, begin, size):
        self.write(self.folder / name, TEXTS[text][begin * 100 :][:size], "ab")

    @rule(name=A_LOG, text=A_TEXT, size=st.integers(1, 20000))
    def goes_on_as_a_solver_does(self, name, text, size):
        """Appends what comes next in the text that the file holds a beginning of."""
        path = self.folder / name
        have = path.stat().st_size if path.exists() else 0
        self.write(path, TEXTS[text][have : have + size], "ab")

    @rule(name=A_LOG, piece=st.sampled_from(ODD))
    def grows_by_something_odd(self, name, piece):
        self.write(self.folder / name, piece, "ab")

    @rule(name=A_LOG, text=A_TEXT, size=st.integers(0, 20000))
    def is_written_anew_in_place(self, name, text, size):
        self.write(self.folder / name, TEXTS[text][:size], "wb")

    @rule(name=A_LOG, at=st.integers(0, 2000))
    def is_changed_in_its_last_bytes(self, name, at):
        """Same inode, same size, same head."""
        path = self.folder / name
        if path.exists() and path.stat().st_size > at:
            data = bytearray(path.read_bytes())
            place = max(0, len(data) - 1 - min(at, 900))
            data[place] = ord("7") if data[place] != ord("7") else ord("3")
            with path.open("r+b") as file:
                file.write(data)
            self.age(path)

    @rule(name=A_LOG, size=st.integers(0, 6000))
    def is_cut(self, name, size):
        path = self.folder / name
        if path.exists():
            os.truncate(path, min(size, path.stat().st_size))
            self.age(path)

    @rule(name=A_LOG, text=A_TEXT)
    def is_replaced_by_a_rename(self, name, text):
        self.write(self.folder / "new", TEXTS[text], "wb")
        (self.folder / "new").rename(self.folder / name)

    @rule(name=A_LOG)
    def is_deleted(self, name):
        """The next file may get its inode."""
        (self.folder / name).unlink(missing_ok=True)

    @rule(name=A_LOG)
    def is_rotated(self, name):
        path = self.folder / name
        if path.exists():
            path.rename(path.with_name(f"{name}.1"))

    @rule(name=A_LOG)
    def is_touched(self, name):
        if (self.folder / name).exists():
            self.age(self.folder / name)

    @rule(picked=st.sets(st.sampled_from([*NAMES, "beam.log.1"])))
    def is_looked_at(self, picked):
        self.turns([f"{self.run_folder}/{name}" for name in sorted(picked)])

    @rule(statement=st.integers(0, 40))
    def its_reader_is_killed(self, statement):
        with killed_at(statement):
            self.turns([f"{self.run_folder}/{path.name}" for path in self.logs()])

    @rule(parser=st.sampled_from(PARSERS))
    def a_parser_is_improved(self, parser):
        parser.version += 1

    def turns(self, paths):
        return reading.read_turns(self.root, paths)

    def look_once_more(self):
        left = [f"{self.run_folder}/{path.name}" for path in self.logs()]
        while left:
            left = self.turns(left)

    @rule()
    def settles(self):
        self.look_once_more()
        self.must_hold_the_disk()

    def must_hold_the_disk(self):
        check = checking.check_all()
        assert (check.differences, check.settling) == ([], [])
        for path in self.logs():
            assert self.kept(path) == self.clean(path), path

    def kept(self, path: Path):
        """The diary's points of a log whose bytes some parser claims."""
        row = LogFile.objects.filter(path=path.name, run__folder=self.run_folder).first()
        kept: Points = {}
        if row is not None and claimant(path.read_bytes()[:4096]) is not None:
            assert row.pieces == row.loose_points.count()
            for held in stored(Q(file=row)):
                for name, xs, ys in held.columns():
                    assert held.is_piece or len(kept.get(name, [])) == held.start
                    kept.setdefault(name, []).extend(zip(xs, ys, strict=True))
        return repr(sorted(kept.items()))

    def clean(self, path: Path):
        kind = claimant(path.read_bytes()[:4096])
        if kind is None or (self.ours and path.name not in NAMES):
            return "[]"
        parser, raw = kind(), path.read_bytes()
        found: Points = {}
        extend(found, parser.feed(raw))
        Places().feed(raw, 0, found)
        if self.is_over():
            extend(found, parser.finish())
        return repr(sorted((name, more) for name, more in found.items() if more))

    def is_over(self):
        return False


class OwnRun(FoundRun):
    """A run that intake made; its recorder's record lies beside it."""

    ours = True

    def __init__(self):
        super().__init__()
        self.root, self.run_folder = "runs", "1000001_beam"
        self.folder = self.instance.runs / self.run_folder
        self.ended = False

    @initialize()
    def it_begins(self):
        make_run(self.instance)
        self.age(self.folder / "beam.inp")
        (self.folder / ".pdfjobs").mkdir()
        self.record({})

    def record(self, more):
        me = os.getpid()
        record = {
            "run": 1,
            "host": os.uname().nodename,
            "boot_id": processes.boot_id(),
            "recorder_pid": me,
            "recorder_start": processes.start_of(me),
            "pid": me,
            "pid_start": processes.start_of(me),
            "started_at": "2026-01-01T00:00:00Z",
            "ended_at": None,
            "exit_code": None,
            "end_cause": None,
            **more,
        }
        (self.folder / ".pdfjobs" / "run-1.json").write_text(json.dumps(record))

    @precondition(lambda self: not self.ended)
    @rule(code=st.integers(0, 1))
    def ends(self, code):
        end = {"ended_at": "2026-01-01T01:00:00Z", "exit_code": code, "end_cause": "exited"}
        self.record(end)
        self.ended = True

    @precondition(lambda self: self.ended)
    @rule(statement=st.integers(0, 60))
    def its_follower_is_killed_at_the_end(self, statement):
        with killed_at(statement):
            reading.read_to_end(Run.objects.select_related("job").get())

    def look_once_more(self):
        super().look_once_more()
        run = Run.objects.select_related("job").get()
        if self.ended and not run.finished:
            reading.read_to_end(run)
        elif not self.ended:
            state = reading.rundisk.launcher_state(run)
            run.record = reading.rundisk.record_of(run)
            ingest.judge_again(run, reading.rundisk.judge_of(run, state))

    def is_over(self):
        return self.ended

    @invariant()
    def it_has_an_end_only_after_its_recorder_wrote_one(self):
        run = Run.objects.first()
        if run is not None and run.finished:
            assert self.ended


@pytest.mark.timeout(120)
@pytest.mark.django_db
@pytest.mark.parametrize("kind", [FoundRun, OwnRun], ids=["found", "ours"])
def test_any_life_of_a_log_is_read_as_it_stands_at_the_end(kind, instance, tmp_path, monkeypatch):
    monkeypatch.setattr(
        points, "PIECES", 2
    )  # so that they are moved into chunks within a short life
    monkeypatch.setattr(points, "SPREAD", 2)
    kind.instance, kind.tree = instance, tmp_path / "tree"

    run_state_machine_as_test(
        kind,
        settings=settings(
            max_examples=int(os.environ.get("PDFJOBS_EXAMPLES", 40)),
            stateful_step_count=20,
            phases=PHASES,
            suppress_health_check=list(HealthCheck),
        ),
    )
