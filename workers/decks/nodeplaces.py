"""Nodes of a mesh, gathered some thousand at a time: the fingerprint of their places, and the box around them."""

import math

from workers.decks.cards import Cards
from workers.parsers.text import fortran_float

AT_ONCE = 20_000


class NodePlaces:
    """Takes nodes one by one; `close` when there are no more."""

    def __init__(self, cards: Cards) -> None:
        self._cards = cards
        self._points: list[tuple[float, ...]] = []

    def add(self, number: bytes, *texts: bytes) -> None:
        """A node by its number and coordinates as the deck has them; missing ones are 0."""
        try:
            point: tuple[float, ...] = tuple(map(float, texts))
        except ValueError:
            point = tuple(_float(text) for text in texts)
        self._points.append(point)
        if number.isdigit():
            self._cards.mesh("node numbers").add(hash((int(number), 1)))
        if len(self._points) >= AT_ONCE:
            self.close()

    def close(self) -> None:
        """Counts what was gathered; the hash of numbers is the same in every process."""
        if not self._points:
            return
        mesh = self._cards.mesh("nodes")
        for point in self._points:
            mesh.add(hash(point))
        length = max(map(len, self._points))
        self._cards.stretch([point for point in self._points if len(point) == length])
        self._points = []


def _float(text: bytes) -> float:
    value = fortran_float(text.decode("latin-1"))
    return value if value is not None and math.isfinite(value) else 0.0
