"""What was backed up comes back to the last byte, or is refused by its name.

Run on both: `pytest --database postgresql` takes PostgreSQL.
"""

import pytest
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.utils import timezone

from pdfjobs.backups import manifest, postgresql, verification
from pdfjobs.backups.defaultdatabase import taken_by
from pdfjobs.backups.errors import BackupError, DamagedError, MissingError
from pdfjobs.backups.key import new_identity
from pdfjobs.backups.postgresqltools import connected
from pdfjobs.backups.store import Folder
from pdfjobs.models import Channel, Counter, Event, Job, Notice, Token
from pdfjobs.services.restored import DISARMED
from pdfjobs.tests.backup_scene import TEXT, Scene, files_below, flip_a_byte, is_sqlite

pytestmark = pytest.mark.timeout(60)
"""A backup makes, fills and drops a database, which takes PostgreSQL a second where the machine is idle."""
IDENTITY = new_identity()
KEYS = pytest.mark.parametrize("identity", ["", IDENTITY], ids=["open", "encrypted"])


@KEYS
def test_what_was_dropped_comes_back_as_it_was(scene):
    sums, attached = scene.sums(), scene.attached()
    name = scene.back_up().manifest.name
    scene.drop()
    scene.inst.secret_key.unlink()

    scene.restore(name)

    assert (scene.sums(), scene.attached()) == (sums, attached)
    assert scene.inst.secret_key.read_text() == "a secret"
    assert list(attached.values()) == [TEXT]
    assert sums["pdfjobs_job"][0] == 1


@KEYS
@pytest.mark.parametrize("kind", ["database", "settings", "attachments", "manifest", "attachment"])
def test_a_flipped_byte_is_refused_by_the_files_name(scene, kind):
    name = scene.back_up().manifest.name
    file = scene.stored_file(kind, "" if kind == "attachment" else name)
    flip_a_byte(file)
    with scene.diary().without_service():  # its lock file is there from now on
        before = scene.sums(), files_below(scene.inst.var)

    with pytest.raises(BackupError) as refused:
        scene.restore(name, replace=True)

    assert str(refused.value).startswith(f"{file}: ")
    assert (scene.sums(), files_below(scene.inst.var)) == before
    assert len(scene.databases()) <= 1


def test_a_dump_of_other_rows_is_refused_though_no_byte_is_damaged(scene):
    held = scene.back_up().manifest
    rows, total = held.tables["pdfjobs_job"]
    other = held.model_copy(update={"tables": {**held.tables, "pdfjobs_job": (rows + 1, total)}})

    with pytest.raises(DamagedError, match=r"pdfjobs_job \(2 rows, found 1\)"):
        verification.check(scene.diary(), scene.shelf, other)


def test_twelve_backups_leave_as_many_as_are_kept_and_what_those_need(scene):
    made = []
    for number in range(12):
        if number == 8:
            scene.add_job(1000002, b"seen by the last four")
        if number == 9:
            scene.drop_attachment(TEXT)
        made.append(scene.back_up(keep=3).manifest.name)

    assert manifest.names(scene.shelf.store) == made[-3:]
    parts = ("attachments", "database", "manifest.json", "settings")
    kept = [path for path in scene.stored() if not path.startswith("attachments/")]
    assert kept == sorted(f"{name}/{part}" for name in made[-3:] for part in parts)
    assert list(files_below(scene.store / "attachments").values()) == [b"seen by the last four"]
    for name in made[-3:]:
        held = manifest.read(scene.shelf.store, name, scene.shelf.key)
        verification.check(scene.diary(), scene.shelf, held)


class FullStore(Folder):
    """Its disk is full when the manifest comes."""

    def write(self, path, source):
        if path.endswith(manifest.FILE):
            raise BackupError("no space left")
        super().write(path, source)


def test_what_broke_off_before_its_manifest_is_no_backup(scene, monkeypatch):
    name = scene.back_up().manifest.name
    monkeypatch.setattr("pdfjobs.tests.backup_scene.Folder", FullStore)
    with pytest.raises(BackupError, match="no space left"):
        scene.back_up(keep=1)
    monkeypatch.undo()
    (scene.store / "2026-01-01T00.00.00Z").mkdir()
    (scene.store / "2026-01-01T00.00.00Z" / "database").write_bytes(b"half of it")

    assert manifest.names(scene.shelf.store) == [name]
    assert manifest.newest(scene.shelf.store) == name
    with pytest.raises(MissingError):
        scene.restore("2026-01-01T00.00.00Z", replace=True)
    second = scene.back_up().manifest.name
    assert {path.partition("/")[0] for path in scene.stored()} == {"attachments", name, second}


def test_a_diary_with_jobs_stays_unless_told_and_is_kept_aside_then(scene):
    name = scene.back_up().manifest.name
    scene.add_job(1000002, b"younger than the backup")
    before = files_below(scene.inst.attachments)

    with pytest.raises(BackupError, match="--replace"):
        scene.restore(name)
    assert scene.numbers() == [1000001, 1000002]

    said = scene.restore(name, replace=True)

    assert scene.numbers() == [1000001]
    (aside,) = scene.inst.var.glob("before-restore-*")
    assert files_below(aside / "attachments") == before
    kept = aside / "diary.sqlite3"
    if scene.databases():
        kept = next(each for each in scene.databases() if each.endswith(aside.name))
    assert str(kept) in said[1]
    old = Scene.__new__(Scene)
    old.entry = {**scene.entry, "NAME": str(kept)}
    assert old.numbers() == [1000001, 1000002]


def test_numbers_of_run_folders_that_are_younger_than_the_backup_are_not_given_again(scene):
    name = scene.back_up().manifest.name
    (scene.inst.runs / "1000042_beam").mkdir(parents=True)
    scene.drop()

    scene.restore(name)

    with taken_by(scene.entry):
        assert Counter.objects.get(name="job number").value == 1000042


def test_a_staging_mirror_has_nothing_that_reaches_out(scene):
    with taken_by(scene.entry):
        job = Job.objects.get()
        mara = User(username="mara", password="kept")
        mara.save()
        channel = Channel.objects.create(
            user=mara, name="mail", url="sealed", digest_hour=7, digest_at=timezone.now()
        )
        Notice.objects.create(
            channel=channel, event="ended", key="a", title="a", due_at=timezone.now()
        )
        Event.objects.create(job=job, kind="ended", key="a", at=timezone.now())
        Token.objects.create(user=mara, name="script", sha256="0" * 64)
        Session.objects.create(session_key="k", expire_date=timezone.now())
    held = scene.back_up().manifest
    scene.drop()

    scene.restore(held.name, as_staging=True)

    with taken_by(scene.entry):
        channel = Channel.objects.get()
        assert (channel.url, channel.shown, channel.digest_at) == ("", DISARMED, None)
        assert Notice.objects.get().state == "dropped"
        assert not Event.objects.filter(spread_at__isnull=True).exists()
        assert not Token.objects.exists()
        assert not Session.objects.exists()
        assert User.objects.get().password == "kept"
    assert scene.numbers() == [1000001]
    assert held.host in scene.inst.staging_mark.read_text()


@pytest.mark.skipif(is_sqlite(), reason="a file needs nobody's leave to take a name")
def test_a_diary_keeps_its_name_when_what_is_restored_cannot_take_it(scene, monkeypatch):
    name = scene.back_up().manifest.name
    scene.add_job(1000002)
    before = scene.sums()
    take_over = postgresql._Restored.take_over

    def while_another_looks(restored, aside):
        with connected(scene.entry, restored._scratch):
            return take_over(restored, aside)

    monkeypatch.setattr(postgresql._Restored, "take_over", while_another_looks)
    with pytest.raises(BackupError, match="is being accessed by other users"):
        scene.restore(name, replace=True)

    assert scene.sums() == before
    assert scene.databases() == [scene.entry["NAME"]]


@pytest.mark.parametrize("as_staging", [False, True])
@pytest.mark.parametrize("mirrored", [None, "", "of elsewhere"])
def test_a_database_that_somebody_works_with_is_not_replaced(scene, mirrored, as_staging):
    """Nor is the diary marked as a mirror, or as one of another."""
    name = scene.back_up().manifest.name
    if mirrored is not None:
        scene.inst.staging_mark.write_text(mirrored)
    before = scene.sums(), scene.attached()

    with taken_by(scene.entry):
        assert Job.objects.count() == 1
        with pytest.raises(BackupError, match="somebody works with it"):
            scene.restore(name, replace=True, as_staging=as_staging)

    assert (scene.sums(), scene.attached()) == before
    assert list(scene.inst.var.glob("before-restore-*")) == []
    mark = scene.inst.staging_mark
    assert (mark.read_text() if mark.exists() else None) == mirrored
