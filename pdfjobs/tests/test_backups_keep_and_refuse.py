"""What a backup keeps to itself, what it goes on in spite of, and what is refused."""

import errno
import io
import json
import secrets
import stat
from pathlib import Path

import pytest

from pdfjobs.backups import manifest, retention, verification
from pdfjobs.backups.errors import BackupError, DamagedError
from pdfjobs.backups.key import NoKey, key_of, new_identity
from pdfjobs.backups.store import Folder
from pdfjobs.tests.backup_scene import TEXT, files_below, flip_a_byte
from tests.disks import refusing, small_disk

IDENTITY = new_identity()


def test_a_clock_that_was_set_back_makes_no_new_backup_the_oldest(scene, monkeypatch):
    first = scene.back_up().manifest.name
    later = f"2999{first[4:]}"
    (scene.store / first).rename(scene.store / later)
    monkeypatch.setattr(manifest, "names", lambda store: [later])

    assert scene.back_up(keep=100).manifest.name == f"{later}-0002"


def test_a_mirror_keeps_its_own_settings_and_secret(scene):
    name = scene.back_up().manifest.name
    scene.inst.secret_key.write_text("the mirror's own")
    (scene.inst.var / "pdfjobs.toml").write_text("[diary]\nstaging = true\n")

    scene.restore(name, replace=True, as_staging=True)

    assert scene.inst.secret_key.read_text() == "the mirror's own"
    assert (scene.inst.var / "pdfjobs.toml").read_text() == "[diary]\nstaging = true\n"


def test_a_backup_of_a_newer_version_is_refused(scene):
    held = scene.back_up().manifest
    newer = held.model_copy(
        update={"migrations": [*held.migrations, "pdfjobs.9999_flying"], "name": held.name}
    )
    manifest.write(scene.shelf.store, newer, scene.shelf.key)

    with pytest.raises(BackupError, match=r"newer version .*pdfjobs\.9999_flying"):
        scene.restore(held.name, replace=True)


def test_a_backup_of_the_other_kind_of_database_is_refused(scene):
    held = scene.back_up().manifest
    other = "postgresql" if held.engine == "sqlite" else "sqlite"
    manifest.write(scene.shelf.store, held.model_copy(update={"engine": other}), scene.shelf.key)

    with pytest.raises(BackupError, match=f"is of a diary in {other}"):
        scene.restore(held.name, replace=True)


def test_a_running_service_keeps_a_restore_off(scene):
    name = scene.back_up().manifest.name

    with scene.diary().without_service(), pytest.raises(BackupError, match="its service runs"):
        scene.restore(name, replace=True)


@pytest.mark.parametrize("identity", [IDENTITY], ids=["encrypted"])
def test_without_the_key_nothing_can_be_read_and_with_another_neither(scene):
    name = scene.back_up().manifest.name
    told = b"".join(files_below(scene.store).values())
    assert TEXT not in told
    assert b"a secret" not in told
    assert not any(digest in path for digest in scene.attached() for path in scene.stored())

    for wrong, words in ((new_identity(), "another key"), ("", "encrypted; say which key")):
        scene.identity = wrong
        with pytest.raises(BackupError, match=words):
            scene.restore(name, replace=True)


def test_where_a_key_is_set_what_is_not_encrypted_is_refused(scene):
    name = scene.back_up().manifest.name
    scene.identity = IDENTITY

    with pytest.raises(BackupError, match="not encrypted"):
        scene.restore(name, replace=True)


def test_files_of_a_backup_are_nobody_elses_to_read(scene):
    scene.back_up()

    modes = {stat.S_IMODE(path.stat().st_mode) for path in scene.store.rglob("*") if path.is_file()}
    folders = {
        stat.S_IMODE(path.stat().st_mode) for path in scene.store.rglob("*") if path.is_dir()
    }
    assert (modes, folders) == ({0o600}, {0o700})


def test_an_attachment_that_the_disk_lost_is_named_and_the_rest_is_backed_up(scene):
    (file,) = scene.inst.attachments.glob("*/*")
    file.unlink()

    made = scene.back_up()

    assert made.manifest.missing == [file.name]
    assert made.lost == [f"{file}: cannot be read: No such file or directory"]
    scene.drop()
    scene.restore(made.manifest.name)
    assert scene.numbers() == [1000001]


@pytest.mark.parametrize("identity", ["", IDENTITY], ids=["open", "encrypted"])
def test_a_full_disk_is_not_taken_for_a_lost_attachment(scene):
    scene.add_job(1000002, secrets.token_bytes(16 * 2**20))
    spool = scene.diary().spool

    with small_disk(spool, 8), pytest.raises(BackupError, match=f"{spool}: .*No space left"):
        scene.back_up()

    assert manifest.names(scene.shelf.store) == []


def test_an_attachment_that_the_store_damaged_is_put_there_anew(scene):
    scene.back_up()
    flip_a_byte(scene.stored_file("attachment"))

    held = scene.back_up().manifest

    verification.check(scene.diary(), scene.shelf, held)


def test_a_mirrors_backups_drive_out_none_of_the_original():
    names = ["a", "b", "c-staging", "d-staging", "e-staging"]

    assert retention.superfluous(names, 2) == ["c-staging"]


def test_attachments_stay_while_another_host_makes_a_backup(scene):
    """It may have found them there, and lists them only when it is done."""
    name = scene.back_up().manifest.name
    other = scene.store / f"{name}-0002" / "database"
    other.parent.mkdir()
    other.write_bytes(b"half of it")
    scene.drop_attachment(TEXT)

    scene.back_up(keep=1)
    stayed = list(files_below(scene.store / "attachments").values())
    other.unlink()
    scene.back_up(keep=1)

    assert stayed == [TEXT]
    assert files_below(scene.store / "attachments") == {}


def test_a_manifest_that_is_changed_as_a_whole_is_told_by_its_seal(scene):
    name = scene.back_up().manifest.name
    file = scene.store / name / manifest.FILE
    outer = json.loads(file.read_text())
    outer["manifest"]["host"] = "elsewhere"
    file.write_text(json.dumps(outer))

    with pytest.raises(DamagedError, match="damaged"):
        manifest.read(Folder(scene.store), name, NoKey())


def test_a_full_disk_is_not_taken_for_a_damaged_backup():
    key, sealed = key_of(IDENTITY), io.BytesIO()
    key.encrypt(io.BytesIO(bytes(1_000_000)), sealed)
    sealed.seek(0)

    with Path("/dev/full").open("wb", buffering=0) as full, pytest.raises(OSError) as refused:
        key.decrypt(sealed, full, "store/database.age")

    assert refused.value.errno == errno.ENOSPC


def test_a_store_on_a_disk_of_its_own_has_a_folder_that_nobody_may_look_into(scene):
    with refusing(scene.store / "lost+found"):
        name = scene.back_up().manifest.name

        assert manifest.names(scene.shelf.store) == [name]


def test_another_folder_in_a_store_that_cannot_be_looked_into_is_named(scene):
    with refusing(scene.store / "other"), pytest.raises(BackupError, match=r"store/other: cannot"):
        scene.back_up()
