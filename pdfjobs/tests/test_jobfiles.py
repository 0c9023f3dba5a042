"""Reading in run folders: what is given out, and every way out of the folder that is closed."""

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pdfjobs import jobfiles
from pdfjobs.jobfiles import Entry, NoSuchFileError


@pytest.fixture
def run_folder(tmp_path, monkeypatch):
    """runs/1_deck with a secret beside it."""
    runs = tmp_path / "runs"
    folder = runs / "1_deck"
    (folder / "sub").mkdir(parents=True)
    (tmp_path / "secret").write_text("secret")
    (runs / "secret").write_text("secret")
    (folder / "a.log").write_text("one\ntwo\nthree\n")
    (folder / "sub" / "b.log").write_text("inner\n")
    monkeypatch.setattr(jobfiles, "root_path", {"runs": runs}.__getitem__)
    return folder


def read(path, folder="1_deck"):
    with jobfiles.opened("runs", folder, path) as file:
        return file.read(0, 1 << 20)


def test_a_file_is_read_from_any_place_and_its_size_known(run_folder):
    with jobfiles.opened("runs", "1_deck", "a.log") as file:
        assert (file.size, file.read(4, 3), file.read(14, 9)) == (14, b"two", b"")


def test_a_file_further_in_is_read(run_folder):
    assert read("sub/b.log") == b"inner\n"


def test_names_that_are_not_utf8_are_found(run_folder):
    (run_folder / os.fsdecode(b"\xe4.log")).write_text("latin\n")

    assert read(os.fsdecode(b"\xe4.log")) == b"latin\n"


@pytest.mark.parametrize(
    "path",
    [
        "../secret",
        "../../secret",
        "sub/../../secret",
        "/etc/passwd",
        "//etc/passwd",
        "",
        ".",
        "..",
        "a.log/",
        "sub//b.log",
        "./a.log",
        "sub",
        "a.log\0",
        "absent.log",
        "a.log/inner",
        "x" * 5000,
    ],
)
def test_what_is_no_plain_file_inside_is_refused(run_folder, path):
    with pytest.raises(NoSuchFileError):
        read(path)


@pytest.mark.parametrize("folder", ["..", "../..", "/etc", "1_deck/..", "1_deck/../..", "\0"])
def test_a_folder_that_leaves_its_root_is_refused(run_folder, folder):
    with pytest.raises(NoSuchFileError):
        read("secret", folder)
    assert jobfiles.list_files("runs", folder) == []


def test_links_are_refused_wherever_they_stand_in_the_path(run_folder, tmp_path):
    (run_folder / "link.log").symlink_to(tmp_path / "secret")
    (run_folder / "inside.log").symlink_to("a.log")
    (run_folder / "out").symlink_to(tmp_path)
    (run_folder.parent / "other").symlink_to(tmp_path)

    for folder, path in (
        ("1_deck", "link.log"),
        ("1_deck", "inside.log"),
        ("1_deck", "out/secret"),
        ("other", "secret"),
    ):
        with pytest.raises(NoSuchFileError):
            read(path, folder)


def test_a_pipe_is_refused_at_once(run_folder):
    os.mkfifo(run_folder / "pipe.log")

    with pytest.raises(NoSuchFileError):
        read("pipe.log")


def test_the_listing_has_regular_files_only(run_folder, tmp_path):
    (run_folder / ".pdfjobs").mkdir()
    (run_folder / ".pdfjobs" / "run-1.json").write_text("{}")
    (run_folder / ".hidden").write_text("")
    (run_folder / "link.log").symlink_to(tmp_path / "secret")
    (run_folder / "out").symlink_to(tmp_path)
    os.mkfifo(run_folder / "pipe.log")
    os.utime(run_folder / "a.log", (5, 5))
    os.utime(run_folder / "sub" / "b.log", (6, 6))

    assert jobfiles.list_files("runs", "1_deck") == [
        Entry("a.log", 14, 5.0),
        Entry("sub/b.log", 6, 6.0),
    ]


def test_the_listing_ends_at_its_limit(run_folder, monkeypatch):
    monkeypatch.setattr(jobfiles, "MOST_ENTRIES", 3)
    for i in range(5):
        (run_folder / f"{i}.log").write_text("")

    assert len(jobfiles.list_files("runs", "1_deck")) == 3


def test_a_folder_that_is_gone_lists_as_empty(run_folder):
    assert jobfiles.list_files("runs", "2_gone") == []


def test_only_roots_of_the_settings_are_known(settings):
    assert jobfiles.root_path("runs") == settings.INSTANCE.runs
    for name in ("hotfolder", "", "..", "/"):
        with pytest.raises(NoSuchFileError):
            jobfiles.root_path(name)


@given(path=st.text("./a\0\\l og", max_size=12))
def test_no_mix_of_dots_and_slashes_ever_leaves_the_folder(path, tmp_path_factory):
    base = tmp_path_factory.getbasetemp() / "mix"
    (base / "runs" / "1").mkdir(parents=True, exist_ok=True)
    for place in (base, base / "runs"):
        for name in ("a", "l", "og", "a\\"):
            (place / name).write_text("secret")
    (base / "runs" / "1" / "a").write_text("ours")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(jobfiles, "root_path", {"runs": base / "runs"}.__getitem__)
        try:
            text = read(path, "1")
        except NoSuchFileError:
            text = b"ours"

    assert text == b"ours"
