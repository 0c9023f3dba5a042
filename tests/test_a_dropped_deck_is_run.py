"""The whole way, with the real parts: a deck dropped into the hot folder, solved by ccx, shown by the diary."""

import os
import re
import shutil
import subprocess
import tarfile
import time
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.decks import beam, broken_beam
from tests.service import Service, wait_for

EXAMPLES = Path("/usr/share/doc/calculix-ccx-test/examples/test")


def test_a_good_deck_moves_and_ends_normal(service: Service) -> None:
    service.drop("moving.inp", beam(increments=80, length=14, width=4, heading="it moves"))

    seen = set()

    def ended() -> dict | None:
        job = service.job("moving.inp")
        if job is not None:
            seen.add((job["status"], job["progress"]))
        return job if job is not None and job["status"] not in ("pending", "running") else None

    job = wait_for(ended, "its end")
    between = [p for status, p in seen if status == "running" and p is not None and 0 < p < 1]
    assert between, seen
    assert (job["status"], job["progress"], job["time"], job["end_time"]) == (
        "normal",
        1.0,
        1.0,
        1.0,
    )
    assert job["title"] == "it moves"
    told = subprocess.run(["ccx", "-v"], capture_output=True, text=True, check=False).stdout
    assert told.split() == ["This", "is", "Version", job["solver_version"]]
    assert {"residual.force", "residual.displacement", "increments", "time_step"} <= set(
        job["series"]
    )
    assert job["wall_time_s"] > 0
    assert Path(job["deck"]).read_text() == beam(
        increments=80, length=14, width=4, heading="it moves"
    )
    assert not (service.hotfolder / "moving.inp").exists()
    assert service.differences() == []


def test_a_broken_deck_ends_with_the_words_of_ccx(service: Service) -> None:
    service.drop("broken.inp", broken_beam())

    job = service.ended("broken.inp")["broken.inp"]

    assert job["status"] == "error"
    assert "no elastic constants" in job["status_reason"]
    assert job["errors"] >= 1


def by_hand(deck: Path, folder: Path) -> str:
    """How ccx ends when a person runs it: exit code and end mark together."""
    folder.mkdir()
    shutil.copy(deck, folder)
    done = subprocess.run(
        ["ccx", "-i", deck.stem], cwd=folder, capture_output=True, timeout=250, check=False
    )
    return "normal" if done.returncode == 0 and b"Job finished" in done.stdout else "error"


def quick_examples() -> list[Path]:
    """Thirty of Debian's ccx examples, the smaller ones, spread over the alphabet."""
    small = [path for path in sorted(EXAMPLES.glob("*.inp")) if path.stat().st_size < 30_000]
    return small[:: len(small) // 30][:30]


def test_thirty_decks_at_once_end_as_by_hand(service: Service, tmp_path: Path) -> None:
    decks = quick_examples()
    assert len(decks) == 30

    for deck in decks:
        shutil.copy(deck, service.hotfolder)
    with ThreadPoolExecutor(2) as pool:
        outcomes = pool.map(lambda deck: by_hand(deck, tmp_path / deck.stem), decks)
        expected = dict(zip([deck.name for deck in decks], outcomes, strict=True))
    jobs = service.ended(*expected)

    assert {name: job["status"] for name, job in jobs.items()} == expected
    assert "error" in expected.values(), "the examples should hold some that fail alone"
    assert service.differences() == []


def slow_cp(service: Service, name: str, deck: bytes) -> None:
    with (service.hotfolder / name).open("wb") as file:
        for start in range(0, len(deck), 500):
            file.write(deck[start : start + 500])
            file.flush()
            time.sleep(0.05)


def ten_parts(service: Service, name: str, deck: bytes) -> None:
    step = len(deck) // 10 + 1
    for start in range(0, len(deck), step):
        with (service.hotfolder / name).open("ab") as file:
            file.write(deck[start : start + step])
        time.sleep(0.5)


def rsync(service: Service, name: str, deck: bytes) -> None:
    source = service.var.parent / name
    source.write_bytes(deck)
    subprocess.run(["rsync", "--bwlimit=4", str(source), f"{service.hotfolder}/"], check=True)


def mv(service: Service, name: str, deck: bytes) -> None:
    source = service.var.parent / name
    source.write_bytes(deck)
    subprocess.run(["mv", str(source), str(service.hotfolder)], check=True)


def test_each_way_to_hand_over_makes_exactly_one_job(as_it_comes: Service) -> None:
    """All at once, each with the quiet time that everybody has who set none."""
    service, deck = as_it_comes, beam(increments=2, length=60).encode()
    ways = {f"by_{way.__name__}.inp": way for way in (slow_cp, ten_parts, rsync, mv)}

    with ThreadPoolExecutor(len(ways)) as pool:
        list(pool.map(lambda name: ways[name](service, name, deck), ways))
    jobs = service.ended(*ways)
    time.sleep(3)  # a second job would come now

    assert {name: job["status"] for name, job in jobs.items()} == dict.fromkeys(ways, "normal")
    assert sorted(job["name"] for job in service.jobs() if job["name"] in ways) == sorted(ways)


def split_deck(folder: Path) -> None:
    """A deck whose mesh is an include, as a folder."""
    folder.mkdir()
    text = beam(increments=3)
    start, end = text.index("*NODE"), text.index("*MATERIAL")
    (folder / "mesh.inp").write_text(text[start:end])
    (folder / "model.inp").write_text(text[:start] + "*INCLUDE, INPUT=mesh.inp\n" + text[end:])


def as_folder(folder: Path, hot: Path) -> None:
    shutil.copytree(folder, hot / "case_folder")


def as_zip(folder: Path, hot: Path) -> None:
    half = hot.parent / "case_zip.zip"
    with zipfile.ZipFile(half, "w", zipfile.ZIP_DEFLATED) as packed:
        for file in folder.iterdir():
            packed.write(file, f"case_zip/{file.name}")
    half.rename(hot / half.name)


def as_tar(folder: Path, hot: Path) -> None:
    half = hot.parent / "case_tar.tar.gz"
    with tarfile.open(half, "w:gz") as packed:
        packed.add(folder, "case_tar")
    half.rename(hot / half.name)


@pytest.mark.parametrize("way", [as_folder, as_zip, as_tar], ids=lambda way: way.__name__)
def test_a_deck_with_includes_is_run_with_them(service: Service, tmp_path: Path, way) -> None:
    split_deck(tmp_path / "case")
    before = {job["number"] for job in service.jobs()}

    way(tmp_path / "case", service.hotfolder)
    job = wait_for(
        lambda: next(
            (j for j in service.jobs() if j["number"] not in before and j["status"] == "normal"),
            None,
        ),
        "the job's normal end",
    )

    assert job["name"] == "model.inp"
    assert (Path(job["run_dir"]) / "mesh.inp").is_file()
    assert re.fullmatch(rf"{job['number']}_model", Path(job["run_dir"]).name)


def test_two_decks_of_one_name_are_two_jobs(service: Service) -> None:
    service.drop("twice.inp", beam(heading="the first"))
    wait_for(lambda: not (service.hotfolder / "twice.inp").exists(), "the first to be taken in")
    service.drop("twice.inp", beam(heading="the second"))

    def both() -> list[dict] | None:
        jobs = [job for job in service.jobs() if job["name"] == "twice.inp"]
        return jobs if [job["status"] for job in jobs] == ["normal", "normal"] else None

    second, first = wait_for(both, "both to end")
    assert (first["title"], second["title"]) == ("the first", "the second")
    assert first["run_dir"] != second["run_dir"]


def test_a_sidecar_gives_project_info_base_runs_and_limits(service: Service) -> None:
    service.drop(
        "with_sidecar.inp.job.toml",
        'project = "P7"\ninfo = "thicker"\nbase_runs = [42]\ncores = 2\n',
    )
    service.drop("with_sidecar.inp", beam())

    job = service.ended("with_sidecar.inp")["with_sidecar.inp"]

    assert (job["project"], job["info"], job["base_runs"]) == ("P7", "thicker", [42])
    assert job["user"] == Path(service.hotfolder).owner()
    assert service.query(f"Run.objects.get(job__number={job['number']}).cores") == 2


def test_a_deck_that_lay_there_before_the_start_is_taken_in(own_service: Service) -> None:
    own_service.hotfolder.mkdir(parents=True)
    own_service.drop("early.inp", beam())

    own_service.start()

    assert own_service.ended("early.inp")["early.inp"]["status"] == "normal"


def test_a_log_in_the_run_tree_that_nobody_announced_makes_a_job(
    service: Service, tmp_path: Path
) -> None:
    case = service.runs / "by_somebody_else"
    case.mkdir()
    (case / "foreign.inp").write_text(beam(increments=4))

    with (case / "foreign.log").open("wb") as log:
        subprocess.run(["ccx", "-i", "foreign"], cwd=case, stdout=log, check=True)
    job = wait_for(
        lambda: (job := service.job("foreign.inp")) and job["status"] == "normal" and job,
        "its log to be read",
    )

    assert (job["status_source"], job["progress"]) == ("file", 1.0)
    assert sorted(os.listdir(case)).count(".pdfjobs") == 0
    assert service.differences() == []


def test_verify_sees_what_was_changed_behind_its_back_and_rescan_mends_it(service: Service) -> None:
    service.drop("touched.inp", beam())
    job = service.ended("touched.inp")["touched.inp"]
    log = Path(job["run_dir"]) / "touched.log"
    kept = log.read_bytes()

    service.query(
        f"SeriesChunk.objects.filter(file__run__job__number={job['number']}, file__path='touched.sta', name='increments').delete()"
    )
    found = service.differences()

    assert [(d["field"], d["job"]) for d in found] == [("series increments", job["number"])]
    assert service.manage("rescan").stdout.endswith("1 repaired, 0 differences left\n")
    assert service.differences() == []
    assert log.read_bytes() == kept
