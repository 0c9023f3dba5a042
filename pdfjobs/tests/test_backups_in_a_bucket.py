"""A bucket of a real S3 server (OpenStack Swift) as the place of backups; what a folder promises holds here too."""

import io
import os
import re
import time
from datetime import UTC, datetime, timedelta

import pytest

from pdfjobs.backups import attachments, maker, manifest, restorer, retention, verification
from pdfjobs.backups.diary import Shelf
from pdfjobs.backups.errors import BackupError, DamagedError, MissingError
from pdfjobs.backups.key import NoKey, key_of, new_identity
from pdfjobs.backups.s3 import MOST_PARTS, PART_BYTES, Bucket, part_bytes
from pdfjobs.backups.setting import Backup
from pdfjobs.tests.backup_scene import TEXT, flip_a_byte
from tests import swift
from tests.jumpingclock import Clock

pytestmark = pytest.mark.timeout(90)
"""A server takes seconds to start."""
BIG = PART_BYTES + 2**20
"""A part, and a bit of the next."""
DAY = timedelta(days=1)


@pytest.fixture(scope="module")
def clock(tmp_path_factory):
    """The server's."""
    return Clock(tmp_path_factory.mktemp("clock"))


@pytest.fixture(scope="module")
def server(clock):
    with swift.running(**clock.environment) as started:
        yield started


@pytest.fixture
def bucket(server, monkeypatch):
    monkeypatch.setenv("PDFJOBS_BACKUP_S3_SECRET", swift.SECRET)
    opened = open_bucket(server, f"{swift.BUCKET}/department/one-{time.monotonic_ns()}")
    yield opened
    server.start()
    for path, _size in list(opened.sizes()):
        opened.remove(path)
    opened.close()


def open_bucket(server, place, access_key=swift.ACCESS_KEY):
    setting = Backup(to=f"s3://{place}", s3_endpoint=server.url, s3_access_key=access_key)
    return Bucket(setting, setting.to)


def parts(server, below=""):
    return [path for path in server.parts() if below in path]


def test_a_file_of_many_parts_comes_back_and_goes(bucket, server):
    content = bytes(range(256)) * (PART_BYTES // 256) + b"and a part of five"

    bucket.write("a/b", io.BytesIO(content))

    with bucket.opened("a/b") as file:
        assert file.read() == content
    assert list(bucket.sizes("a/")) == [("a/b", len(content))]
    assert len(parts(server, "/a/b/")) == 2
    bucket.remove("a/b")
    bucket.remove("a/b")
    assert list(bucket.sizes()) == []
    assert parts(server, "/a/b/") == []
    with pytest.raises(MissingError, match="a/b: not there"), bucket.opened("a/b"):
        pass


@pytest.mark.parametrize(
    ("size", "of_a_part"),
    [
        (0, PART_BYTES),
        (MOST_PARTS * PART_BYTES, PART_BYTES),
        (MOST_PARTS * PART_BYTES + 1, PART_BYTES + 1),
        (2**40, -(-(2**40) // 1000)),
    ],
)
def test_no_file_has_more_parts_than_swift_takes(size, of_a_part):
    assert part_bytes(size) == of_a_part


@pytest.mark.parametrize("identity", ["", new_identity()], ids=["open", "encrypted"])
def test_a_diary_comes_back_from_a_bucket(bucket, scene, identity, server):
    shelf = Shelf(bucket, key_of(identity))
    scene.add_job(1000002, os.urandom(BIG))
    before = scene.sums(), scene.attached()
    made = [maker.make(scene.diary(), shelf, 2).manifest.name for _ in range(3)]
    assert manifest.names(bucket) == made[1:]
    scene.drop()

    restorer.restore(scene.diary(), shelf, made[2], replace=False, as_staging=False)

    assert (scene.sums(), scene.attached()) == before


def test_damage_is_named_and_the_next_backup_puts_there_anew_what_the_disk_has(
    bucket, scene, server
):
    """Swift takes a damaged file away when it has given it out once: from then on each reading breaks off."""
    scene.add_job(1000002, os.urandom(BIG))
    shelf = Shelf(bucket, NoKey())
    held = maker.make(scene.diary(), shelf, 14).manifest
    before = parts(server, "/attachments/")
    (damaged,) = (file for file in server.disk.rglob("*.data") if file.stat().st_size == 2**20)
    flip_a_byte(damaged)

    with pytest.raises(DamagedError, match=r"/attachments/.*: damaged"):
        verification.check(scene.diary(), shelf, held)
    with pytest.raises(BackupError, match=r"/attachments/.*: damaged on the server"):
        verification.check(scene.diary(), shelf, held)
    maker.make(scene.diary(), shelf, 14)

    verification.check(scene.diary(), shelf, held)
    after = parts(server, "/attachments/")
    assert (len(after), [path for path in after if path in before]) == (2, [])


def test_an_attachment_that_the_server_cannot_give_now_does_not_count_as_lost(
    bucket, scene, server
):
    shelf = Shelf(bucket, NoKey())
    maker.make(scene.diary(), shelf, 14)
    known = attachments.known(shelf)
    sha256 = next(iter(attachments.on_disk(scene.inst.attachments)))
    (scene.inst.attachments / sha256[:2] / sha256).unlink()

    server.kill("object")
    with pytest.raises(BackupError, match=r"/attachments/.*: the server cannot") as refused:
        attachments.put_or_check(shelf, sha256, scene.inst.attachments, known, scene.inst.var)

    assert not isinstance(refused.value, attachments.LostError)


def test_a_server_that_ends_in_the_middle_of_a_file_leaves_none_and_one_that_comes_back_is_read_on(
    bucket, server
):
    class Deadly(io.BytesIO):
        def read(self, size=-1):
            if self.tell() >= PART_BYTES:
                server.kill("proxy")
            return super().read(size)

    content = os.urandom(BIG)
    with pytest.raises(BackupError, match="a/b: Could not connect"):
        bucket.write("a/b", Deadly(content))
    server.start()
    assert list(bucket.sizes()) == []
    bucket.write("a/b", io.BytesIO(content))

    with bucket.opened("a/b") as file:
        found = file.read(2**20)
        server.kill("proxy")
        server.start()
        while block := file.read(2**20):
            found += block

    assert found == content
    with bucket.opened("a/b") as file:
        file.read(2**20)
        server.kill("proxy")
        with pytest.raises(BackupError, match="a/b: Could not connect"):
            while file.read(2**20):
                pass


def test_what_broke_off_goes_a_day_later_and_nothing_of_others(bucket, server):
    shelf, client = Shelf(bucket, NoKey()), server.client()
    prefix = bucket.place("").removeprefix(f"s3://{swift.BUCKET}/")
    ours = ["2026-01-01T00.00.00Z/database.age", "attachments/ab/abc.age"]
    others = ["two/attachments/ab/abc.age", "attachments.old/a"]
    for path in ours + others:
        words = {"Bucket": swift.BUCKET, "Key": prefix + path}
        mark = client.create_multipart_upload(**words)["UploadId"]
        client.upload_part(**words, UploadId=mark, PartNumber=1, Body=b"of a killed process")
    client.close()
    now = datetime.now(UTC)

    assert retention.drop_half_made(shelf, now) == ""
    assert sorted(half.path for half in bucket.half_made()) == sorted(ours + others)
    assert retention.drop_half_made(shelf, now + DAY + timedelta(minutes=1)) == ""

    assert sorted(half.path for half in bucket.half_made()) == sorted(others)
    left = [path.removeprefix(prefix) for path in parts(server, prefix)]
    assert all(path.startswith(tuple(others)) for path in left)
    retention.take_back(shelf, "two")
    assert [half.path for half in bucket.half_made()] == ["attachments.old/a"]


def test_where_half_made_files_cannot_be_looked_for_a_backup_is_one_all_the_same(
    server, monkeypatch
):
    monkeypatch.setenv("PDFJOBS_BACKUP_S3_SECRET", swift.SECRET)
    missing = open_bucket(server, "nobodys")

    words = retention.drop_half_made(Shelf(missing, NoKey()), datetime.now(UTC))

    missing.close()
    assert words.startswith("s3://nobodys/: there is no such bucket")


def test_attachments_of_a_backup_that_is_not_listed_yet_stay(bucket, scene, server, monkeypatch):
    """Swift's list follows later where the server that has it was away while a file was put there."""
    shelf, write = Shelf(bucket, NoKey()), Bucket.write
    for _ in range(2):
        maker.make(scene.diary(), shelf, 14)
    scene.add_job(1000002, b"seen for the first time")

    def write_unlisted(store, path, source):
        if path.endswith(("/database", "/settings")):
            server.kill("container")
        write(store, path, source)
        if path.endswith(("/database", manifest.FILE)):
            server.start()

    monkeypatch.setattr(Bucket, "write", write_unlisted)
    made = maker.make(scene.diary(), shelf, 1)

    assert (made.manifest.name in manifest.names(bucket), len(made.removed)) == (False, 1)
    verification.check(scene.diary(), shelf, made.manifest)


def test_a_bucket_that_is_not_there_and_a_key_that_is_not_known_are_said(server, monkeypatch):
    monkeypatch.setenv("PDFJOBS_BACKUP_S3_SECRET", "another")
    no_bucket, no_key = "there is no such bucket; make it", "does not take the access key"
    cases = [("nobodys", swift.SECRET, no_bucket), (swift.BUCKET, "another", no_key)]

    for place, secret, words in cases:
        monkeypatch.setenv("PDFJOBS_BACKUP_S3_SECRET", secret)
        missing = open_bucket(server, place)
        with pytest.raises(BackupError, match=f"s3://{place}/a: .*{words}"):
            missing.write("a", io.BytesIO(TEXT))
        with pytest.raises(BackupError, match=f"s3://{place}/: .*{words}"):
            manifest.names(missing)
        missing.close()


def test_a_full_server_is_said_and_what_is_there_can_be_read(bucket, server):
    bucket.write("a", io.BytesIO(TEXT))
    server.fill_disk()

    for size in (1, BIG):
        with pytest.raises(BackupError, match="b: the server cannot: too busy, or its disks are"):
            bucket.write("b", io.BytesIO(bytes(size)))

    server.empty_disk()
    with bucket.opened("a") as file:
        assert file.read() == TEXT
    assert list(bucket.sizes()) == [("a", len(TEXT))]


def test_two_clocks_that_differ_are_said_with_both_times(bucket, clock):
    bucket.write("a", io.BytesIO(TEXT))
    clock.set(3600)

    with pytest.raises(BackupError) as refused, bucket.opened("a"):
        pass

    clock.set(0)
    said = re.match(
        r"s3://.*/a: this host's clock is not the server's: (.*) here, (.*) there \(UTC\); set it",
        str(refused.value),
    )
    here, there = (datetime.fromisoformat(words) for words in said.groups())
    assert abs((there - here).total_seconds() - 3600) < 60
