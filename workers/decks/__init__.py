"""Deck text in, facts out; knows no clock, no file, no network, and asks for includes by name."""

from workers.decks.abaqus import AbaqusDeck
from workers.decks.calculix import CalculixDeck
from workers.decks.cfx import CfxDeck
from workers.decks.code_aster import CodeAsterDeck
from workers.decks.elmer import ElmerDeck
from workers.decks.febio import FebioDeck
from workers.decks.fluent import FluentDeck
from workers.decks.ls_dyna import LsDynaDeck
from workers.decks.mapdl import MapdlDeck
from workers.decks.marc import MarcDeck
from workers.decks.nastran import NastranDeck, OptiStructDeck
from workers.decks.openfoam import OpenFoamDeck
from workers.decks.pam_crash import PamCrashDeck
from workers.decks.radioss import RadiossDeck
from workers.decks.reader import DeckReader
from workers.decks.su2 import Su2Deck

READERS: tuple[type[DeckReader], ...] = (
    CalculixDeck,
    AbaqusDeck,
    LsDynaDeck,
    RadiossDeck,
    NastranDeck,
    OptiStructDeck,
    PamCrashDeck,
    OpenFoamDeck,
    MapdlDeck,
    Su2Deck,
    FebioDeck,
    MarcDeck,
    CodeAsterDeck,
    ElmerDeck,
    FluentDeck,
    CfxDeck,
)


_ALIKE = (frozenset({"calculix", "abaqus"}), frozenset({"nastran", "optistruct"}))
"""Solvers whose decks may hold no word that tells them apart."""


def readers_of(name: str, solver: str = "") -> list[type[DeckReader]]:
    """The readers whose decks have such a file name, `beam.inp` or `system/controlDict`; of one solver where it is known."""
    return [
        reader
        for reader in READERS
        if solver in ("", reader.solver) and _is_called_so(reader, f"/{name.lower()}")
    ]


def _is_called_so(reader: type[DeckReader], path: str) -> bool:
    place = f"/{reader.folder}/" if reader.folder else ""
    return path.endswith(tuple(place + ending for ending in reader.endings))


def reader_for(name: str, head: bytes, solver: str = "") -> type[DeckReader] | None:
    """The reader of the deck of that file name that starts with these bytes, whatever the order of `READERS`.

    Where the solver is known from elsewhere, what it could read as well as the solver that claims it is its.
    """
    if b"\0" in head:
        return None
    claiming = [reader for reader in readers_of(name) if reader.claims(head)]
    if len(claiming) != 1:
        return None
    claimed = claiming[0]
    if solver in ("", claimed.solver):
        return claimed
    alike = any({solver, claimed.solver} <= group for group in _ALIKE)
    return next(iter(readers_of(name, solver)), None) if alike else None
