"""Radioss and OpenRadioss decks: the starter's (_0000.rad) and the engine's (_0001.rad and on), formats 44 to 2026.

`/` begins a keyword, `#` a comment, `#include` takes a file in place. A starter's engine files are named after
its run and say until when each goes on.
"""

import re
from typing import ClassVar

from workers.decks.arithmetic import positive
from workers.decks.facts import DeckFacts, Opener, Stream
from workers.decks.reader import DeckReader, first_line
from workers.parsers.text import decode, fortran_float

ENGINES = 99

# #RADIOSS STARTER    /BEGIN    /RUN/DBEND_44/1    /VERS/2017    /ANIM/DT    /TFILE/3
_FIRST_LINE = re.compile(
    rb"/(?:BEGIN|TITLE|RUN/|VERS/|ANIM/|TFILE|H3D/|DT\b|DTIX|STOP|PRINT|RFILE|MON/|NODE|MAT/|PART/|PROP/|SHELL/"
    rb"|BRICK/|IMPL/|DYREL|KEREL|ADYREL|OUTP/|TH/|PARITH|RBODY|STATE/|VEL/|DEL/|ATFILE|ABF)",
    re.IGNORECASE,
)
_ROWS = {
    **dict.fromkeys(("SHELL", "SH3N", "BRICK", "QUAD", "TRIA", "TETRA4", "PENTA6", "PYRA5"), 1),
    **dict.fromkeys(("BEAM", "TRUSS", "SPRING", "SPHCEL", "XELEM"), 1),
    **dict.fromkeys(("TETRA10",), 2),
    **dict.fromkeys(("BRIC20", "SHEL16", "BRIC16"), 3),
}
"""Rows of each element."""
_CODE = {
    "SYS": "runs a command of the system",
    "SYSTEM": "runs a command of the system",
    "PYTHON": "runs Python",
    "USERW": "calls user code",
    "MAT/USER": "calls user code",
    "PROP/USER": "calls user code",
    "SENSOR/USER": "calls user code",
    "SENSOR/PYTHON": "runs Python",
    "FUNCT_PYTHON": "runs Python",
    "FAIL/USER": "calls user code",
    "EXT_USER": "calls user code",
}
_VALUES = {
    "DT": ("{} scale", "{} minimum"),
    "TFILE": ("{} interval",),
    "RFILE": ("{} cycles",),
    "ANIM/DT": ("{} start", "{} interval"),
    "H3D/DT": ("{} start", "{} interval"),
    "STOP": ("{} energy error", "{} mass", "{} nodal mass"),
    "KILL": ("{} energy error", "{} mass", "{} nodal mass"),
    "DYREL": ("{} relaxation", "{} period"),
    "IMPL/DTINI": ("{}",),
    "IMPL/DT/STOP": ("{} minimum", "{} maximum"),
}
"""Engine keywords, by their first words, and what the line after them holds."""


class RadiossDeck(DeckReader):
    """Reader of Radioss starter decks, each with its engine decks, and of engine decks."""

    solver: ClassVar[str] = "radioss"
    endings: ClassVar[tuple[str, ...]] = (".rad",)
    levels: ClassVar[int] = 15

    @staticmethod
    def claims(head: bytes) -> bool:
        return _FIRST_LINE.match(first_line(head, b"#", indented=False)) is not None

    def __init__(self, deck: Stream, open_include: Opener) -> None:
        super().__init__(deck, open_include)
        self._keyword = ""
        self._row = self._rows_begun = 0
        self._run = ""
        """The run's name that /BEGIN gives."""
        self._engine = 0

    def facts(self) -> DeckFacts:
        self._read()
        while self._run and self._engine < ENGINES:
            self._engine += 1
            name = f"{self._run}_{self._engine:04d}.rad"
            if self._sources.include(name, optional=True).state != "found":
                break
            self._read()
        return self._facts

    def _read(self) -> None:
        for line in self._sources:
            if line.startswith(b"/"):
                self._take_keyword(decode(line).strip())
            elif line.startswith(b"#"):
                if line[:8].lower() == b"#include":
                    name = line[8:].strip().decode("utf-8", "surrogateescape").strip("\"'")
                    self._sources.include(name, (self._sources.folder, ""))
            elif line.strip() and self._keyword:
                self._take_row(line)

    def _take_keyword(self, text: str) -> None:
        self._keyword = text[1:].upper().strip("/")
        self._row = self._rows_begun = 0
        words = self._keyword.split("/")
        facts = self._facts
        if words[0] in ("END", "ENDDATA"):
            self._keyword = ""
        elif words[0] == "VERS" and len(words) > 1:
            facts.solver_version = facts.solver_version or words[1][:20]
        elif words[0] == "RUN" and len(words) > 1 and not self._run:
            facts.entitle(text[1:].split("/")[1])
        elif words[0] == "PRINT" and len(words) > 1:
            facts.control("/PRINT", words[1])
        elif words[0] == "IMPL" and len(words) > 1:
            facts.control("implicit", True)
        for begin, does in _CODE.items():
            if self._keyword == begin or self._keyword.startswith(
                (begin + "/", begin + "0", begin + "1")
            ):
                facts.note(f"/{self._keyword} {does}")

    def _take_row(self, line: bytes) -> None:
        kind = self._keyword.partition("/")[0]
        self._row += 1
        if self._keyword == "NODE":
            self._facts.nodes += 1 + self._count_rows()
        elif kind in _ROWS:
            rows = self._rows_begun + 1 + self._count_rows()
            self._facts.elements += rows // _ROWS[kind]
            self._rows_begun = rows % _ROWS[kind]
        elif self._keyword == "BEGIN":
            self._take_begin(decode(line))
        elif self._keyword == "TITLE" and self._row == 1:
            self._facts.title = None  # it says more than the run's name
            self._facts.entitle(decode(line))
        elif kind == "RUN" and self._row == 1:
            values = decode(line).split()
            self._facts.end_at(positive(fortran_float(values[0])) if values else None)
        elif self._row == 1:
            self._take_values(decode(line).split())

    def _take_begin(self, line: str) -> None:
        if self._row == 1:
            self._run = line.strip()[:200]
            self._facts.entitle(line)
        elif self._row == 2 and line.split():
            self._facts.solver_version = line.split()[0][:20]
        elif self._row == 4 and line.split():
            self._facts.control("units", " ".join(line.split()))

    def _take_values(self, values: list[str]) -> None:
        """`/DT/NODA/CST/0` and `0.9 0.0`: scale factor and least time step."""
        for begin, names in _VALUES.items():
            if self._keyword == begin or self._keyword.startswith(begin + "/"):
                for name, text in zip(names, values, strict=False):
                    self._facts.control(name.format("/" + self._keyword), text)
                return

    def _count_rows(self) -> int:
        # Rows may be taken from an `#include` in the middle of the block, and go on after it.
        return self._sources.rows(b"/", b"#", b"#include")
