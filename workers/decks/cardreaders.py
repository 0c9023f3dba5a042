"""Which reader sums up the decks of which solver."""

from typing import Any, Protocol

from workers.decks.cards import Cards
from workers.decks.cards_febio import FebioCards
from workers.decks.cards_inp import AbaqusCards, CalculixCards
from workers.decks.cards_ls_dyna import LsDynaCards
from workers.decks.cards_nastran import NastranCards, OptiStructCards
from workers.decks.cards_openfoam import OpenFoamCards
from workers.decks.cards_other import MapdlCards, Su2Cards
from workers.decks.cards_radioss import RadiossCards
from workers.decks.facts import DeckFacts, Opener, Stream


class CardReader(Protocol):
    """A deck reader that keeps the cards."""

    cards: Cards

    def __init__(self, deck: Stream, open_include: Opener) -> None: ...

    def facts(self) -> DeckFacts: ...


CARD_READERS: dict[str, type[CardReader]] = {
    "ls-dyna": LsDynaCards,
    "abaqus": AbaqusCards,
    "calculix": CalculixCards,
    "nastran": NastranCards,
    "optistruct": OptiStructCards,
    "radioss": RadiossCards,
    "openfoam": OpenFoamCards,
    "ansys": MapdlCards,
    "su2": Su2Cards,
    "febio": FebioCards,
}


def read_cards(solver: str, deck: Stream, open_include: Opener) -> dict[str, Any]:
    """The sum of a deck of this solver; KeyError for a solver whose cards nobody reads."""
    reader = CARD_READERS[solver](deck, open_include)
    facts = reader.facts()
    return reader.cards.to_json(facts)
