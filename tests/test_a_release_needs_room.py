"""Before a release changes anything, the disks must have room for a backup and a copy of the database; with a real server
and disks of the test's own."""

import os
import re
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.disks import small_disk
from tests.postgres import Server
from tests.service import APP

pytestmark = [
    pytest.mark.timeout(120),
    pytest.mark.skipif(os.geteuid() != 0, reason="needs root, as whoever brings releases"),
]

BRING = APP / "provision/roles/release/files/bring"
MB = 10**6
SPARE = 64 * 2**20
FILL = (
    "CREATE TABLE points AS SELECT n, repeat(md5(n::text), 20) AS text"
    " FROM generate_series(1, 30000) n"
)


@pytest.fixture(scope="module")
def places():
    """Disks for the server, the instance and its backups."""
    with ExitStack() as stack:
        top = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="room-")))
        top.chmod(0o755)
        yield {
            name: stack.enter_context(small_disk(top / name, size))
            for name, size in (("server", 500), ("var", 300), ("backups", 200))
        }


@pytest.fixture(scope="module")
def server(places):
    """With a database of 30 MB and more."""
    kept, tempfile.tempdir = tempfile.tempdir, str(places["server"])
    places["server"].chmod(0o755)
    try:
        made = Server()
    finally:
        tempfile.tempdir = kept
    made.start()
    made.toml = made.database("diary")
    made.ask(FILL, name="diary")
    made.ask("CHECKPOINT")
    yield made
    made.remove()


@pytest.fixture
def look(tmp_path, places, server):
    """Status and words of `pdfjobs-release --room`, as if this checkout were the release that runs."""
    app, etc = tmp_path / "app", tmp_path / "etc"
    (app / "releases").mkdir(parents=True)
    etc.mkdir()
    (app / "releases" / "now").symlink_to(APP)
    (app / "current").symlink_to(app / "releases" / "now")
    (etc / "environment").write_text(
        f"PDFJOBS_VAR={places['var']}\nPDFJOBS_CONFIG={etc}/pdfjobs.toml\n"
    )

    def looked(to=str(places["backups"])):
        (etc / "pdfjobs.toml").write_text(f'{server.toml}[backup]\nto = "{to}"\n')
        done = subprocess.run(
            [
                *(sys.executable, "-B", str(BRING), "--room", "--user", "root"),
                *("--app", str(app), "--etc", str(etc)),
            ],
            capture_output=True,
            text=True,
        )
        return done.returncode, done.stdout + done.stderr

    return looked


@pytest.fixture
def sizes(server):
    """Of the database, and of its tables alone."""
    query = "SELECT pg_database_size('diary'), pg_table_size('points')"
    return server.ask(query, name="diary")[0]


def leave(place, size):
    """A file that leaves so many bytes of the disk."""
    room = os.statvfs(place)
    filler = place / ".filler"
    with filler.open("wb") as file:
        os.posix_fallocate(file.fileno(), 0, int(room.f_bavail * room.f_frsize - size))
    return filler


@pytest.mark.parametrize(
    ("disk", "words", "wanted"),
    [
        ("server", "a copy of the database", lambda whole, _tables: 2 * whole),
        ("var", "a backup", lambda _whole, tables: 2 * tables),
        ("backups", "a backup", lambda _whole, tables: tables),
    ],
)
def test_a_disk_without_room_is_refused_and_one_with_room_is_not(
    look, places, sizes, disk, words, wanted
):
    needed = wanted(*sizes) + SPARE
    filler = leave(places[disk], needed - MB)
    try:
        status, said = look()
        filler.unlink()
        filler = leave(places[disk], needed + MB)
        after = look()
    finally:
        filler.unlink()

    found = re.fullmatch(
        rf"Nothing was changed: the disk of {places[disk]}\S* has no room for {words}:"
        r" ([\d,]+) MB are needed, ([\d,]+) MB are free\.\n",
        said,
    )
    assert (status, bool(found)) == (1, True), said
    assert int(found[1]) == pytest.approx(needed / MB, abs=1)
    assert int(found[2]) == pytest.approx(needed / MB - 1, abs=1)
    assert after == (0, "")


def test_what_lies_on_one_disk_is_summed_up(look, places, sizes):
    _whole, tables = sizes
    filler = leave(places["var"], 3 * tables + SPARE - MB)
    try:
        apart, together = look(), look(str(places["var"] / "new" / "backups"))
    finally:
        filler.unlink()

    assert apart == (0, "")
    assert together[0] == 1
    assert f"the disk of {places['var']} has no room for a backup: " in together[1]


def test_a_backup_in_a_bucket_takes_no_disk_here(look, places):
    filler = leave(places["backups"], MB)
    try:
        here, there = look(), look("s3://bucket/diary")
    finally:
        filler.unlink()

    assert (here[0], there) == (1, (0, ""))


def test_every_disk_without_room_is_named(look, places):
    fillers = [leave(places[disk], MB) for disk in places]
    try:
        said = look()[1]
    finally:
        for filler in fillers:
            filler.unlink()

    assert [str(place) in said for place in places.values()] == [True, True, True]


def test_a_server_that_is_down_is_said(look, server):
    server.stop()
    try:
        status, said = look()
    finally:
        server.start()

    assert status == 1
    assert said.startswith("Nothing was changed: how much room there must be cannot be told: ")
    assert "Traceback" not in said
