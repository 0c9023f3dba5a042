"""What cannot be read, moved or written now: it stays or waits, says why, and is taken in once it can be."""

import os
import shutil
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from pdfjobs import config
from pdfjobs.models import IntakeRecord, Job, Run
from workers.tasks import intake
from workers.tests.intake_scene import DECK, scene, tree, zipped

__all__ = ["scene"]

AS_NOBODY = """
    import os, pwd, shutil, sys
    os.environ["DJANGO_SETTINGS_MODULE"] = "pdfjobs.settings"
    import django
    django.setup()
    from django.conf import settings
    from django.core.management import call_command
    from django.db import connection
    from pdfjobs.models import IntakeRecord
    from workers.tasks import intake
    def take_in(name):
        now = (settings.INSTANCE.hotfolder / name).lstat()
        intake.take_in("hotfolder", name, now.st_dev, now.st_ino, now.st_size, now.st_mtime_ns)
    call_command("migrate", verbosity=0)
    take_in("warm-up")  # Python itself may be out of reach for the other user: load what is loaded late
    list(IntakeRecord.objects.order_by("name"))
    connection.close()
    account = pwd.getpwnam("nobody")
    for place in settings.INSTANCE.var.glob("diary*"):
        shutil.chown(place, "nobody")
    os.setgroups([]); os.setgid(account.pw_gid); os.setuid(account.pw_uid)
    for name in sys.argv[1:]:
        take_in(name)
    for record in IntakeRecord.objects.order_by("name").exclude(name="warm-up"):
        print(record.name, record.state, bool(record.kept_as), record.reason, sep="|")
"""


@pytest.mark.timeout(60)
@pytest.mark.skipif(os.geteuid() != 0, reason="needs root, to take decks in as another user")
def test_what_the_service_may_not_read_or_move_is_refused_and_stays(tmp_path):
    var = Path("/tmp") / f"pdfjobs-intake-{os.getpid()}"
    instance = config.Instance(var)
    instance.make_folders()
    for path in (var, *var.iterdir(), instance.incoming):
        shutil.chown(path, "nobody")
    hot = instance.hotfolder
    (hot / "secret.inp").write_bytes(DECK)
    (hot / "secret.inp").chmod(0o600)
    for name in ("folder", "locked"):
        (hot / name).mkdir()
        (hot / name / "a.inp").write_bytes(DECK)
        (hot / name).chmod(0o777)
    (hot / "folder").chmod(0o755)
    (hot / "locked" / "in").mkdir(mode=0o700)
    (hot / "mixed.inp").write_bytes(DECK)
    (hot / "mixed.inp.job.toml").mkdir(mode=0o755)
    dropped = tree(hot)
    (hot / "warm-up").write_bytes(b"")
    try:
        done = subprocess.run(
            [sys.executable, "-c", textwrap.dedent(AS_NOBODY), *dropped],
            env={**os.environ, "PDFJOBS_VAR": str(var)},
            cwd=Path(config.__file__).parent.parent,
            capture_output=True,
            text=True,
        )
        kept = {
            thing.name: tree(thing)
            for folder in instance.rejected.iterdir()
            for thing in folder.iterdir()
            if thing.name not in ("reason.txt", "warm-up")
        }
        stayed = tree(hot)
    finally:
        shutil.rmtree(var)

    lines = [line.split("|") for line in done.stdout.splitlines()]
    assert [line[:3] for line in lines] == [
        ["folder", "refused", "False"],
        ["locked", "refused", "True"],
        ["mixed.inp", "refused", "True"],
        ["mixed.inp.job.toml", "refused", "False"],
        ["secret.inp", "refused", "True"],
    ], done.stdout + done.stderr
    assert "give the service's user write permission" in lines[0][3]
    assert "in cannot be read (Permission denied)" in lines[1][3]
    assert "secret.inp cannot be read (Permission denied)" in lines[4][3]
    assert {**kept, **stayed} == dropped
    assert sorted(stayed) == ["folder", "mixed.inp.job.toml"]


def test_what_could_not_be_moved_is_tried_again_when_it_is_offered_again(scene, monkeypatch):
    path = scene.put("a.inp")
    with monkeypatch.context() as patch:
        patch.setattr(os, "rename", _forbidden)
        assert scene.take_in(path) is None
        record = IntakeRecord.objects.get()
        assert (record.state, record.kept_as, path.read_bytes()) == ("refused", "", DECK)
        assert "cannot be taken in: Permission denied" in record.reason
        assert (os.listdir(scene.instance.rejected), scene.incoming()) == ([], [])

    run = scene.take_in(path)

    assert (run.job.number, Job.objects.count()) == (record.number, 1)
    assert list(IntakeRecord.objects.values_list("state", "reason")) == [("taken", "")]


_rename = os.rename


def _forbidden(source, target, **keywords):
    if "/hotfolder/" in str(source):
        raise PermissionError(13, "Permission denied", str(source))
    _rename(source, target, **keywords)


def test_on_a_full_disk_a_drop_waits_and_says_why(scene, monkeypatch):
    path = scene.put("case.zip", zipped({"a.inp": DECK}))
    with monkeypatch.context() as patch:
        patch.setattr("workers.intake.incoming.archives.unpack", _full)
        assert scene.take_in(path) is None
    record = IntakeRecord.objects.get()
    assert (record.state, record.reason) == (
        "claimed",
        "cannot be taken in yet: No space left on device (unpacking/a.inp); tried again by itself",
    )
    home = scene.instance.incoming / str(record.number)
    assert sorted(os.listdir(home)) == ["drop", "lock"]

    run = intake.carry_on(record)

    assert (Run.objects.get(), tree(scene.folder_of(run))) == (run, {"a.inp": DECK})


def _full(archive, target, limits):
    (target / "a.inp").write_bytes(b"half")
    raise OSError(28, "No space left on device", str(target / "a.inp"))
