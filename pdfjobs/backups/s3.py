"""A bucket of an S3-compatible server as a store."""

import os
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from typing import Any, BinaryIO, ParamSpec, TypeVar, cast

import boto3
from boto3.s3.transfer import TransferConfig
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from pdfjobs.backups.errors import BackupError, MissingError
from pdfjobs.backups.s3words import code_of, words_of
from pdfjobs.backups.setting import Backup
from pdfjobs.backups.store import HalfMade

P = ParamSpec("P")
R = TypeVar("R")
PART_BYTES = 16 * 2**20
MOST_PARTS = 1000
"""OpenStack Swift takes no more; Amazon takes ten times as many."""
# Other servers than Amazon's do not all know the newer checksums.
CONFIG = Config(
    connect_timeout=10,
    read_timeout=60,
    retries={"mode": "standard", "max_attempts": 5},
    request_checksum_calculation="when_required",
    response_checksum_validation="when_required",
)
ABSENT = ("NoSuchKey", "NoSuchUpload", "404")
TRIES = 5
"""How often a file is read on from where its connection broke, without a byte more."""


class Bucket:
    """Files below s3://bucket/prefix; the server itself shows a file only once all of it is there."""

    def __init__(self, setting: Backup, to: str) -> None:
        self.bucket, _, prefix = to.removeprefix("s3://").partition("/")
        self._prefix = f"{prefix}/" if prefix else ""
        self._client: Any = boto3.client(
            "s3",
            endpoint_url=setting.s3_endpoint or None,
            region_name=setting.s3_region or None,
            aws_access_key_id=setting.s3_access_key or None,
            aws_secret_access_key=setting.s3_secret() if setting.s3_access_key else None,
            config=CONFIG,
        )

    def close(self) -> None:
        """Ends its connections."""
        self._client.close()

    def place(self, path: str) -> str:
        return f"s3://{self.bucket}/{self._prefix}{path}"

    def write(self, path: str, source: BinaryIO) -> None:
        self._ask(
            path,
            self._client.upload_fileobj,
            source,  # which it closes
            self.bucket,
            self._prefix + path,
            # One part at a time: memory stays at one part's size.
            Config=TransferConfig(multipart_chunksize=part_bytes(_left(source)), use_threads=False),
        )

    @contextmanager
    def opened(self, path: str) -> Iterator[BinaryIO]:
        def answer(**words: str) -> Any:
            return self._ask(
                path,
                self._client.get_object,
                Bucket=self.bucket,
                Key=self._prefix + path,
                **words,
            )

        with closing(_Body(answer, self.place(path))) as body:
            yield cast(BinaryIO, body)

    def sizes(self, below: str = "") -> Iterator[tuple[str, int]]:
        pages = self._client.get_paginator("list_objects_v2")
        found = iter(pages.paginate(Bucket=self.bucket, Prefix=self._prefix + below))
        while (page := self._ask(below, lambda: next(found, None))) is not None:
            for each in page.get("Contents", ()):
                yield each["Key"].removeprefix(self._prefix), each["Size"]

    def remove(self, path: str) -> None:
        self._ask(path, self._client.delete_object, Bucket=self.bucket, Key=self._prefix + path)

    def half_made(self, below: str = "") -> Iterator[HalfMade]:
        pages = self._client.get_paginator("list_multipart_uploads")
        found = iter(pages.paginate(Bucket=self.bucket, Prefix=self._prefix + below))
        while (page := self._ask(below, lambda: next(found, None))) is not None:
            for each in page.get("Uploads", ()):
                path = each["Key"].removeprefix(self._prefix)
                yield HalfMade(path, each["Initiated"], each["UploadId"])

    def drop(self, half: HalfMade) -> None:
        try:
            self._ask(
                half.path,
                self._client.abort_multipart_upload,
                Bucket=self.bucket,
                Key=self._prefix + half.path,
                UploadId=half.mark,
            )
        except MissingError:
            pass  # whoever was at it has ended it

    def _ask(self, path: str, ask: Callable[P, R], *words: P.args, **named: P.kwargs) -> R:
        try:
            return ask(*words, **named)
        except ClientError as error:
            if code_of(error) in ABSENT:
                raise MissingError(f"{self.place(path)}: not there") from None
            raise BackupError(f"{self.place(path)}: {words_of(error)}") from error
        except (BotoCoreError, boto3.exceptions.Boto3Error) as error:
            raise BackupError(f"{self.place(path)}: {error}; see [backup]") from error


def part_bytes(size: int) -> int:
    """Of each part of a file of this size."""
    return max(PART_BYTES, -(-size // MOST_PARTS))


def _left(source: BinaryIO) -> int:
    """Bytes from where it stands to its end."""
    here = source.tell()
    end = source.seek(0, os.SEEK_END)
    source.seek(here)
    return end - here


class _Body:
    """A file's bytes. Where a connection breaks it is read on from there; what breaks always is said with its place."""

    def __init__(self, answer: Callable[..., Any], place: str) -> None:
        self._answer, self._place, self._read = answer, place, 0
        opened = answer()
        self._body, self._etag = opened["Body"], opened["ETag"]

    def read(self, size: int = -1) -> bytes:
        tries = TRIES
        while True:
            try:
                block = bytes(self._body.read(None if size < 0 else size))
            except (BotoCoreError, OSError) as error:
                tries -= 1
                if not tries:
                    raise BackupError(f"{self._place}: broke off: {error}") from error
                self._read_on()
            else:
                self._read += len(block)
                return block

    def close(self) -> None:
        self._body.close()

    def _read_on(self) -> None:
        """The same file's rest, in the place of an answer that broke."""
        self._body.close()
        rest = self._answer(Range=f"bytes={self._read}-", IfMatch=self._etag)
        self._body = rest["Body"]
