"""A hot folder of a test's own, and the drops that its tests put there."""

import io
import os
import tarfile
import zipfile
from pathlib import Path

import pytest

from pdfjobs import config
from pdfjobs.models import IntakeRecord, Job, Run
from workers.intake import archives
from workers.tasks import intake

DECK = b"*HEADING\na beam\n*NODE\n1, 0., 0., 0.\n*STEP\n*STATIC\n*END STEP\n"
MESH = b"*NODE\n1, 0., 0., 0.\n"
MAIN = b"*HEADING\nmain\n*INCLUDE, INPUT=mesh.inp\n*STEP\n*STATIC\n*END STEP\n"

LIMITS = archives.Limits(total_bytes=10**9, members=1000, ratio=200.0)


class Scene:
    """One instance's folders, and intake as its workers call it."""

    def __init__(self, var: Path) -> None:
        self.instance = config.Instance(var)
        self.instance.make_folders()
        self.hot, self.runs = self.instance.hotfolder, self.instance.runs

    def put(self, name: str | bytes, content: bytes = DECK) -> Path:
        path = self.hot / os.fsdecode(name)
        path.write_bytes(content)
        return path

    def put_folder(self, name: str, files: dict[str, bytes]) -> Path:
        for inner, content in files.items():
            path = self.hot / name / inner
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        return self.hot / name

    def take_in(self, path: Path) -> Run | None:
        """As the watcher asks for it once it has settled."""
        now = path.lstat()
        return intake.take_in(
            "hotfolder", path.name, now.st_dev, now.st_ino, now.st_size, now.st_mtime_ns
        )

    def refusal_of(self, path: Path) -> str:
        """Takes in what must be refused: the reason; shows that all that was dropped is kept with it."""
        before = tree(path)
        assert self.take_in(path) is None
        record = IntakeRecord.objects.get(state="refused", name__isnull=False, job=None)
        kept = self.instance.rejected / record.kept_as
        name = "dropped_reason.txt" if path.name == "reason.txt" else path.name
        assert record.kept_as and tree(kept / name) == before
        assert (kept / "reason.txt").read_text() == f"{record.name}\n{record.reason}\n"
        assert (Job.objects.count(), self.incoming(), os.path.lexists(path)) == (0, [], False)
        return record.reason

    def incoming(self) -> list[str]:
        return sorted(os.listdir(self.instance.incoming))

    def folder_of(self, run: Run) -> Path:
        return self.runs / run.folder


def tree(path: Path) -> object:
    """What lies at a path: bytes of a file, target of a link, names and content of a folder, else its type."""
    if path.is_symlink():
        return ("link", str(path.readlink()))
    if path.is_dir():
        return {name: tree(path / name) for name in sorted(os.listdir(path))}
    return path.read_bytes() if path.is_file() else "special"


def zipped(files: dict[str, bytes]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return packed.getvalue()


def tarred(*members: tuple[tarfile.TarInfo, bytes], mode: str = "w:gz") -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode=mode) as archive:
        for info, content in members:
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return packed.getvalue()


@pytest.fixture
def scene(tmp_path, settings, transactional_db) -> Scene:
    made = Scene(tmp_path / "var")
    settings.INSTANCE = made.instance
    return made


@pytest.fixture
def unpacked(tmp_path):
    """Unpacks into tmp_path/in/target and gives what is there; nothing may come to lie beside it."""

    def unpack(packed: bytes, name: str = "a.zip", limits: archives.Limits = LIMITS) -> object:
        target = tmp_path / "in" / "target"
        target.mkdir(parents=True)
        (tmp_path / name).write_bytes(packed)
        try:
            archives.unpack(tmp_path / name, target, limits)
        finally:
            assert os.listdir(tmp_path / "in") == ["target"]
            assert sorted(os.listdir(tmp_path)) == sorted(["in", name])
        return tree(target)

    return unpack


def info(name: str, **fields) -> tarfile.TarInfo:
    made = tarfile.TarInfo(name)
    for field, value in fields.items():
        setattr(made, field, value)
    return made
