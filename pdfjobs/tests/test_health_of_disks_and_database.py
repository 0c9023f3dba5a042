"""What is read of real disks and of the real database, and that one that hangs hides no other."""

import shutil
import subprocess
import threading
from pathlib import Path

import pytest
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder

from pdfjobs import health
from pdfjobs.config import Tree
from pdfjobs.database import Database
from pdfjobs.health import database, disks
from pdfjobs.health.disks import Disk, Disks, Place, measure
from tests.disks import small_disk


@pytest.fixture
def places(settings, monkeypatch, tmp_path):
    """The folders of an instance without trees and servers, all on one disk."""
    monkeypatch.delenv("REDIS_URL", raising=False)
    for name in ("var", "var/hotfolder", "var/runs"):
        (tmp_path / name).mkdir()
    for name in ("var", "hotfolder", "runs"):
        path = tmp_path / "var" / ("" if name == "var" else name)
        monkeypatch.setattr(settings.INSTANCE, name, path)
    settings.PDFJOBS = settings.PDFJOBS.model_copy(update={"trees": [], "database": Database()})
    return tmp_path


def with_tree(settings, path):
    trees = [Tree(name="archive", path=path)]
    settings.PDFJOBS = settings.PDFJOBS.model_copy(update={"trees": trees})


def test_a_disk_is_measured_as_the_kernel_says(tmp_path):
    disk = measure(Place("VAR", str(tmp_path)))
    usage = shutil.disk_usage(tmp_path)

    assert (disk.error, disk.hangs, disk.total_bytes) == ("", False, usage.total)
    assert disk.free_bytes == pytest.approx(usage.free, rel=0.05)
    assert disk.free_share + disk.used_share == 1
    assert disk.device == tmp_path.stat().st_dev
    assert not disk.read_only


def test_a_folder_that_is_not_there_is_an_error_and_not_a_full_disk(tmp_path):
    disk = measure(Place("runs", str(tmp_path / "runs")))

    assert disk == Disk(("runs",), str(tmp_path / "runs"), error="No such file or directory")
    assert disk.free_share is None


def test_a_file_system_without_room_of_its_own_has_no_share():
    assert measure(Place("archive", "/proc")).free_share is None


def test_places_on_one_disk_are_told_once(places):
    (disk,) = Disks().answer()

    assert (disk.places, disk.path) == (("VAR", "hotfolder", "runs"), str(places / "var"))


def test_places_on_two_disks_are_told_apart(places, settings):
    with_tree(settings, Path("/proc"))

    assert [disk.places for disk in Disks().answer()] == [
        ("VAR", "hotfolder", "runs"),
        ("archive",),
    ]


def test_what_others_write_is_looked_at_and_may_be_read_only_for_us(places, settings):
    """As systemd mounts everything but VAR for the services."""
    with small_disk(places / "server", 1) as server:
        subprocess.run(["mount", "-o", "remount,ro", server], check=True)
        with_tree(settings, server)
        found = [(disk.places, disk.read_only, disk.is_others) for disk in Disks().answer()]
        assert found[1] == (("archive",), True, False)

        backup = settings.PDFJOBS.backup.model_copy(update={"to": "/proc"})
        others = {"database": server, "queue": places}
        settings.PDFJOBS = settings.PDFJOBS.model_copy(
            update={"trees": [], "disks": others, "backup": backup}
        )
        found = [(disk.places, disk.read_only, disk.is_others) for disk in Disks().answer()]

    assert found == [
        (("VAR", "hotfolder", "runs", "queue"), False, False),
        (("backups",), False, True),
        (("database",), False, True),
    ]


@pytest.mark.parametrize(
    ("host", "queue", "named"),
    [
        ("", "unix:///run/redis-pdfjobs/redis.sock", ("database", "queue")),
        ("/run/postgresql", "redis://:x@127.0.0.1:6379", ("database",)),
        ("db.example.com", "unix:///run/redis-pdfjobs/redis.sock", ("queue",)),
        ("db.example.com", "", ()),
    ],
)
def test_the_disks_of_servers_on_this_host_are_looked_at(
    places, settings, monkeypatch, host, queue, named
):
    monkeypatch.setattr(disks, "POSTGRESQL", places)
    monkeypatch.setattr(disks, "REDIS", places)
    if queue:
        monkeypatch.setenv("REDIS_URL", queue)
    server = Database(engine="postgresql", host=host)
    settings.PDFJOBS = settings.PDFJOBS.model_copy(update={"database": server})

    (disk,) = Disks().answer()

    assert disk.places == ("VAR", "hotfolder", "runs", *named)


def test_backups_in_a_bucket_are_on_no_disk(places, settings):
    backup = settings.PDFJOBS.backup.model_copy(update={"to": "s3://bucket/diary"})
    settings.PDFJOBS = settings.PDFJOBS.model_copy(update={"backup": backup})

    assert [disk.places for disk in Disks().answer()] == [("VAR", "hotfolder", "runs")]


def test_a_share_that_hangs_hides_no_other_disk(places, settings, monkeypatch):
    with_tree(settings, Path("/hangs"))
    may_end = threading.Event()
    stat = Path.stat

    def hanging_stat(path, **how):
        if str(path) == "/hangs":
            may_end.wait()
        return stat(path, **how)

    monkeypatch.setattr(Path, "stat", hanging_stat)
    monkeypatch.setattr(disks, "PATIENCE_S", 0.1)

    ours, hanging = Disks().answer()
    may_end.set()

    assert (hanging.places, hanging.hangs) == (("archive",), True)
    assert ours.total_bytes == shutil.disk_usage(places).total


@pytest.mark.django_db(transaction=True)
def test_the_database_says_what_it_is_and_fits_the_program():
    health.forget()
    read = health.look().database

    assert (read.error, read.missing, read.unknown) == ("", (), ())
    assert read.engine == {"sqlite": "SQLite", "postgresql": "PostgreSQL"}[connection.vendor]
    assert read.version.split(".")[0].isdigit()
    assert read.latency_s > 0
    files = Path(database.migrations.__path__[0]).glob("[0-9]*.py")
    assert read.migration == max(files).stem


@pytest.mark.django_db(transaction=True)
def test_a_database_of_another_version_is_told():
    recorder = MigrationRecorder(connection)
    recorder.record_unapplied("pdfjobs", "0001_initial")
    recorder.record_applied("pdfjobs", "9999_of_tomorrow")
    health.forget()
    try:
        read = health.look().database
    finally:
        recorder.record_applied("pdfjobs", "0001_initial")
        recorder.record_unapplied("pdfjobs", "9999_of_tomorrow")

    assert (read.missing, read.unknown) == (("0001_initial",), ("9999_of_tomorrow",))


def test_asking_for_a_file_that_is_not_there_does_not_make_it(settings, monkeypatch, tmp_path):
    if connection.vendor != "sqlite":
        pytest.skip("only SQLite makes its database by being asked; run on SQLite to see it")
    file = tmp_path / "diary.sqlite3"
    monkeypatch.setitem(connection.settings_dict, "NAME", file)

    assert database.ask().error == "there is no such file"
    assert not file.exists()
