"""The cards of MAPDL scripts and of SU2's settings."""

import re
import zlib

from workers.decks.cards import (
    CONTACT,
    CONTROL,
    LOAD,
    MATERIAL,
    OTHER,
    OUTPUT,
    SECTION,
    SET,
    Cards,
    Row,
    members,
    value_from,
    words_from,
)
from workers.decks.facts import DeckFacts, Opener, Stream
from workers.decks.sources import Sources
from workers.decks.su2 import Su2Deck
from workers.parsers.text import decode, integer

_COMMANDS = {
    MATERIAL: "MP MPDA MPTE TB TBDA TBTE TBPT MPAM UIMP",
    SECTION: "ET KEYO R RMOR RMODI SECT SECD SECB SECO SECC REAL TYPE MAT SECN ESYS LOCA CS",
    CONTACT: "CNCH CNTR CONT",
    LOAD: "D F SF SFE SFA SFL BF BFE BFUN DA DL DK FK ACEL CGLO OMEG CMOM TUNI TREF IC CP CE CERI SFGR DSYM ANTY",
    CONTROL: "ANTY SOLV NSUB DELT TIME AUTO NLGE KBC CNVT NEQI EQSL MODO MXPA OUTR TRNO LNSR ARCL STAB RESC NROP ALPH BETA",
    OUTPUT: "OUTR OUTP /OUT SAVE PRNS PLNS ETAB *VWR NSOL ESOL",
}
_GROUPS = {word: group for group, words in _COMMANDS.items() for word in words.split()}
_ROW = re.compile(rb"[ \t]*\((\d{1,3})[iI]")
_MOST_MEMBERS = 10**8
_ASSIGNED = re.compile(r"([A-Za-z_]\w{0,31})\s*=\s*(.+)")


class MapdlCards:
    """Lines in their order, commands by their first letters; blocks of nodes and elements folded."""

    def __init__(self, deck: Stream, open_include: Opener) -> None:
        self.cards = Cards("ansys", ordered=True)
        self._facts = DeckFacts("ansys")
        self._sources = Sources(deck, open_include, self._facts, 20)

    def facts(self) -> DeckFacts:
        for raw in self._sources:
            text = decode(raw).partition("!")[0].strip()
            for part in (
                text.split("$") if not text.upper().startswith(("/COM", "/TIT")) else [text]
            ):
                if part.strip():
                    self._take(part.strip())
        return self._facts

    def _take(self, text: str) -> None:
        said = [part.strip() for part in text.split(",")]
        word = said[0].upper()
        starred = word.startswith(("*", "/", "~"))
        name = word[: 5 if word.startswith("*VWR") else 4]
        if name in ("/COM", "_WB_"):
            return  # Workbench writes its folders there
        assigned = _ASSIGNED.fullmatch(text)
        if assigned and not starred:
            self.cards.parameter(assigned[1].lower(), value_from(assigned[2]))
            return
        if name in ("NBLO", "EBLO"):
            self._fold("nodes" if name == "NBLO" else "elements")
            return
        if name in ("/INP", "CDRE") and len(said) > 1:
            file = f"{said[1]}.{said[2]}" if len(said) > 2 and said[2] else said[1]
            self._sources.include(file.strip("'"))
            return
        if name == "CMBL" and len(said) > 3:
            self._fold_component(said)
            return
        row: Row = [value_from(part) for part in said[1:]]
        if name in ("/TIT", "/TITL"):
            name, row = "/TITLE", [words_from(text.partition(",")[2])]
        self.cards.add(name, "", [row], _GROUPS.get(name, OTHER))

    def _fold_component(self, said: list[str]) -> None:
        """`CMBLOCK,FIX,NODE,17` and `(8i10)`, then 17 numbers, eight a row."""
        form = _ROW.match(next(iter(self._sources), b""))
        count = min(integer(said[3]) or 0, _MOST_MEMBERS)
        total = 0
        for _ in range(-(-count // int(form[1])) if form else 0):
            total += zlib.crc32(b" ".join(next(iter(self._sources), b"").split()))
        self.cards.add("CMBLOCK", said[1].upper(), [members(count, total)], SET)

    def _fold(self, kind: str) -> None:
        """`NBLOCK,6,SOLID` and `(3i9,6e21.13e3)`, rows, and `N,R5.3,LOC,-1,` or `-1`."""
        mesh = self.cards.mesh(kind)
        next(iter(self._sources), b"")
        for raw in self._sources:
            line = raw.strip()
            if line == b"-1" or line[:2].upper() == b"N," or line[:1] == b"/":
                return
            mesh.add(zlib.crc32(b" ".join(line.split())))


class Su2Cards(Su2Deck):
    """Each option with its value."""

    def __init__(self, deck: Stream, open_include: Opener) -> None:
        super().__init__(deck, open_include)
        self.cards = Cards(self.solver)

    def facts(self) -> DeckFacts:
        begun = ""
        for raw in self._sources:
            line = decode(raw).partition("%")[0].strip()
            if not line and not begun:
                continue
            if line.endswith("\\") and len(begun) < 100_000:
                begun += line[:-1] + " "
                continue
            name, equals, text = (begun + line).partition("=")
            begun = ""
            if equals:
                self._keep(name.strip().upper(), " ".join(text.split()))
        return self._facts

    def _keep(self, name: str, text: str) -> None:
        values: Row = [value_from(part) for part in re.split(r"[\s,()]+", text) if part]
        group = CONTROL
        if name.startswith(("MARKER_", "FREESTREAM", "MACH", "AOA", "REYNOLDS", "INC_")):
            group = LOAD
        elif name.startswith(
            ("FLUID", "VISCOSITY", "MU_", "GAMMA", "GAS_", "MATERIAL", "ELASTICITY")
        ):
            group = MATERIAL
        elif name.startswith(
            ("OUTPUT", "SCREEN", "HISTORY", "VOLUME", "RESTART_FILE", "CONV_FILE")
        ):
            group = OUTPUT
        self.cards.add(name, "", [values], group)
