"""Bad input, each with the words that people get; whatever was dropped is kept, byte for byte."""

import os
import socket
import stat
from pathlib import Path

import pytest

from pdfjobs import config
from pdfjobs.models import IntakeRecord
from workers.tests.intake_scene import DECK, MAIN, MESH, scene, tree, zipped

__all__ = ["scene"]


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("empty.inp", b"", "empty.inp is empty (0 bytes); write the deck again"),
        ("photo.inp", bytes(range(256)) * 9, "photo.inp is not a text file, so it is no deck"),
        ("crash.k", b"*KEYWORD\n*TITLE\nx\n", "crash.k is a deck of no solver that the diary knows"),
        ("abaqus.inp", b"*HEADING\n*PREPRINT, ECHO=NO\n*PART, NAME=P\n", "of no solver"),
        ("reason.txt", b"hello\n", "reason.txt is a deck of no solver"),
        ("b.inp.job.toml", b"cores = 2\n", "a sidecar, but no deck b.inp came with it"),
        (b"\xff\n.inp", b"", r"\udcff\n.inp is empty"),
        (b"x" * 251 + b".inp", b"", "x.inp is empty"),
        ("cut.zip", zipped({"a.inp": DECK})[:-9], "damaged or was cut off"),
        ("none.zip", zipped({"a.txt": b"x"}), "No deck in it: none of its 1 files"),
    ],
)  # fmt: skip
def test_a_file_that_is_no_deck_is_refused(scene, name, content, words):
    assert words in scene.refusal_of(scene.put(name, content))


def make_fifo(path: Path) -> None:
    os.mkfifo(path)


def make_socket(path: Path) -> None:
    here = Path.cwd()
    os.chdir(path.parent)  # a socket's path must be short
    with socket.socket(socket.AF_UNIX) as made:
        made.bind(path.name)
    os.chdir(here)


def make_device(path: Path) -> None:
    try:
        os.mknod(path, stat.S_IFCHR | 0o600, os.makedev(1, 5))
    except PermissionError:
        pytest.skip("needs root, to make a device node")


def make_link(path: Path) -> None:
    path.symlink_to("/etc/passwd")


@pytest.mark.parametrize("make", [make_fifo, make_socket, make_device])
def test_what_is_neither_file_nor_folder_is_refused(scene, make):
    make(scene.hot / "a.inp")

    reason = scene.refusal_of(scene.hot / "a.inp")

    assert reason == "It is neither a file nor a folder; drop a deck."


def test_a_link_to_a_file_elsewhere_is_refused_and_never_followed(scene):
    make_link(scene.hot / "a.inp")

    assert scene.refusal_of(scene.hot / "a.inp") == "It is a symbolic link; drop the file itself."


@pytest.mark.parametrize("make", [make_fifo, make_socket, make_device, make_link])
def test_a_folder_with_such_things_is_refused(scene, make):
    folder = scene.put_folder("case", {"a.inp": DECK, "in/side": b""})
    make(folder / "in" / "odd")

    assert scene.refusal_of(folder).startswith("in/odd is ")


@pytest.mark.parametrize(
    ("target", "words"),
    [
        ("../b.inp", "mesh.inp is a link that is absolute or leaves the folder"),
        ("in/../../b.inp", "leaves the folder"),
        ("/nowhere", "is absolute"),
        ("..", "leaves the folder"),
    ],
)
def test_a_folder_whose_link_leaves_it_is_refused(scene, target, words):
    folder = scene.put_folder("case", {"a.inp": DECK, "in/side": b""})
    (folder / "mesh.inp").symlink_to(target)

    assert words in scene.refusal_of(folder)


def test_links_inside_a_folder_are_taken_as_they_are(scene):
    folder = scene.put_folder("case", {"a.inp": MAIN, "in/mesh.inp": MESH})
    (folder / "mesh.inp").symlink_to("in/mesh.inp")
    (folder / "dangling").symlink_to("in/nothing")
    (folder / "circle").symlink_to("circle")
    before = tree(folder)

    run = scene.take_in(folder)

    assert tree(scene.folder_of(run)) == before
    assert [i["state"] for i in run.job.deck["includes"]] == ["found"]


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ({}, "No deck in it: none of its 0 files"),
        ({"in/a.inp": DECK, "b.txt": b""}, "No deck in it: none of its 1 files"),
        ({"a.inp": b""}, "a.inp is empty (0 bytes)"),
        ({"a.inp": DECK, "b.inp": DECK}, 'Several decks in it: a.inp, b.inp. Name one in a sidecar: deck = "a.inp"'),
        ({"a.inp": DECK, "job.toml": b'deck = "../../etc/passwd"'}, 'names the deck "passwd", but'),
        ({"a.inp": DECK, "job.toml": b'deck = "no\\nne"'}, r'names the deck "no\nne", but'),
        ({"a.inp": DECK, "job.toml": b'deck = "job.toml"'}, "job.toml is a deck of no solver"),
        ({"a.inp": DECK, "x.job.toml": b"", "y.job.toml": b""}, "Several sidecars in it: x.job.toml, y.job.toml"),
        ({"a.inp": DECK, "job.toml/x": b""}, "job.toml is no file"),
        ({"/".join("d" * 110) + "/x": b"", "a.inp": DECK}, "nested more than 100 deep"),
    ],
)  # fmt: skip
def test_a_folder_without_a_plain_deck_is_refused(scene, files, words):
    (scene.hot / "case").mkdir()

    assert words in scene.refusal_of(scene.put_folder("case", files))


@pytest.mark.timeout(60)
def test_a_folder_with_60000_entries_is_refused(scene):
    folder = scene.put_folder("case", {"a.inp": DECK})
    for number in range(60_000):
        os.mknod(folder / str(number))

    assert scene.take_in(folder) is None

    record = IntakeRecord.objects.get()
    assert record.reason.startswith("The folder has more than 50000 entries")
    assert len(os.listdir(scene.instance.rejected / record.kept_as / "case")) == 60_001


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("*INCLUDE, INPUT=/etc/passwd", 'a.inp, line 3: the include "/etc/passwd" is absolute'),
        ("*INCLUDE, INPUT=../x.inp", 'the include "../x.inp" is absolute or leaves'),
        ("*INCLUDE, INPUT=in/../../x", 'line 3: the include "in/../../x"'),
    ],
)
def test_an_include_that_leaves_the_folder_is_refused(scene, line, words):
    folder = scene.put_folder(
        "case", {"a.inp": MAIN.replace(b"*INCLUDE, INPUT=mesh.inp", line.encode())}
    )

    assert words in scene.refusal_of(folder)


def test_such_an_include_is_found_behind_an_include_with_a_name_of_odd_bytes(scene):
    text = b"*INCLUDE, INPUT=/tmp/\xff\xe4.inp\n"
    folder = scene.put_folder("case", {"a.inp": MAIN, "mesh.inp": text})

    reason = scene.refusal_of(folder)

    assert reason.startswith(r'mesh.inp, line 1: the include "/tmp/\udcff\udce4.inp" is absolute')


def test_more_includes_than_are_looked_at_are_refused(scene):
    text = b"*INCLUDE, INPUT=m.inp\n" * 1000 + b"*INCLUDE, INPUT=/etc/passwd\n"
    folder = scene.put_folder("case", {"a.inp": b"*HEADING\nx\n" + text, "m.inp": b"**\n"})

    assert scene.refusal_of(folder)


def test_outside_includes_are_taken_where_the_settings_allow_them(scene, settings):
    settings.PDFJOBS = config.Settings(intake=config.Intake(allow_outside_includes=True))

    run = scene.take_in(scene.put("a.inp", b"*INCLUDE, INPUT=/etc/none\n*STEP\n*END STEP\n"))

    assert [i["state"] for i in run.job.deck["includes"]] == ["outside"]


def test_a_missing_include_makes_a_job_that_names_it(scene):
    run = scene.take_in(scene.put("a.inp", MAIN))

    assert run.job.deck["includes"] == [
        {"name": "mesh.inp", "line": 3, "source": "", "state": "missing"}
    ]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"cores = \n", "a.inp.job.toml: not valid TOML: "),
        (b"\xff\xfe\0", "not valid TOML"),
        (b"#" * 70_000, "a.inp.job.toml: larger than 65536 bytes"),
        (b"a = " + b"[" * 30_000, "not valid TOML"),
        (b"cores = " + b"9" * 5000, "not valid TOML"),
        (b"core = 2\n", "core: Extra inputs are not permitted. Allowed keys: project, info"),
        (b'cores = "4"\n', "cores: Input should be a valid integer"),
        (b"cores = true\n", "cores: Input should be a valid integer"),
        (b"cores = 0\n", "cores: Input should be greater than or equal to 1"),
        (b"project = 5\n", "project: Input should be a valid string"),
        (b"base_runs = [1, -2]\n", "base_runs.1: Input should be greater than 0"),
        (b"wall_limit_s = inf\n", "wall_limit_s: "),
        (b"wall_limit_s = nan\n", "wall_limit_s: "),
        (b'info = "a\\u0000b"\n', "info: Value error, must not hold the character NUL"),
        (b'"a\\u0000\\nb" = 1\n', r"a\x00\nb: Extra inputs"),
    ],
)
def test_a_bad_sidecar_is_refused_with_its_deck(scene, content, words):
    beside = scene.put("a.inp.job.toml", content)

    reason = scene.refusal_of(scene.put("a.inp"))

    record = IntakeRecord.objects.get()
    assert words in reason and reason.startswith("a.inp.job.toml: ")
    assert (scene.instance.rejected / record.kept_as / beside.name).read_bytes() == content
    assert not beside.exists()


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (make_link, "a.inp.job.toml is a symbolic link"),
        (make_socket, "a.inp.job.toml is no file"),
        (Path.mkdir, "a.inp.job.toml is no file"),
    ],
)
def test_a_sidecar_that_is_no_file_is_refused_with_its_deck(scene, make, words):
    make(scene.hot / "a.inp.job.toml")

    assert words in scene.refusal_of(scene.put("a.inp"))

    assert os.listdir(scene.hot) == []


def test_a_deck_that_goes_while_it_is_taken_in_is_noted_as_gone(scene, monkeypatch):
    path = scene.put("a.inp")
    real = Path.lstat
    looks = []

    def vanish(self):
        if self == path:
            looks.append(self)
            if len(looks) == 4:
                path.unlink()
        return real(self)

    monkeypatch.setattr(Path, "lstat", vanish)
    assert scene.take_in(path) is None

    (record,) = IntakeRecord.objects.all()
    assert (record.state, record.reason) == ("gone", "taken away while it was taken in")
    assert scene.incoming() == []
