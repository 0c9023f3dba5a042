"""Bad input to the real service: each gets its words, everything dropped is kept, and the service goes on."""

import ctypes
import io
import os
import shutil
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.decks import beam
from tests.service import Service, wait_for

MNT_DETACH = 2
_libc = ctypes.CDLL(None, use_errno=True)


def intake(service: Service) -> dict[str, dict[str, Any]]:
    """The newest record of each name."""
    fields = "'name', 'state', 'reason', 'kept_as', 'number'"
    rows = service.query(f"list(IntakeRecord.objects.order_by('pk').values({fields}))")
    return {row["name"]: row for row in rows}


def zip_of(files: dict[str, bytes], link: str = "") -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
        if link:
            entry = zipfile.ZipInfo(link)
            entry.external_attr = 0o120777 << 16
            archive.writestr(entry, "/etc/passwd")
    return packed.getvalue()


def zip_of_zeros(path: Path, megabytes: int) -> None:
    """One member of zeros, packed once for each megabyte that it is long; its checksum is left at 0."""
    packer = zlib.compressobj(wbits=-15)
    block = packer.compress(bytes(2**20)) + packer.flush(zlib.Z_FULL_FLUSH)
    packed = block * megabytes + packer.flush()
    with zipfile.ZipFile(path, "w") as archive:
        member = zipfile.ZipInfo("zeros.inp")
        member.compress_type = zipfile.ZIP_DEFLATED
        member.file_size, member.compress_size, member.CRC = megabytes * 2**20, len(packed), 0
        member.header_offset = 0
        archive.fp.write(member.FileHeader(zip64=True) + packed)
        archive.filelist.append(member)
        archive.start_dir = archive.fp.tell()


DECK = beam().encode()
WORDS = {
    "empty.inp": "is empty (0 bytes)",
    "binary.inp": "is not a text file, so it is no deck",
    "unknown.k": "is a deck of no solver that the diary knows",
    "passwd.inp": "It is a symbolic link",
    "dots.zip": "'..'",
    "absolute.zip": "has an absolute or unusable name",
    "link.zip": "is a link or a special file",
    "zeros.zip": "grows more than 200-fold",
    "no deck in it": "No deck in it",
    "outside.inp": 'line 3: the include "/etc/passwd" is absolute',
    "bad sidecar.inp": "not valid TOML",
}


def drop_bad_things(service: Service) -> None:
    service.drop("empty.inp", b"")
    service.drop("binary.inp", os.urandom(5000))
    service.drop("unknown.k", "*KEYWORD\n*TITLE\nx\n")
    (service.hotfolder / "passwd.inp").symlink_to("/etc/passwd")
    service.drop("dots.zip", zip_of({"../dots.inp": DECK}))
    service.drop("absolute.zip", zip_of({"/tmp/absolute.inp": DECK}))
    service.drop("link.zip", zip_of({"a.inp": DECK}, link="b.inp"))
    zip_of_zeros(service.var / "zeros.zip", 10 * 1024)
    (service.var / "zeros.zip").rename(service.hotfolder / "zeros.zip")
    shutil.copytree("/etc/skel", service.hotfolder / "no deck in it")
    (service.hotfolder / "no deck in it" / "notes.txt").write_text("x")
    service.drop("outside.inp", "*HEADING\nx\n*INCLUDE, INPUT=/etc/passwd\n")
    service.drop("bad sidecar.inp.job.toml", "cores = \n")
    service.drop("bad sidecar.inp", DECK)


def test_each_bad_thing_gets_its_words_and_the_service_goes_on(service: Service) -> None:
    before = len(service.jobs())
    passwd = Path("/etc/passwd").read_bytes()

    drop_bad_things(service)
    records = wait_for(
        lambda: (
            found
            if set(WORDS) <= (found := intake(service)).keys()
            and all(found[name]["state"] == "refused" for name in WORDS)
            else None
        ),
        "every bad thing's refusal",
    )

    assert {
        name: words for name, words in WORDS.items() if words not in records[name]["reason"]
    } == {}
    rejected = service.var / "rejected"
    for name in WORDS:
        kept = rejected / records[name]["kept_as"]
        assert os.path.lexists(kept / name) and (kept / "reason.txt").is_file(), name
    assert (rejected / records["bad sidecar.inp"]["kept_as"] / "bad sidecar.inp.job.toml").is_file()
    assert (len(service.jobs()), Path("/etc/passwd").read_bytes()) == (before, passwd)
    assert os.listdir(service.runs / ".incoming") == []
    assert not Path("/tmp/absolute.inp").exists()
    assert not (service.hotfolder.parent / "dots.inp").exists()
    assert service.differences() == []


def test_decks_of_odd_names_and_with_a_missing_include_are_run(service: Service) -> None:
    odd = [
        b"two words.inp",
        "gr\u00f6\u00dfe \u65e5\u672c.inp".encode(),
        b'it\'s "quoted".inp',
        b"two\nlines.inp",
        b"-i.inp",
        b"y" * 251 + b".inp",
        b"latin\xe4.inp",
    ]
    before = {job["number"] for job in service.jobs()}

    for name in odd:
        half = service.hotfolder / ".half"
        half.write_bytes(DECK)
        half.rename(service.hotfolder / os.fsdecode(name))
    service.drop("lacking.inp", beam().replace("*STEP", "*INCLUDE, INPUT=lacks.inp\n*STEP", 1))

    def ended() -> list[dict[str, Any]] | None:
        jobs = [job for job in service.jobs() if job["number"] not in before]
        over = [job for job in jobs if job["status"] in ("normal", "error", "other")]
        return over if len(over) == len(odd) + 1 else None

    jobs = {job["name"]: job for job in wait_for(ended, "the end of all")}
    lacking = jobs.pop("lacking.inp")
    assert {job["status"] for job in jobs.values()} == {"normal"}, jobs
    assert {"two�lines.inp", "latinä.inp", "-i.inp", 'it\'s "quoted".inp'} <= jobs.keys()
    assert lacking["status"] == "error" and "lacks.inp" in lacking["status_reason"]
    includes = service.query("Job.objects.get(name='lacking.inp').deck['includes']")
    assert [(i["name"], i["state"]) for i in includes] == [("lacks.inp", "missing")]
    assert service.differences() == []


def test_two_decks_of_one_name_and_a_deck_taken_away(as_it_comes: Service) -> None:
    """With the quiet time as it comes, in which somebody can take a deck away."""
    service = as_it_comes
    folders = [service.var / "one", service.var / "two"]
    for folder in folders:
        (folder / "same").mkdir(parents=True)
        (folder / "same" / "same.inp").write_bytes(DECK)
    (folders[0] / "same").rename(service.hotfolder / "same")
    service.drop("same.zip", zip_of({"same.inp": DECK}))
    service.drop("fleeting.inp", DECK)
    wait_for(lambda: "fleeting.inp" in intake(service), "the deck's arrival")
    (service.hotfolder / "fleeting.inp").unlink()

    def ended() -> list[dict[str, Any]] | None:
        jobs = [job for job in service.jobs() if job["name"] == "same.inp"]
        return jobs if [job["status"] for job in jobs] == ["normal"] * 2 else None

    jobs = wait_for(ended, "the end of both")
    assert len({job["run_dir"] for job in jobs}) == 2
    gone = wait_for(
        lambda: record if (record := intake(service)["fleeting.inp"])["state"] == "gone" else None,
        "the note that a deck was taken away",
    )
    assert "taken away" in gone["reason"]
    assert service.job("fleeting.inp") is None


@pytest.fixture
def small(own_service: Service) -> Iterator[Service]:
    """A service whose runs lie on a file system of 4 MB."""
    own_service.runs.mkdir(parents=True)
    if _libc.mount(b"tmpfs", bytes(own_service.runs), b"tmpfs", 0, b"size=4m") != 0:
        pytest.skip(f"needs the right to mount a small tmpfs: {os.strerror(ctypes.get_errno())}")
    try:
        yield own_service.start()
    finally:
        own_service.remove()
        _libc.umount2(bytes(own_service.runs), MNT_DETACH)


def test_a_full_disk_ends_a_run_with_words_and_holds_intake_up(small: Service) -> None:
    wordy = beam(increments=60, length=30, width=3).replace(
        "*NODE PRINT", "*NODE FILE\nU\n*EL FILE\nS, E\n*NODE PRINT"
    )
    small.drop("wordy.inp", wordy)

    job = small.ended("wordy.inp")["wordy.inp"]

    assert job["status"] in ("error", "other") and job["status_reason"], job
    filler = small.runs / "filler"
    with filler.open("ab", buffering=0) as file:
        try:
            while True:
                file.write(bytes(4096))
        except OSError:
            pass
    small.drop("later.inp", beam(length=200))
    waiting = wait_for(
        lambda: record if (record := intake(small).get("later.inp")) and record["reason"] else None,
        "the words of the deck that waits",
    )
    assert waiting["state"] == "claimed"
    assert "cannot be taken in yet: No space left on device" in waiting["reason"]

    filler.unlink()
    for result in Path(job["run_dir"]).glob("wordy.frd"):
        result.unlink()

    assert small.ended("later.inp")["later.inp"]["status"] == "normal"
    assert intake(small)["later.inp"]["state"] == "taken"
    assert small.differences() == []
