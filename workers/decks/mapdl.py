"""MAPDL decks (.dat .inp .mac .cdb), as written by hand or by Workbench (release 11 to 2025).

Commands count by their first four letters (after `/` or `*`), `!` begins a comment, `$` parts commands of a line.
Mesh blocks say their own counts. Loops and *IF are not run: what stands in them counts once.
"""

import re
from typing import ClassVar

from workers.decks.arithmetic import positive, value_of
from workers.decks.facts import DeckFacts, Opener, Step, Stream
from workers.decks.reader import DeckReader, first_line
from workers.parsers.text import decode, fortran_float, integer

PARAMETERS_KEPT = 10_000

# /batch   /PREP7   /COM,ANSYS RELEASE 2022 R1   /title,beam   FINISH   *DIM,a,array,3   ET,1,SOLID185   /CLEAR
_FIRST_COMMAND = re.compile(
    rb"/(?:BATCH|PREP7?|COM\b|TITLE|FILN\w*|CLEAR|CLE|NOPR|NOLIST|UNITS|CONFIG|VERIFY|SHOW|INPUT|INP|GRAPH\w*|ESHAPE"
    rb"|VIEW|PNUM|NERR|UIS|CWD|SOLU|POST1|OUT\w*|INQ\w*|SYP?|SYS|WB\b|GO\b|DEB\w*|AUX\w*|EOF|REPLOT|STATUS|TRACK|PSF)"
    rb"|FINI(?:SH?)?[ \t]*(?:$|[!$])|\*(?:DIM|GET|SET|CREATE|DO|IF|AFUN|ASK|DEL)[ \t]*,|ET[ \t]*,[ \t]*\w+[ \t]*,[ \t]*\w+"
    rb"|(?:MP|R|N|K|E|EN|TB)[ \t]*,[ \t]*[\w.]+[ \t]*,|[A-Za-z_]\w{0,31}[ \t]*=[^=]|~CFIN|RESUME|CDREAD[ \t]*,|NBLOCK[ \t]*,"
    rb"|KEYW[ \t]*,",
    re.IGNORECASE,
)
_SURE = re.compile(
    rb"^[ \t]*(?:/PREP7|/BATCH|/SOLU|/COM,|/TITLE|/CLEAR|/NOPR|/POST1|FINI|NBLOCK,|ET,|/FILN|\*DIM,|\*GET,|/UNITS|/WB,)",
    re.MULTILINE | re.IGNORECASE,
)
# ! ANSYS input file written by Workbench version 2022 R1      /COM,ANSYS RELEASE 2021 R2           BUILD 21.2
_VERSION = re.compile(r"(?:Workbench version|ANSYS RELEASE)\s+(\d{4}\s?R\d|[\d.]+)", re.IGNORECASE)
_ANALYSES = {
    "0": "STATIC",
    "1": "BUCKLE",
    "2": "MODAL",
    "3": "HARMIC",
    "4": "TRANS",
    "7": "SUBSTR",
    "8": "SPECTR",
}
_SETTINGS = "NSUB DELT AUTO NLGE KBC CNVT NEQI EQSL MODO HARF OUTR SOLC TINT LNSR ARCL STAB RESC NROP TRNO NCNV"
_CONTROLS = frozenset(_SETTINGS.split())
_CODE = {
    "/SYS": "runs a command of the system",
    "/SYP": "runs a command of the system",
    "/UPF": "builds and calls user code",
    "*ULI": "loads a macro library",
    "*PYT": "runs Python",
    "/PYT": "runs Python",
    "/MKD": "makes a folder",
    "/DEL": "deletes files",
    "/COP": "copies files",
    "/REN": "renames files",
    "*CFO": "writes a file",
    "/CWD": "works in another folder",
    "RESU": "reads a database",
    "/ASS": "names files of its own",
}


class MapdlDeck(DeckReader):
    """Reader of MAPDL input and mesh files."""

    solver: ClassVar[str] = "ansys"
    endings: ClassVar[tuple[str, ...]] = (".dat", ".inp", ".mac", ".cdb")
    levels: ClassVar[int] = 20

    @staticmethod
    def claims(head: bytes) -> bool:
        first = first_line(head, b"!")
        return _FIRST_COMMAND.match(first) is not None and _SURE.search(head) is not None

    def __init__(self, deck: Stream, open_include: Opener) -> None:
        super().__init__(deck, open_include)
        self._parameters: dict[str, float] = {}
        self._analysis = "STATIC"
        self._nonlinear = False
        self._time: float | None = None
        self._solved = 0.0

    def facts(self) -> DeckFacts:
        for raw in self._sources:
            self._take_line(raw)
        if self._facts.step_count:
            self._facts.end_at(self._time)
        return self._facts

    def _take_line(self, raw: bytes) -> None:
        text = raw.decode("utf-8", "surrogateescape").strip()
        if self._facts.solver_version is None and ("ANSYS" in text or "Workbench" in text):
            found = _VERSION.search(text)
            self._facts.solver_version = found[1] if found else None
        upper = text[:7].upper()
        if upper.startswith(("/TITLE", "/COM")):
            if upper.startswith("/TITLE"):
                self._facts.title = None  # the last one stands
                self._facts.entitle(
                    decode(text[6:].lstrip(", ").encode("utf-8", "surrogateescape"))
                )
            return
        text = text.partition("!")[0]
        for command in text.split("$") if "$" in text else (text,):
            if command:
                self._take_command(command.strip())

    def _take_command(self, command: str) -> None:
        said = [part.strip() for part in command.split(",")]
        name = said[0].upper()
        short = name[:4]
        facts = self._facts
        if short in ("NBLO", "EBLO"):
            self._take_block(short, said)
        elif name == "N":
            facts.nodes += 1
        elif name in ("E", "EN"):
            facts.elements += 1
        elif short == "SOLV":
            self._solve(1)
        elif short == "LSSO":
            self._solve(_steps(said))
        elif short == "TIME":
            time = self._number(said, 1)
            self._time = time if time is not None and time >= 0 else self._time
        elif short == "ANTY":
            given = said[1].upper() if len(said) > 1 else "0"
            self._analysis = _ANALYSES.get(given, given or "STATIC")
            if "REST" in (part.upper()[:4] for part in said[2:3]):
                facts.note("ANTYPE,,REST goes on from an earlier run")
        elif short in _CONTROLS:
            self._take_control(short, said)
        elif "=" in command and not name.startswith(("/", "*")):
            self._take_parameter(command)
        else:
            self._take_file(short, said)

    def _take_control(self, short: str, said: list[str]) -> None:
        if short == "NLGE":
            self._nonlinear = len(said) > 1 and said[1].upper() in ("ON", "1", "YES")
        self._facts.control(said[0].upper(), ",".join(said[1:]).strip(","))

    def _take_parameter(self, command: str) -> None:
        name, _, text = command.partition("=")
        value = value_of(text, self._parameters)
        if value is not None and len(self._parameters) < PARAMETERS_KEPT:
            self._parameters[name.strip().lower()] = value

    def _number(self, said: list[str], at: int) -> float | None:
        return value_of(said[at], self._parameters) if len(said) > at and said[at] else None

    def _solve(self, count: int) -> None:
        for _ in range(min(count, 10_000)):
            self._facts.add_step(Step(self._analysis, self._period(), None, self._nonlinear))

    def _period(self) -> float | None:
        if self._time is None:
            return None
        period, self._solved = self._time - self._solved, self._time
        return positive(period)

    def _take_block(self, short: str, said: list[str]) -> None:
        """`nblock,3,,3168` and `EBLOCK,19,SOLID,    33968,    33968`: the rows, up to the -1 that ends them."""
        declared = integer(said[4]) if len(said) > 4 else None
        rows = elements = 0
        goes_on = False
        for raw in self._sources:
            line = raw.strip()
            if line == b"-1" or line[:2].upper() == b"N," or line.startswith((b"/", b"*")):
                break
            if line.startswith(b"("):
                continue
            rows += 1
            if goes_on:
                goes_on = False
            elif short == "EBLO":
                elements += 1
                goes_on = declared is None and _is_long(line)
        if short == "NBLO":
            self._facts.nodes += rows
        else:
            self._facts.elements += elements if declared is None else declared

    def _take_file(self, short: str, said: list[str]) -> None:
        """`/INPUT,mesh,dat` and `CDREAD,DB,mesh,cdb` paste a file in; `*USE,macro` runs one."""
        if short == "/INP":
            self._sources.include(_with_ending(said[1:3]), (self._sources.folder, ""))
        elif short == "CDRE" and len(said) > 2:
            self._sources.include(_with_ending(said[2:4], "cdb"), (self._sources.folder, ""))
        elif short == "*USE" and len(said) > 1:
            self._sources.include(said[1] if "." in said[1] else said[1] + ".mac")
        elif short in _CODE:
            self._facts.note(f"{said[0].upper()} {_CODE[short]}")


def _is_long(line: bytes) -> bool:
    """Whether an element's row says, in its ninth field, more nodes than the eight it has room for."""
    said = line.split()
    count = integer(said[8].decode("latin-1")) if len(said) > 18 else None
    return count is not None and count > 8


def _with_ending(said: list[str], otherwise: str = "") -> str:
    name = said[0].strip("'\"") if said else ""
    ending = (said[1].strip("'\"") if len(said) > 1 else "") or ("" if "." in name else otherwise)
    return f"{name}.{ending}" if ending else name


def _steps(said: list[str]) -> int:
    """LSSOLVE,1,5,2 solves load step files 1, 3 and 5."""
    begin, end, by = (fortran_float(text) for text in [*said, "", "", ""][1:4])
    if begin is None or end is None or not (0 <= begin <= end < 1e6):
        return 1
    return int((end - begin) // max(positive(by) or 1, 1)) + 1
