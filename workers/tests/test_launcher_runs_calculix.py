"""The real CalculiX, from start to end record, with decks that its package brings."""

import gzip
import shutil
from pathlib import Path

import pytest

from workers.launchers import local
from workers.tests.launcher_runs import LiveRun, bounds, live

__all__ = ["bounds", "live"]

DECKS = Path("/usr/share/doc/calculix-ccx-test/examples/test")

pytestmark = pytest.mark.skipif(
    local.find_program("ccx") is None or not DECKS.is_dir(),
    reason="needs CalculiX: apt-get install calculix-ccx calculix-ccx-test",
)


def take_deck(folder: Path, name: str) -> None:
    packed = DECKS / f"{name}.inp.gz"
    if packed.exists():
        with gzip.open(packed) as source, (folder / f"{name}.inp").open("wb") as deck:
            shutil.copyfileobj(source, deck)
    else:
        shutil.copy(DECKS / f"{name}.inp", folder)


def test_a_beam_is_calculated(live: LiveRun) -> None:
    take_deck(live.folder, "beam8b")
    live.start("ccx", "-i", "beam8b", cores=2)

    assert live.ending() == ("exited", 0, None, None)
    assert "Using up to 2 cpu(s)" in live.log
    assert "Job finished" in live.log
    assert (live.folder / "beam8b.frd").stat().st_size > 10_000


def test_a_deck_without_material_ends_with_its_exit_code(live: LiveRun) -> None:
    take_deck(live.folder, "beam8b")
    deck = live.folder / "beam8b.inp"
    lines = deck.read_text().splitlines()
    deck.write_text("\n".join(line for line in lines if not line.startswith("*SOLID SECTION")))
    live.start("ccx", "-i", "beam8b")

    assert live.ending() == ("exited", 201, None, None)
    assert "*ERROR" in live.log
