"""Time steps of Nastran runs: the TSTEP cards, and which of them each subcase asks for."""

from workers.decks.arithmetic import positive
from workers.parsers.text import fortran_float, integer

SETS_KEPT = 10_000
CARDS = (b"TSTEP", b"TSTEPNL", b"TSTEP1", b"NLSTEP")
_ONE_AFTER_THE_OTHER = frozenset({"129", "159", "400", "401", "402", "601", "700", "701"})
"""Solutions in which a subcase goes on where the one before it ended."""


class TimeSteps:
    """Durations by the number of their set, and the sets that are asked for."""

    def __init__(self) -> None:
        self._durations: dict[int, float] = {}
        self._common: int | None = None
        """What is asked for above the first subcase."""
        self._asked: list[int | None] = []
        """What each subcase asks for."""
        self._open: tuple[bytes, int] | None = None
        """Name and set of the card that continuation lines belong to."""

    def ask(self, value: str) -> None:
        """`TSTEP = 5`, in a subcase or above them all."""
        number = integer(value.strip())
        if self._asked:
            self._asked[-1] = number
        else:
            self._common = number

    def begin_subcase(self) -> None:
        if len(self._asked) < SETS_KEPT:
            self._asked.append(self._common)

    def take(self, name: bytes, said: list[str]) -> float | None:
        """`TSTEP,5,1000,1.-4,10`: so many steps of so long, which is returned."""
        number = integer(said[0]) if said else None
        self._open = None
        if number is None or len(self._durations) >= SETS_KEPT:
            return None
        self._open = (name, number)
        self._durations[number] = 0.0
        return self.go_on(said)

    def go_on(self, said: list[str]) -> float | None:
        """More steps stand in the same fields of lines that go on; of TSTEPNL and NLSTEP the first line says all."""
        if self._open is None:
            return None
        name, number = self._open
        first, second = (fortran_float(text) for text in [*said, "", "", ""][1:3])
        step = None
        if name == b"TSTEP1":
            self._durations[number] = max(self._durations[number], positive(first) or 0.0)
        elif name == b"NLSTEP":
            self._durations[number] = positive(first) or 1.0
        elif first and second:
            self._durations[number] += positive(first * second) or 0.0
            step = second
        if name in (b"TSTEPNL", b"NLSTEP"):
            self._open = None
        return step

    @property
    def is_asked_for(self) -> bool:
        return self._common is not None or any(number is not None for number in self._asked)

    def periods(self) -> list[float | None]:
        """Of each subcase."""
        return [None if n is None else positive(self._durations.get(n)) for n in self._asked]

    def end(self, solution: str) -> float | None:
        """When the last subcase has ended; where none is asked for, the longest of all."""
        if not self.is_asked_for:
            return positive(max(self._durations.values(), default=0.0))
        if not self._asked and self._common is not None:
            return positive(self._durations.get(self._common))
        known = [period for period in self.periods() if period is not None]
        together = sum(known) if solution in _ONE_AFTER_THE_OTHER else max(known, default=0.0)
        return positive(together)
