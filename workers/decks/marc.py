"""Marc decks (.dat), as Mentat, Patran or people write them (K7 to 2024).

Parameters up to END, the model up to END OPTION, then one load case up to each CONTINUE. `$` begins a comment; fields
stand in columns of 5 or 10 (10 or 20 after EXTENDED) or between commas, so numbers may touch.
"""

import re
from typing import ClassVar

from workers.decks.arithmetic import positive
from workers.decks.facts import DeckFacts, Opener, Step, Stream
from workers.decks.reader import DeckReader, first_line
from workers.parsers.text import decode, fortran_float, integer

# title               hook       sizing                  0      80     165       0       elements    7       extended
_FIRST_LINE = re.compile(
    rb"(?:TITLE|SIZING|EXTENDED|ELEMENTS|VERSION|ALLOC|PROCESSOR|TABLE|LARGE STRA|ALL POINTS|DIST LOADS|INPUT)\b",
    re.IGNORECASE,
)
_SIZING = re.compile(rb"^SIZING[ \t]*[, \t][ \t,]*\d", re.MULTILINE | re.IGNORECASE)
_SURE = re.compile(
    rb"^(?:\$\.*MARC input file|(?:END|CONNECTIVITY|COORDINATES|EXTENDED|END OPTION)[ \t]*\r?$"
    rb"|(?:ELEMENTS|ALLOC|VERSION)[ \t,]+\d)",
    re.MULTILINE | re.IGNORECASE,
)
# $....MARC input file produced by Marc Mentat 2019 (64bit)   $....MARC input file produced by MSC.Marc Mentat 2005r3
_VERSION = re.compile(
    rb"\$\.*MARC input file produced by (?:MSC\.?)?Marc Mentat (\S+)", re.IGNORECASE
)
#         76 0.000000000000000+0-1.000000000000000+1-5.000000000000000-1
_NUMBER = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eEdD][-+]?\d+|[-+]\d+(?![.\d]))?")

_STEPPED = {
    "auto step": "AUTO STEP",
    "transient": "TRANSIENT",
    "dynamic change": "DYNAMIC",
    "auto creep": "AUTO CREEP",
    "creep increment": "CREEP",
    "auto time": "AUTO TIME",
}
"""History options whose next line begins with the time step and the time of the load case."""
_PROCEDURES = {
    "auto load": "STATIC",
    "disp change": "STATIC",
    "steady state": "STEADY STATE",
    "modal shape": "MODAL",
    "buckle": "BUCKLE",
    "harmonic": "HARMONIC",
    "spectrum": "SPECTRUM",
}
_NONLINEAR = ("large ", "update", "finite", "plasticity", "follow for")
_FIRST_FIELDS = {
    "elements": "elements",
    "processor": "processor",
    "solver": "solver",
    "restart": "restart",
    "large stra": "large strain",
    "dynamic": "dynamic",
    "creep": "creep",
}
"""Options whose fields are kept, under their name."""
_FULL_ROW = 16
"""Entries of a row of connectivity that the next one goes on from."""


class MarcDeck(DeckReader):
    """Reader of Marc decks."""

    solver: ClassVar[str] = "marc"
    endings: ClassVar[tuple[str, ...]] = (".dat",)
    levels: ClassVar[int] = 10

    @staticmethod
    def claims(head: bytes) -> bool:
        first = first_line(head, b"$")
        begins = _FIRST_LINE.match(first) is not None
        return begins and _SIZING.search(head) is not None and _SURE.search(head) is not None

    def __init__(self, deck: Stream, open_include: Opener) -> None:
        super().__init__(deck, open_include)
        self._option = ""
        self._row = 0
        """Data lines since the option."""
        self._in_history = False
        self._nonlinear = False
        self._row_goes_on = False
        self._declared = 0
        """Nodes that the line after COORDINATES says."""
        self._step = Step("")
        self._increments: int | None = None
        self._time = 0.0

    def facts(self) -> DeckFacts:
        for raw in self._sources:
            if raw.startswith(b"$"):
                self._take_comment(raw)
            elif self._option == "include":
                self._take_include(raw.strip().decode("utf-8", "surrogateescape"))
            elif raw[:1].isalpha():
                self._take_option(decode(raw).rstrip())
            elif self._option:
                self._row += 1
                self._take_row(raw)
        self._facts.end_at(positive(self._time))
        return self._facts

    def _take_comment(self, line: bytes) -> None:
        found = None if self._in_history else _VERSION.match(line)
        if found:
            self._facts.solver_version = decode(found[1])

    def _take_option(self, text: str) -> None:
        said = text.lower()
        self._option, self._row = said.partition(",")[0].strip(), 0
        if said.startswith("title"):
            self._facts.entitle(text[5:].lstrip(" ,"))
        elif said.startswith("include"):
            self._take_include(text[7:].lstrip(" ,"))
        elif said.startswith("end option"):
            self._in_history = True
        elif said.startswith("continue") and self._in_history:
            self._end_step()
        elif said.startswith("version") and self._facts.solver_version is None:
            self._facts.solver_version = next(iter(_NUMBER.findall(text)), None)
        elif said.startswith("restart"):
            self._facts.note("RESTART writes or reads the results of an earlier run")
        if said.startswith(_NONLINEAR):
            self._nonlinear = True
        for option, name in _FIRST_FIELDS.items():
            if self._option.startswith(option):
                self._facts.control(name, " ".join(_NUMBER.findall(text)))
        if self._in_history:
            self._take_procedure()

    def _take_include(self, name: str) -> None:
        """`include mesh.dat`, or the name on the line after it."""
        if name:
            self._option = ""
            self._sources.include(name.strip("'\""), (self._sources.folder, ""))

    def _take_procedure(self) -> None:
        for names in (_STEPPED, _PROCEDURES):
            for option, procedure in names.items():
                if self._option.startswith(option):
                    self._step.procedure = procedure

    def _take_row(self, line: bytes) -> None:
        option = self._option
        if option.startswith("connectivity"):
            self._take_connectivity(line)
        elif option.startswith("coordinates"):
            self._take_coordinates(line)
        elif self._row == 1 and option == "solver":
            self._facts.control("solver", integer(next(iter(_numbers(line)), "")))
        elif option == "control" and self._row < 3:
            self._take_control(line)
        elif self._in_history and self._row == 1:
            self._take_times(line)

    def _take_connectivity(self, line: bytes) -> None:
        """After its first line a row for each element; those with many nodes take more."""
        if self._row == 1:
            self._row_goes_on = False
            return
        if not self._row_goes_on:
            self._facts.elements += 1
        self._row_goes_on = len(line.split()) == _FULL_ROW or line.rstrip().lower().endswith(b",c")

    def _take_coordinates(self, line: bytes) -> None:
        """`3   165    0    1`: directions and nodes; then the nodes."""
        if self._row == 1:
            said = [integer(text) for text in _numbers(line)[1:2]]
            self._declared = next((count for count in said if count is not None), 0)
            return
        if self._row <= self._declared + 1 or not self._declared:
            self._facts.nodes += 1  # shells have more coordinates than one row holds

    def _take_control(self, line: bytes) -> None:
        """Most increments and iterations, then the tolerance."""
        names = ("most increments", "most iterations") if self._row == 1 else ("tolerance",)
        for name, text in zip(names, _numbers(line), strict=False):
            self._facts.control(name, text)

    def _take_times(self, line: bytes) -> None:
        numbers = [fortran_float(text) for text in _numbers(line)[:5]] + [None] * 5
        if self._option.startswith("auto load"):
            count = numbers[0]
            self._increments = int(count) if count is not None and 0 < count < 1e9 else None
        elif self._option.startswith("time step"):
            step = positive(numbers[0])
            self._facts.control("time step", step)
            self._step.period = positive((step or 0.0) * (self._increments or 1))
        elif self._option.startswith(tuple(_STEPPED)):
            self._facts.control("time step", numbers[0])
            self._step.period = positive(numbers[1])

    def _end_step(self) -> None:
        self._step.increments = self._increments
        self._step.nonlinear = self._nonlinear
        self._step.procedure = self._step.procedure or "STATIC"
        self._time += self._step.period or 0.0
        self._facts.add_step(self._step)
        self._step, self._increments = Step(""), None


def _numbers(line: bytes) -> list[str]:
    return _NUMBER.findall(decode(line[:400]))
