"""Run trees that are unmounted, moved, renamed and replaced by links while they are watched: nobody restarts anything."""

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pdfjobs.names import from_stored
from tests.disks import Image, unmount
from tests.faults import LONG, SEED
from tests.logwriter import LogWriter
from tests.service import QUICK, Service, wait_for

ROUNDS = 5 if LONG else 1
CHANGES = 60


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Image:
    return Image(tmp_path_factory.mktemp("image") / "share.img")


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory, image: Image) -> Iterator[Service]:
    """A service with two run trees: one is a mounted share, the other a plain folder."""
    folder = tmp_path_factory.mktemp("shares")
    tables = QUICK + "".join(
        f'[[trees]]\nname = "{name}"\npath = "{folder / name}"\n' for name in ("share", "plain")
    )
    (folder / "plain").mkdir()
    with image.mounted(folder / "share"):
        service = Service(folder / "var", settings=tables).start()
        try:
            yield service
        finally:
            service.stop()


def tree(service: Service, name: str) -> Path:
    return service.var.parent / name


def jobs_below(service: Service, folder: Path) -> dict[int, dict[str, Any]]:
    return {
        job["number"]: job for job in service.jobs() if Path(job["run_dir"]).is_relative_to(folder)
    }


def known_to_be_as_they_are(service: Service, folder: Path) -> bool:
    """Whether the diary says "gone" of just those run folders that are."""
    said = gone(service, folder.name)
    return said == {stored: not (folder / from_stored(stored)).is_dir() for stored in said}


def known_folders(service: Service, folder: Path) -> set[str]:
    return {job["run_dir"] for job in jobs_below(service, folder).values()}


def gone(service: Service, root: str) -> dict[str, bool]:
    """Run folder -> whether the diary says that it is gone, by the path below the root."""
    rows = f"list(Run.objects.filter(root='{root}').values_list('folder', 'gone_since'))"
    return {folder: since is not None for folder, since in service.query(rows)}


@pytest.mark.timeout(1800 if LONG else 300)
def test_an_unmounted_share_is_missed_and_read_again_when_it_is_back(
    shared: Service, image: Image, tmp_path: Path
) -> None:
    share = tree(shared, "share")
    writer = LogWriter(share, SEED, cases=8)

    for number in range(ROUNDS):
        assert shared.differences_at_rest() == []
        before = jobs_below(shared, share)
        assert before

        subprocess.run(["sync", "-f", str(share)], check=True)
        unmount(share)
        wait_for(
            lambda: shared.watched().get("share", {}).get("state") == "missing",
            "the share's state to be missing",
            30,
        )
        wait_for(lambda: all(gone(shared, "share").values()), "gone folders", 60)
        assert jobs_below(shared, share) == before
        assert shared.differences() == []

        with image.mounted(tmp_path / f"elsewhere{number}") as elsewhere:
            writer.stand_at(elsewhere).make(CHANGES)
        writer.stand_at(share)
        image.mount(share)

        assert shared.differences_at_rest() == []
        assert writer.folders() - known_folders(shared, share) == set()
        wait_for(
            lambda: shared.watched()["share"]["state"] != "missing",
            "the watcher's word that it has the share again",
            30,
        )
        wait_for(lambda: known_to_be_as_they_are(shared, share), "what is gone and what is not", 60)
        writer.make(CHANGES)
        assert shared.differences_at_rest(30) == []


def rename_away_and_back(top: Path, writer: LogWriter) -> None:
    away = top.with_name("away")
    top.rename(away)
    writer.stand_at(away / writer.top.name).make(CHANGES)
    away.rename(top)
    writer.stand_at(top / writer.top.name)


def replace_by_a_link(top: Path, writer: LogWriter) -> None:
    """The tree moved to a larger disk, and a link is left in its place."""
    top.rename(top.with_name("larger disk"))
    top.symlink_to(top.with_name("larger disk"))


def put_in_the_links_place(top: Path, writer: LogWriter) -> None:
    top.unlink()
    top.with_name("larger disk").rename(top)


def delete_and_write_from_a_backup(top: Path, writer: LogWriter) -> None:
    shutil.copytree(top, top.with_name("backup"), symlinks=True)
    shutil.rmtree(top)
    top.with_name("backup").rename(top)


@pytest.mark.timeout(1800 if LONG else 300)
@pytest.mark.parametrize(
    "change",
    [
        rename_away_and_back,
        replace_by_a_link,
        put_in_the_links_place,
        delete_and_write_from_a_backup,
    ],
    ids=lambda change: change.__name__,
)
def test_what_is_done_to_a_whole_tree_ends_in_the_diary(shared: Service, change: Any) -> None:
    """Each finds the tree as the one before left it, already read."""
    top = tree(shared, "plain")
    writer = LogWriter(top / change.__name__, SEED, cases=4)
    assert shared.differences_at_rest() == []

    change(top, writer)
    writer.make(CHANGES)

    assert shared.differences_at_rest() == []
    assert LogWriter(top, SEED).folders() - known_folders(shared, top) == set()


def test_what_is_done_to_folders_in_a_tree_ends_in_the_diary(shared: Service) -> None:
    """Trees moved in, renamed, deleted and replaced by links, to what lies outside of the tree and inside of it."""
    top = tree(shared, "plain") / "nested"
    outside = top.parent.with_name("outside")
    old, _ = [LogWriter(top / name / "x", SEED, cases=3) for name in ("old", "short lived")]
    targets, runs = {"out": outside, "in": top / "in"}, {}
    for way, target in targets.items():
        LogWriter(target / "tree", SEED + 1, cases=2)
        LogWriter(top / f"tree {way}", SEED + 2, cases=2)
        runs[way] = LogWriter(top / f"run {way}", SEED + 3, cases=1).one_case()
    assert shared.differences_at_rest() == []

    LogWriter(outside / "new" / "a" / "b", SEED + 4, cases=3)
    (outside / "new").rename(top / "moved in")
    (top / "moved in").rename(top / "renamed")
    (top / "old").rename(top / "older")
    old.stand_at(top / "older" / "x").make(20)
    shutil.rmtree(top / "short lived")
    for way, target in targets.items():
        (top / f"tree {way}").rename(top / f"tree before {way}")
        (top / f"tree {way}").symlink_to(target / "tree")
        runs[way].rename(target / "archived")
        runs[way].symlink_to(target / "archived")

    for _ in range(2):
        for target in targets.values():
            with (target / "archived" / "bar.log").open("ab") as log:
                log.write(b" *WARNING: written where the run was archived\n")
        assert shared.differences_at_rest(60) == []
    assert LogWriter(top, SEED).folders() - known_folders(shared, top) == set()
