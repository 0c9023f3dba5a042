"""A bucket of an S3-compatible server as a store."""

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from typing import Any, BinaryIO, ParamSpec, TypeVar, cast

import boto3
from boto3.s3.transfer import TransferConfig
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from pdfjobs.backups.errors import BackupError, MissingError
from pdfjobs.backups.setting import Backup

P = ParamSpec("P")
R = TypeVar("R")
# One part at a time: memory stays at one part's size, however large the file.
TRANSFER = TransferConfig(multipart_chunksize=16 * 2**20, use_threads=False)
# Other servers than Amazon's do not all know the newer checksums.
CONFIG = Config(
    connect_timeout=10,
    read_timeout=60,
    retries={"mode": "standard", "max_attempts": 5},
    request_checksum_calculation="when_required",
    response_checksum_validation="when_required",
)
ABSENT = ("NoSuchKey", "404")


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
            Config=TRANSFER,
        )

    @contextmanager
    def opened(self, path: str) -> Iterator[BinaryIO]:
        answer = self._ask(
            path, self._client.get_object, Bucket=self.bucket, Key=self._prefix + path
        )
        with closing(answer["Body"]) as body:
            yield cast(BinaryIO, _Body(body, self.place(path)))

    def sizes(self, below: str = "") -> Iterator[tuple[str, int]]:
        pages = self._client.get_paginator("list_objects_v2")
        found = iter(pages.paginate(Bucket=self.bucket, Prefix=self._prefix + below))
        while (page := self._ask(below, lambda: next(found, None))) is not None:
            for each in page.get("Contents", ()):
                yield each["Key"].removeprefix(self._prefix), each["Size"]

    def remove(self, path: str) -> None:
        self._ask(path, self._client.delete_object, Bucket=self.bucket, Key=self._prefix + path)

    def _ask(self, path: str, ask: Callable[P, R], *words: P.args, **named: P.kwargs) -> R:
        try:
            return ask(*words, **named)
        except ClientError as error:
            if error.response.get("Error", {}).get("Code") in ABSENT:
                raise MissingError(f"{self.place(path)}: not there") from None
            raise BackupError(f"{self.place(path)}: {error}") from error
        except (BotoCoreError, boto3.exceptions.Boto3Error) as error:
            raise BackupError(f"{self.place(path)}: {error}; see [backup]") from error


class _Body:
    """An answer's bytes; a connection that breaks is said with the file's place."""

    def __init__(self, body: Any, place: str) -> None:
        self._body, self._place = body, place

    def read(self, size: int = -1) -> bytes:
        try:
            return bytes(self._body.read(None if size < 0 else size))
        except (BotoCoreError, OSError) as error:
            raise BackupError(f"{self._place}: broke off: {error}") from error
