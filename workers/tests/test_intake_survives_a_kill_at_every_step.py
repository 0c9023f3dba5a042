"""Intake killed before each of its steps in turn: always one job or one refusal, and nothing lost or overwritten.

A step is whatever changes disk or database: what Python's audit events name, and every SQL statement.
"""

import errno
import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.db import connection

from pdfjobs.models import IntakeRecord, Job, Run
from workers.tasks import intake
from workers.tests.intake_scene import DECK, MAIN, MESH, Scene, scene, tarred, tree, zipped

__all__ = ["scene"]

pytestmark = pytest.mark.timeout(60)  # each is some forty intakes

CHANGES = {"os.rename", "os.mkdir", "os.remove", "os.rmdir", "os.link", "os.symlink", "os.chmod"}


class Killed(BaseException):
    """What a test raises where a process would have been killed."""


class Fuse:
    """Blows before the given step; from then on the process changes no file any more."""

    def __init__(self) -> None:
        self.left: int | None = None
        self.is_dead = False

    def __call__(self, event: str, arguments: tuple) -> None:
        if self.left is None:
            return
        writes = event == "open" and isinstance(arguments[2], int) and arguments[2] & os.O_ACCMODE
        if event in CHANGES or writes:
            if self.is_dead:
                raise Killed
            self.step()

    def sql(self, execute, sql, params, many, context):
        if self.left is not None and not self.is_dead and not sql.startswith("SELECT"):
            self.step()
        return execute(sql, params, many, context)

    def step(self) -> None:
        if self.left == 0:
            self.is_dead = True
            raise Killed
        self.left -= 1

    @contextmanager
    def set(self, steps: int) -> Iterator[None]:
        self.left, self.is_dead = steps, False
        try:
            with connection.execute_wrapper(self.sql):
                yield
        finally:
            self.left = None


FUSE = Fuse()
sys.addaudithook(FUSE)  # for good: there is no way to take one off


def deck(scene: Scene) -> Path:
    return scene.put("beam 1.inp")


def deck_with_sidecar(scene: Scene) -> Path:
    scene.put("beam 1.inp.job.toml", b'project = "P7"\n')
    return scene.put("beam 1.inp")


def folder(scene: Scene) -> Path:
    files = {"my model.inp": MAIN, "mesh.inp": MESH, "my_model.log": b"old", "my_model.sta": b"old"}
    return scene.put_folder("case", {**files, ".pdfjobs/run-1.json": b"{}"})


def archive(scene: Scene) -> Path:
    return scene.put("case.zip", zipped({"case/model.inp": MAIN, "case/mesh.inp": MESH}))


WAYS = {
    deck: {"beam_1.inp": DECK},
    deck_with_sidecar: {"beam_1.inp": DECK},
    folder: {
        "my_model.inp": MAIN,
        "mesh.inp": MESH,
        "earlier_my_model.log": b"old",
        "earlier_my_model.sta": b"old",
        "earlier.pdfjobs": {"run-1.json": b"{}"},
    },
    archive: {"model.inp": MAIN, "mesh.inp": MESH},
}


def refused_deck(scene: Scene) -> Path:
    scene.put("notes.inp.job.toml", b'project = "P7"\n')
    return scene.put("notes.inp", b"hello\n")


def refused_folder(scene: Scene) -> Path:
    return scene.put_folder("case", {"a/notes.txt": b"hello\n", "b": b""})


def refused_archive(scene: Scene) -> Path:
    return scene.put("case.tgz", tarred())


def own_name(scene: Scene) -> Path:
    return scene.put("reason.txt", b"hello\n")


REFUSED = [refused_deck, refused_folder, refused_archive, own_name]


@pytest.fixture(params=[False, True], ids=["one file system", "two file systems"])
def across(request, monkeypatch) -> bool:
    """Makes renames out of the hot folder, and into VAR/rejected, fail as between two file systems."""
    if request.param:
        rename = os.rename

        def refuse(source, target, **keywords):
            paths = str(source), str(target)
            is_across = [f"/{area}/" for area in ("hotfolder", "runs", "rejected")]
            areas = [next(a for a in is_across if a in path) for path in paths]
            if areas[0] != areas[1]:
                raise OSError(errno.EXDEV, "Invalid cross-device link", *paths)
            return rename(source, target, **keywords)

        monkeypatch.setattr(os, "rename", refuse)
    return request.param


def clear_away(scene: Scene) -> None:
    for place in (scene.hot, scene.runs, scene.instance.rejected):
        shutil.rmtree(place)
    scene.instance.make_folders()
    for model in (IntakeRecord, Run, Job):
        model.objects.all().delete()


def killed_and_repeated(scene: Scene, path: Path, steps: int) -> bool:
    """False when intake ended before it could be killed."""
    now = path.lstat()
    arguments = (path.name, now.st_dev, now.st_ino, now.st_size, now.st_mtime_ns)
    try:
        with FUSE.set(steps):
            intake.take_in("hotfolder", *arguments)
    except Killed:
        pass
    else:
        return False
    # The watcher offers what is still there, the sweep goes on with what is claimed.
    for record in IntakeRecord.objects.filter(state="claimed"):
        intake.carry_on(record)
    if os.path.lexists(path):
        scene.take_in(path)
    return True


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
def test_a_killed_intake_goes_on_to_exactly_one_job(scene, across, way):
    steps = 0
    while killed_and_repeated(scene, way(scene), steps):
        run = Run.objects.get()

        assert [(r.state, r.job, r.reason) for r in IntakeRecord.objects.all()] == [
            ("taken", run.job, "")
        ]
        expected = {".incoming": {}, run.folder: WAYS[way]}
        assert tree(scene.runs) == expected, f"killed before step {steps}"
        assert tree(scene.hot) == tree(scene.instance.rejected) == {}
        assert run.job.project == ("P7" if way is deck_with_sidecar else "")
        assert run.folder.startswith(f"{run.job.number}_")
        clear_away(scene)
        steps += 1
    assert steps > 10


@pytest.mark.parametrize("way", REFUSED, ids=lambda way: way.__name__)
def test_a_killed_refusal_goes_on_and_keeps_everything(scene, across, way):
    steps = 0
    while True:
        path = way(scene)
        dropped = tree(scene.hot)
        if not killed_and_repeated(scene, path, steps):
            break
        record = IntakeRecord.objects.get()

        assert (record.state, record.job) == ("refused", None)
        assert record.reason and not record.reason.startswith("taken away")
        kept = tree(scene.instance.rejected / record.kept_as)
        assert kept.pop("reason.txt") == f"{record.name}\n{record.reason}\n".encode()
        if way is own_name:
            dropped = {"dropped_reason.txt": dropped["reason.txt"]}
        assert kept == dropped, f"killed before step {steps}"
        assert (tree(scene.runs), tree(scene.hot)) == ({".incoming": {}}, {})
        assert len(os.listdir(scene.instance.rejected)) == 1
        clear_away(scene)
        steps += 1
    assert steps > 10


def test_the_next_deck_of_the_same_name_does_not_wait_for_a_killed_one(scene):
    first = scene.put("beam.inp")
    with pytest.raises(Killed), FUSE.set(14):
        scene.take_in(first)
    assert not first.exists()

    second = scene.put("beam.inp", DECK + b"** second\n")
    scene.take_in(second)
    for record in IntakeRecord.objects.filter(state="claimed"):
        intake.carry_on(record)

    decks = [tree(scene.folder_of(run))["beam.inp"] for run in Run.objects.order_by("pk")]
    assert sorted(decks) == [DECK, DECK + b"** second\n"]
