"""A diary of its own in the database that the tests run on, with a job and an attachment, and a folder for its backups."""

import hashlib
import secrets
import shutil
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.management import call_command
from django.utils import timezone

from pdfjobs.backups import maker, restorer
from pdfjobs.backups.defaultdatabase import taken_by
from pdfjobs.backups.diary import Diary, Shelf
from pdfjobs.backups.engine import engine_of
from pdfjobs.backups.key import key_of
from pdfjobs.backups.postgresqltools import connected
from pdfjobs.backups.store import Folder
from pdfjobs.config import Instance
from pdfjobs.models import Attachment, Job

TEXT = b"a picture of a beam"


class Scene:
    """One instance, its diary not Django's own."""

    def __init__(self, root: Path, template: "Template", identity: str = "") -> None:
        self.root, self.identity = root, identity
        self.inst = Instance(root / "var")
        self.inst.var.mkdir()
        self.inst.secret_key.write_text("a secret")
        self.store = root / "store"
        self.entry = template.copy(self.inst.database)

    @property
    def shelf(self) -> Shelf:
        return Shelf(Folder(self.store), key_of(self.identity))

    def diary(self, *, is_mirror: bool = False) -> Diary:
        return Diary.of(self.inst, self.entry, is_mirror=is_mirror)

    def back_up(self, keep: int = 14) -> maker.Made:
        return maker.make(self.diary(), self.shelf, keep)

    def restore(self, name: str, *, replace: bool = False, as_staging: bool = False) -> list[str]:
        return restorer.restore(
            self.diary(), self.shelf, name, replace=replace, as_staging=as_staging
        )

    def sums(self) -> dict[str, tuple[int, str]]:
        with engine_of(self.entry, self.diary().spool).snapshot() as snapshot:
            return snapshot.sums()

    def attached(self) -> dict[str, bytes]:
        """Bytes of each file below VAR/attachments."""
        return files_below(self.inst.attachments)

    def stored(self) -> list[str]:
        return sorted(files_below(self.store))

    def stored_file(self, kind: str, name: str = "") -> Path:
        """The one of this kind of a backup; without its name, the one attachment."""
        (file,) = self.store.glob(f"{name}/{kind}*" if name else f"{kind}s/*/*")
        return file

    def add_job(self, number: int, attachment: bytes = b"") -> Job:
        with taken_by(self.entry):
            job = Job.objects.create(
                number=number, name=f"{number}.inp", submitted_at=timezone.now()
            )
            if attachment:
                sha256 = hashlib.sha256(attachment).hexdigest()
                file = self.inst.attachments / sha256[:2] / sha256
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_bytes(attachment)
                Attachment.objects.create(
                    job=job, name="a", sha256=sha256, size=len(attachment), media_type="text/plain"
                )
        return job

    def drop_attachment(self, content: bytes) -> None:
        """No job names it, and the disk has it no more."""
        sha256 = hashlib.sha256(content).hexdigest()
        with taken_by(self.entry):
            Attachment.objects.filter(sha256=sha256).delete()
        (self.inst.attachments / sha256[:2] / sha256).unlink()

    def numbers(self) -> list[int]:
        with taken_by(self.entry):
            found = Job.objects.order_by("number")
            return list(found.values_list("number", flat=True))

    def drop(self) -> None:
        """Database and attachments are lost."""
        if is_sqlite():
            for file in self.inst.var.glob("diary.sqlite3*"):
                file.unlink()
        else:
            _drop_databases([str(self.entry["NAME"])])
        shutil.rmtree(self.inst.attachments, ignore_errors=True)

    def databases(self) -> list[str]:
        """Those of the server that belong to this scene; none with SQLite."""
        if is_sqlite():
            return []
        query = "SELECT datname FROM pg_database WHERE starts_with(datname, %s) ORDER BY 1"
        with connected(settings.DATABASES["default"], "postgres") as server:
            return [name for (name,) in server.execute(query, [self.entry["NAME"]]).fetchall()]

    def remove(self) -> None:
        _drop_databases(self.databases())


class Template:
    """An empty diary that has seen every migration, to copy from."""

    def __init__(self, folder: Path) -> None:
        self._file, self._name = folder / "template.sqlite3", f"template_{secrets.token_hex(4)}"
        self.entry = {
            **settings.DATABASES["default"],
            "NAME": str(self._file) if is_sqlite() else self._name,
        }
        if not is_sqlite():
            _make_durable("off")
            self._make_database(self._name, "template0")
        with taken_by(self.entry):
            call_command("migrate", verbosity=0, interactive=False)

    def copy(self, file: Path) -> dict[str, Any]:
        """Django's entry for one."""
        if is_sqlite():
            shutil.copy(self._file, file)
            return {**self.entry, "NAME": str(file)}
        name = f"scene_{secrets.token_hex(4)}"
        self._make_database(name, self._name)
        return {**self.entry, "NAME": name}

    def remove(self) -> None:
        if not is_sqlite():
            _drop_databases([self._name])
            _make_durable("on")

    def _make_database(self, name: str, template: str) -> None:
        with connected(settings.DATABASES["default"], "postgres") as server:
            server.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')


def is_sqlite() -> bool:
    return "sqlite" in settings.DATABASES["default"]["ENGINE"]


def _make_durable(how: str) -> None:
    """Each database that is made or dropped is a checkpoint, which takes seconds where others use the disk too."""
    with connected(settings.DATABASES["default"], "postgres") as server:
        server.execute(f"ALTER SYSTEM SET fsync = {how}")
        server.execute("SELECT pg_reload_conf()")


def _drop_databases(names: list[str]) -> None:
    for name in names:
        with connected(settings.DATABASES["default"], "postgres") as server:
            server.execute(f'DROP DATABASE IF EXISTS "{name}" (FORCE)')


def files_below(folder: Path) -> dict[str, bytes]:
    return {
        file.relative_to(folder).as_posix(): file.read_bytes()
        for file in folder.rglob("*")
        if file.is_file()
    }


@pytest.fixture
def identity():
    """Of the key; empty: nothing is encrypted."""
    return ""


@pytest.fixture(scope="module")
def template(tmp_path_factory, django_db_blocker):
    with django_db_blocker.unblock():
        made = Template(tmp_path_factory.mktemp("template"))
        yield made
        made.remove()


@pytest.fixture
def scene(tmp_path, identity, template, django_db_blocker):
    """With one job and its attachment."""
    with django_db_blocker.unblock():
        made = Scene(tmp_path, template, identity)
        made.add_job(1000001, TEXT)
        yield made
        made.remove()


def flip_a_byte(file: Path) -> None:
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)
