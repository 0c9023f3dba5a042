"""Deck text in, facts out; knows no clock, no file, no network, and asks for includes by name."""

from workers.decks.abaqus import AbaqusDeck
from workers.decks.calculix import CalculixDeck
from workers.decks.facts import DeckReader
from workers.decks.febio import FebioDeck
from workers.decks.ls_dyna import LsDynaDeck
from workers.decks.mapdl import MapdlDeck
from workers.decks.nastran import NastranDeck, OptiStructDeck
from workers.decks.openfoam import OpenFoamDeck
from workers.decks.radioss import RadiossDeck
from workers.decks.su2 import Su2Deck

READERS: tuple[type[DeckReader], ...] = (
    CalculixDeck,
    AbaqusDeck,
    LsDynaDeck,
    RadiossDeck,
    NastranDeck,
    OptiStructDeck,
    OpenFoamDeck,
    MapdlDeck,
    Su2Deck,
    FebioDeck,
)


_ALIKE = (frozenset({"calculix", "abaqus"}), frozenset({"nastran", "optistruct"}))
"""Solvers whose decks may hold no word that tells them apart."""


def readers_of(name: str, solver: str = "") -> list[type[DeckReader]]:
    """The readers whose decks have such a file name, `beam.inp` or `system/controlDict`; of one solver where it is known."""
    lower = name.lower()
    return [
        reader
        for reader in READERS
        if lower.endswith(reader.endings)
        and (not reader.folder or f"/{lower}".rpartition("/")[0].endswith("/" + reader.folder))
        and solver in ("", reader.solver)
    ]


def reader_for(name: str, head: bytes, solver: str = "") -> type[DeckReader] | None:
    """The reader of the deck of that file name that starts with these bytes, whatever the order of `READERS`.

    Where the solver is known from elsewhere, what it could read as well as the solver that claims it is its.
    """
    claiming = [reader for reader in readers_of(name) if reader.claims(head)]
    if len(claiming) != 1:
        return None
    claimed = claiming[0]
    if solver in ("", claimed.solver):
        return claimed
    alike = any({solver, claimed.solver} <= group for group in _ALIKE)
    return next(iter(readers_of(name, solver)), None) if alike else None
