"""Deck text in, facts out; knows no clock, no file, no network, and asks for includes by name."""

from workers.decks.calculix import CalculixDeck
from workers.decks.facts import DeckReader

READERS: tuple[type[DeckReader], ...] = (CalculixDeck,)


def reader_for(name: str, head: bytes) -> type[DeckReader] | None:
    """The reader of the deck of that file name that starts with these bytes."""
    fitting = (reader for reader in READERS if name.lower().endswith(reader.endings))
    return next((reader for reader in fitting if reader.claims(head)), None)
