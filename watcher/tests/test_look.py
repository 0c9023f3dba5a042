import os
import tempfile
from pathlib import Path

import pytest

from watcher import look as module
from watcher.look import DeckKind, look_at


@pytest.fixture
def case(tmp_path):
    (tmp_path / "case" / "system").mkdir(parents=True)
    (tmp_path / "case" / "system" / "controlDict").write_text("endTime 1;")
    return tmp_path / "case"


def test_nothing_there_is_none(tmp_path):
    assert look_at(str(tmp_path), "beam.inp") is None


def test_a_file_is_its_lstat(tmp_path):
    (tmp_path / "beam.inp").write_bytes(b"*HEADING\n")
    status = (tmp_path / "beam.inp").lstat()

    seen = look_at(str(tmp_path), "beam.inp")

    stamp = (status.st_dev, status.st_ino, 9, status.st_mtime_ns)
    assert seen == module.Look(DeckKind.FILE, stamp, 9)


def test_a_symlink_is_looked_at_itself(tmp_path):
    (tmp_path / "beam.inp").symlink_to("/etc")

    seen = look_at(str(tmp_path), "beam.inp")

    assert (seen.kind, seen.stamp[1]) == (DeckKind.FILE, (tmp_path / "beam.inp").lstat().st_ino)


def test_a_sidecar_is_part_of_its_decks_look(tmp_path):
    (tmp_path / "beam.inp").touch()
    alone = look_at(str(tmp_path), "beam.inp")

    (tmp_path / "beam.inp.job.toml").write_text("cores = 2")

    assert look_at(str(tmp_path), "beam.inp") != alone


def test_a_sidecar_without_its_deck_is_told_as_such(tmp_path):
    (tmp_path / "beam.inp.job.toml").write_text("cores = 2")

    assert look_at(str(tmp_path), "beam.inp").kind is DeckKind.LONE_SIDECAR


@pytest.mark.parametrize("name", [b"a" * 255, b"caf\xe9.inp", b"new\nline 'x' \"y\".inp"])
def test_any_name_the_file_system_takes_can_be_looked_at(tmp_path, name):
    name = os.fsdecode(name)
    (tmp_path / name).write_text("abc")

    assert look_at(str(tmp_path), name).total_bytes == 3


def test_a_folder_is_told_with_the_bytes_in_it(case):
    seen = look_at(str(case.parent), "case")

    assert (seen.kind, seen.total_bytes, seen.stamp[1]) == (
        DeckKind.FOLDER,
        10,
        case.lstat().st_ino,
    )
    assert look_at(str(case.parent), "case") == seen


def test_a_folder_without_anything_is_empty(tmp_path):
    (tmp_path / "case").mkdir()

    assert look_at(str(tmp_path), "case").kind is DeckKind.EMPTY_FOLDER


@pytest.mark.parametrize(
    "change",
    [
        lambda case: (case / "system" / "controlDict").write_text("endTime 2;"),
        lambda case: (case / "system" / "new").touch(),
        lambda case: (case / "system" / "controlDict").unlink(),
        lambda case: (case / "system" / "controlDict").rename(case / "system" / "other"),
        lambda case: (case / "0").mkdir(),
    ],
)
def test_any_change_inside_a_folder_changes_its_look(case, change):
    os.utime(case / "system" / "controlDict", ns=(1, 1))
    before = look_at(str(case.parent), "case")

    change(case)

    assert look_at(str(case.parent), "case") != before


def test_a_huge_folder_is_looked_at_up_to_a_bound(case, monkeypatch):
    monkeypatch.setattr(module, "ENTRY_LIMIT", 20)
    for number in range(30):
        (case / f"{number}.vtu").write_bytes(b"x")

    seen = look_at(str(case.parent), "case")

    assert 18 <= seen.total_bytes <= 20
    assert look_at(str(case.parent), "case") == seen


def test_a_folder_that_cannot_be_read_settles_by_its_own_lstat():
    """As another user where the tests run as root, for whom every folder can be read."""
    with tempfile.TemporaryDirectory() as place:
        case = Path(place) / "case"
        case.mkdir(mode=0o700)
        (case / "beam.inp").write_text("abc")
        Path(place).chmod(0o755)
        case.chmod(0o000)
        stamp = (case.lstat().st_dev, case.lstat().st_ino)

        seen = _as_nobody(lambda: look_at(place, "case"))

        case.chmod(0o700)
    assert seen == repr((DeckKind.FOLDER, stamp, 0))


def _as_nobody(function):
    read_end, write_end = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            if os.geteuid() == 0:
                os.setuid(65534)
            seen = function()
            answer = repr((seen.kind, seen.stamp[:2], seen.total_bytes))
        except BaseException as error:
            answer = repr(error)
        os.write(write_end, answer.encode())
        os._exit(0)
    os.close(write_end)
    with os.fdopen(read_end, "rb") as pipe:
        answer = pipe.read().decode()
    os.waitpid(child, 0)
    return answer
