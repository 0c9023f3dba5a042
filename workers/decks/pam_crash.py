"""PAM-CRASH and Virtual Performance Solution decks (.pc), formats 2002 to 2023.

Statements up to the first card, then cards: a name of up to six letters and a `/` in the seventh column, with rows of
their own below. `$` and `#` begin a comment.
"""

import re
from typing import ClassVar

from workers.decks.arithmetic import positive
from workers.decks.facts import DeckFacts, Opener, Step, Stream
from workers.decks.reader import DeckReader, first_line
from workers.parsers.text import decode, fortran_float

# INPUTVERSION 2011    ANALYSIS EXPLICIT    SOLVER    CRASH    UNIT       MM       KG       MS   KELVIN
_STATEMENT = re.compile(
    rb"(INPUTVERSION|ANALYSIS|SOLVER|UNIT|SIGNAL|FILE|DATACHECK|STOPRUN|RESTARTFILES|SHELLCHECK|SOLIDCHECK|DCOMP"
    rb"|DEBUG|MAXMEMORY|SUBRUN|RESUMERUN|AIRBAGCHECK|METRICCHECK|PYVARCHECK|MEMCHECK|MERGEGAP|AUTOSLEEP|PIPE)\b"
)
# TITLE /  Box beam     NODE  /        1              0.            50.5              0.     NSMAS2/
_CARD = re.compile(rb"(?=.{6}/)[A-Z][A-Z0-9_]{1,5} *")
_SURE = re.compile(
    rb"^(?:INPUTVERSION +(?:19|20)\d\d\b|RUNEND/|(?:OCTRL|TCTRL|ECTRL|PCTRL) /|END_(?:RUNEND|OCTRL|TCTRL)\b"
    rb"|(?:NODE  |SHELL |SOLID |PART  |MATER |INCLU |CNTAC |FUNCT )/)",
    re.MULTILINE,
)

ELEMENTS = frozenset(
    b"SOLID HEXA20 PENT15 PENTA6 TETR10 TETR4 TETRA BSHEL TSHEL SHELL SHEL6 SHEL8 MEMBR BEAM SPRGBM BAR SPRING JOINT"
    b" KJOIN MTOJNT SPHEL SPHELO GAP IMPMA ELINK LLINK SLINK PLINK TIED".split()
)
"""Cards of one element each; links that are resolved into many count as the one that is written."""
_KEPT = frozenset(
    {b"ANALYSIS", b"SOLVER", b"UNIT", b"DATACHECK", b"STOPRUN", b"RESTARTFILES", b"DCOMP"}
)
_OUTPUTS = ("OUTPUT", "OUTPUT_FILE_FORMAT", "TIME_HISTORY", "CONTOUR_PLOT")
_BLOCKS = (b"RUNEND", b"TCTRL", b"OCTRL")


class PamCrashDeck(DeckReader):
    """Reader of PAM-CRASH decks."""

    solver: ClassVar[str] = "pam-crash"
    endings: ClassVar[tuple[str, ...]] = (".pc",)
    levels: ClassVar[int] = 20

    @staticmethod
    def claims(head: bytes) -> bool:
        first = first_line(head, (b"$", b"#"), indented=False)
        begins = _STATEMENT.match(first) or _CARD.match(first)
        return begins is not None and _SURE.search(head) is not None

    def __init__(self, deck: Stream, open_include: Opener) -> None:
        super().__init__(deck, open_include)
        self._card = b""
        """The card whose rows are being read, if they are of those that are."""
        self._procedure = "EXPLICIT"

    def facts(self) -> DeckFacts:
        for line in self._sources:
            if line.startswith((b"$", b"#")) or not line:
                continue
            if line[6:7] == b"/" and (card := line[:6].rstrip()).isalnum():
                if card == b"NODE" or card == b"CNODE":
                    self._facts.nodes += 1
                elif card in ELEMENTS:
                    self._facts.elements += 1
                else:
                    self._take_card(card, line)
            elif self._card:
                self._take_row(decode(line))
            elif found := _STATEMENT.match(line):
                self._take_statement(found[1], decode(line[found.end() :]).strip())
            elif line.startswith(b"ENDDATA"):
                self._sources.stop()
        self._facts.add_step(Step(self._procedure, self._facts.end_time))
        return self._facts

    def _take_statement(self, name: bytes, value: str) -> None:
        if name == b"INPUTVERSION":
            self._facts.solver_version = value.split()[0][:20] if value else None
        elif name == b"ANALYSIS" and value:
            self._procedure = value.upper()[:40]
        if name in _KEPT:
            self._facts.control(name.decode(), " ".join(value.split()))

    def _take_card(self, card: bytes, line: bytes) -> None:
        self._card = card if card in _BLOCKS else b""
        rest = line[7:].strip()
        if card == b"TITLE":
            self._facts.entitle(decode(rest))
        elif card == b"INCLU":
            name = rest.decode("utf-8", "surrogateescape").strip("\"'")
            self._sources.include(name, (self._sources.folder, ""))

    def _take_row(self, line: str) -> None:
        """` TIME      15.01` in RUNEND; ` DSYOUTPUT    STATE       10` in OCTRL; up to END_RUNEND, END_OCTRL."""
        words = line.split()
        if not words:
            return
        if words[0].startswith("END_"):
            self._card = b""
        elif self._card == b"RUNEND":
            self._take_end(words)
        elif self._card == b"TCTRL" or words[0].endswith(_OUTPUTS):
            name = f"{self._card.decode()} {words[0]}"
            self._facts.control(name, " ".join(words[1:]) or True)

    def _take_end(self, words: list[str]) -> None:
        """The end time stands behind its name, in older decks alone."""
        if words[0] in ("CYCLE", "SENSOR", "START_AT") and len(words) > 1:
            self._facts.control(f"RUNEND {words[0]}", words[1])
            return
        text = words[1] if words[0] == "TIME" and len(words) > 1 else words[0]
        if self._facts.end_time is None:
            self._facts.end_at(positive(fortran_float(text)))
