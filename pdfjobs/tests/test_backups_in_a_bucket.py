"""A bucket of a real S3 server (Moto's, over HTTP) as the place of backups; what a folder promises holds here too."""

import io
import subprocess
import sys
import time

import boto3
import pytest
from botocore.exceptions import EndpointConnectionError

from pdfjobs.backups import maker, manifest, restorer, verification
from pdfjobs.backups.diary import Shelf
from pdfjobs.backups.errors import BackupError, DamagedError, MissingError
from pdfjobs.backups.key import NoKey
from pdfjobs.backups.s3 import Bucket
from pdfjobs.backups.setting import Backup
from pdfjobs.tests.backup_scene import TEXT
from tests.service import free_port, wait_for

pytestmark = pytest.mark.timeout(60)
"""The server takes seconds to load."""
TO = "s3://diary/department/one"
PART = 16 * 2**20


@pytest.fixture(scope="module")
def setting():
    """Of a server with an empty bucket `diary`."""
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, "-m", "moto.server", "--host", "127.0.0.1", "--port", str(port)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    made = Backup(to=TO, s3_endpoint=f"http://127.0.0.1:{port}", s3_access_key="mara")
    client = boto3.client(
        "s3",
        endpoint_url=made.s3_endpoint,
        region_name="us-east-1",
        aws_access_key_id="mara",
        aws_secret_access_key="secret",
    )

    def is_made():
        try:
            return client.create_bucket(Bucket="diary")
        except EndpointConnectionError:
            return None

    wait_for(is_made, "the bucket", 50)
    yield made
    client.close()
    process.terminate()
    process.wait()


@pytest.fixture
def bucket(setting, monkeypatch):
    monkeypatch.setenv("PDFJOBS_BACKUP_S3_SECRET", "secret")
    opened = Bucket(setting, f"{TO}-{time.monotonic_ns()}")
    yield opened
    opened.close()


def test_a_file_of_many_parts_comes_back_and_goes(bucket):
    content = bytes(range(256)) * (PART // 256) + b"and a part of five"

    bucket.write("a/b", io.BytesIO(content))

    with bucket.opened("a/b") as file:
        assert file.read() == content
    assert list(bucket.sizes("a/")) == [("a/b", len(content))]
    bucket.remove("a/b")
    bucket.remove("a/b")
    assert list(bucket.sizes()) == []
    with pytest.raises(MissingError, match="a/b: not there"), bucket.opened("a/b"):
        pass


def test_a_diary_comes_back_from_a_bucket_and_damage_is_named(bucket, scene):
    shelf = Shelf(bucket, NoKey())
    before = scene.sums(), scene.attached()
    made = [maker.make(scene.diary(), shelf, 2).manifest.name for _ in range(3)]
    assert manifest.names(bucket) == made[1:]
    scene.drop()

    restorer.restore(scene.diary(), shelf, made[2], replace=False, as_staging=False)

    assert (scene.sums(), scene.attached()) == before
    (path,) = (path for path, _size in bucket.sizes("attachments/"))
    bucket.write(path, io.BytesIO(TEXT[::-1]))
    held = manifest.read(bucket, made[2], NoKey())
    with pytest.raises(DamagedError) as refused:
        verification.check(scene.diary(), shelf, held)
    assert str(refused.value).startswith(f"{bucket.place(path)}: damaged")


def test_a_bucket_that_is_not_there_is_said(setting, monkeypatch):
    monkeypatch.setenv("PDFJOBS_BACKUP_S3_SECRET", "secret")
    missing = Bucket(setting, "s3://nobodys")

    with pytest.raises(BackupError, match=r"s3://nobodys/a: .*NoSuchBucket"):
        missing.write("a", io.BytesIO(b"a"))
    missing.close()
