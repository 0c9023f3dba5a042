"""What a backup holds, and how its files are told from changed ones; written last, so without it there is no backup."""

import hmac
import io
import json
import re
from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import Field, ValidationError

from pdfjobs.backups.errors import BackupError, DamagedError, MissingError
from pdfjobs.backups.key import Key, NoKey
from pdfjobs.backups.store import Store
from pdfjobs.table import Table

NAME = r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}\.[0-9]{2}\.[0-9]{2}Z(-[0-9]{4})?(-staging)?"
FILE = "manifest.json"
MOST_BYTES = 16 * 2**20

EngineName = Literal["sqlite", "postgresql"]
FileName = Literal["database", "settings", "attachments"]


class StoredFile(Table):
    size: int
    sha256: str
    """Of the bytes as they lie in the store."""


class Manifest(Table):
    format: Literal[1] = 1
    name: Annotated[str, Field(pattern=f"^{NAME}$")]
    made_at: str
    """ISO 8601, UTC."""
    host: str
    mirror: bool
    """Made on a staging mirror."""
    encrypted: bool
    engine: EngineName
    locale: dict[str, str]
    """Of a PostgreSQL database: what its order of words follows."""
    migrations: list[str]
    """Those the database had seen, as "app.name"."""
    tables: dict[str, tuple[int, str]]
    """Rows, and a sum over all that stands in them."""
    files: dict[FileName, StoredFile]
    attachments: int
    attachment_bytes: int
    missing: list[str]
    """Attachments that jobs name and the disk did not have."""

    @property
    def bytes(self) -> int:
        return sum(file.size for file in self.files.values()) + self.attachment_bytes

    def path(self, file: FileName, key: Key) -> str:
        return path_of(self.name, file, key)


def path_of(name: str, file: FileName, key: Key) -> str:
    """In the store, of a file of a backup."""
    return f"{name}/{file}{key.ending}"


def write(store: Store, manifest: Manifest, key: Key) -> None:
    inner = manifest.model_dump(mode="json")
    outer = {"seal": key.fingerprint("manifest", _bytes_of(inner)), "manifest": inner}
    store.write(f"{manifest.name}/{FILE}", io.BytesIO(json.dumps(outer, indent=1).encode()))


def read(store: Store, name: str, key: Key) -> Manifest:
    """Raises MissingError for no such backup, DamagedError for one whose manifest is not as it was written."""
    path = f"{name}/{FILE}"
    with store.opened(path) as file:
        raw = file.read(MOST_BYTES)
    try:
        outer = json.loads(raw)
        seal, inner = str(outer["seal"]), outer["manifest"]
        is_encrypted = bool(inner["encrypted"])
    except (ValueError, KeyError, TypeError):
        raise DamagedError(f"{store.place(path)}: damaged: no manifest of a backup") from None
    if is_encrypted == isinstance(key, NoKey):
        raise BackupError(
            f"{store.place(path)}: "
            + (
                "encrypted; say which key: --key-file, or backup.key_file"
                if is_encrypted
                else "not encrypted, and whoever can write there may have made it; to take it all"
                " the same: --without-key"
            )
        )
    if not hmac.compare_digest(seal, key.fingerprint("manifest", _bytes_of(inner))):
        raise DamagedError(
            f"{store.place(path)}: damaged"
            + (", or written with another key than this one" if is_encrypted else "")
            + "; take another backup: manage.py backup --list"
        )
    try:
        manifest = Manifest.model_validate_json(json.dumps(inner))
    except ValidationError as error:
        where = ".".join(str(part) for part in error.errors()[0]["loc"])
        raise BackupError(
            f"{store.place(path)}: of another version of this program ({where}); restore it with that version"
        ) from None
    if manifest.name != name:
        raise DamagedError(f"{store.place(path)}: is the manifest of {manifest.name}")
    return manifest


def names(store: Store) -> list[str]:
    """Of what is complete, the oldest first."""
    return sorted(_folders(store, complete=True))


def unfinished(store: Store) -> list[str]:
    """Of what was begun and never came to its manifest."""
    complete = set(_folders(store, complete=True))
    return sorted(set(_folders(store, complete=False)) - complete)


def newest(store: Store) -> str:
    found = [name for name in names(store) if not name.endswith("-staging")]
    if not found:
        raise MissingError(f"{store.place('')}: no backup there")
    return found[-1]


def _folders(store: Store, *, complete: bool) -> Iterator[str]:
    for path, _size in store.sizes():
        folder, _, file = path.partition("/")
        if re.fullmatch(NAME, folder) and (file == FILE or not complete):
            yield folder


def _bytes_of(inner: object) -> bytes:
    return json.dumps(inner, sort_keys=True, separators=(",", ":")).encode()
