"""Code_Aster decks: the .export that names the files of a study, and the command file (.comm), which is Python (9 to 17).

A command is read when its parentheses have closed, and never run: a value that only Python could work out is not known.
A mesh in Code_Aster's own format (.mail) is counted.
"""

import re
from collections.abc import Iterator
from itertools import islice
from typing import ClassVar

from workers.decks.arithmetic import positive, value_of
from workers.decks.facts import DeckFacts, Opener, Step, Stream
from workers.decks.reader import DeckReader, first_line
from workers.parsers.text import decode, integer

COMMAND_KEPT = 20_000
"""Characters of a command that are looked at."""
NAMES_KEPT = 10_000
VALUES_KEPT = 50
"""Values of one name in a command that are looked at."""

# P actions make_etude     F comm hook.comm D 1     A memjeveux 512
_EXPORT_LINE = re.compile(rb"[PAFR][ \t]+[\w-]+(?:[ \t]+\S|[ \t]*$)")
_EXPORT = re.compile(rb"^(?:F[ \t]+comm[ \t]|P[ \t]+actions[ \t])", re.MULTILINE)
# DEBUT(LANG="EN")     POURSUITE(PAR_LOT='NON')     mesh = LIRE_MAILLAGE(UNITE=20)     CA.init("--test")
_COMMANDS = re.compile(
    rb"^[ \t]*(?:(?:DEBUT|POURSUITE)[ \t]*\(|\w+[ \t]*=[ \t]*(?:CA\.|code_aster\.)?(?:LIRE_MAILLAGE|AFFE_MODELE)[ \t]*\("
    rb"|(?:CA|code_aster)\.init[ \t]*\(|from code_aster\.Commands import)",
    re.MULTILINE,
)
_STRING = re.compile(
    r"\"\"\".*?\"\"\"|'''.*?'''|\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])*'", re.DOTALL
)
_CALL = re.compile(r"\s*(?:(\w+)\s*=\s*)?(?:CA\.|code_aster\.)?([A-Z][A-Z0-9_]{3,})\s*\(")
_ASSIGNED = re.compile(r"\s*([A-Za-z_]\w*)\s*=\s*([^=\n][^\n]*)")
_IMPORT = re.compile(
    r"\s*(?:import|from)\s+(os|subprocess|shutil|socket|ctypes|urllib|requests|sys)\b"
)
_RUNS = re.compile(
    r"\b(?:os\.(?:system|popen|exec\w*|remove|unlink)|subprocess\.\w+|exec|eval)\s*\("
)

# INST_FIN=tend,     VALE=(0., 1., (2.)),     JUSQU_A=tend/2
_VALUE = r"\b{name}\s*=\s*(\((?:[^()]|\([^()]*\)){{0,2000}}\)|[^,()\n]+(?:\([^()]*\)[^,()\n]*)?)"
_COMMANDS_THAT_SOLVE = """
MECA_STATIQUE STAT_NON_LINE MECA_NON_LINE DYNA_NON_LINE DYNA_VIBRA DYNA_LINE DYNA_LINE_TRAN DYNA_LINE_HARM DYNA_TRAN_MODAL THER_LINEAIRE
THER_NON_LINE THER_NON_LINE_MO CALC_MODES MODE_ITER_SIMULT MODE_ITER_INV MACRO_ELAS_MULT MACRO_MATR_AJOU SIMU_POINT_MAT
CALC_POINT_MAT CALC_EUROPLEXUS CALC_PRECONT COMB_SISM_MODAL DYNA_SPEC_MODAL MODE_STATIQUE CALC_FERRAILLAGE
"""
_PROCEDURES = frozenset(_COMMANDS_THAT_SOLVE.split())
_NONLINEAR = (
    "STAT_NON_LINE",
    "MECA_NON_LINE",
    "DYNA_NON_LINE",
    "THER_NON_LINE",
    "THER_NON_LINE_MO",
)
_SETTINGS = (
    "ITER_GLOB_MAXI",
    "RESI_GLOB_RELA",
    "RESI_GLOB_MAXI",
    "METHODE",
    "SCHEMA",
    "PAS_MINI",
    "MODELISATION",
)
_KEPT = (
    "version",
    "memory_limit",
    "time_limit",
    "ncpus",
    "mpi_nbcpu",
    "mpi_nbnoeud",
    "tpmax",
    "memjeveux",
    "testlist",
)
_MESH_NODES = ("COOR_1D", "COOR_2D", "COOR_3D")
_MESH_ELEMENTS = re.compile(
    r"(?:POI1|SEG[234]|TRIA[3679]|TRIA?_?7|QUAD[489]|TETRA(?:4|8|10)|PENTA(?:6|15|18)|PYRAM(?:5|13)|HEXA(?:8|9|20|27))",
)


class CodeAsterDeck(DeckReader):
    """Reader of Code_Aster's studies and command files."""

    solver: ClassVar[str] = "code_aster"
    endings: ClassVar[tuple[str, ...]] = (".export", ".comm")
    levels: ClassVar[int] = 5

    @staticmethod
    def claims(head: bytes) -> bool:
        if _EXPORT_LINE.match(first_line(head, b"#")):
            return _EXPORT.search(head) is not None
        return _COMMANDS.search(head) is not None

    def __init__(self, deck: Stream, open_include: Opener) -> None:
        super().__init__(deck, open_include)
        self._lists: dict[str, float] = {}
        """Ends of the lists of times, by name."""
        self._numbers: dict[str, float] = {}
        self._last_time = 0.0

    def facts(self) -> DeckFacts:
        is_study = False
        for raw in self._sources:
            if _EXPORT_LINE.match(raw):
                is_study = True
                self._take_study(decode(raw).split())
            elif not is_study and raw.strip() and not raw.startswith(b"#"):
                self._read_commands(raw)
            elif raw.startswith((b"# TITRE", b"#TITRE")):
                self._facts.entitle(decode(raw).partition("TITRE")[2])
        return self._facts

    def _take_study(self, said: list[str]) -> None:
        """`F comm hook.comm D 1`: type, file, D for data and R for results, unit."""
        if said[0] in "PA" and len(said) > 2 and said[1] in _KEPT:
            if said[1] == "version":
                self._facts.solver_version = said[2][:20]
            else:
                self._facts.control(said[1], " ".join(said[2:]))
        elif said[0] in "FR" and len(said) > 3 and "D" in said[-2]:
            kind, name = said[1], " ".join(said[2:-2]).removeprefix("./")
            before = self._sources.depth
            self._sources.include(name, (self._sources.folder, ""), follow=kind in ("comm", "mail"))
            if self._sources.depth == before:
                return
            if kind == "mail":
                self._read_mesh()
            else:
                self._read_commands()

    def _read_commands(self, first: bytes = b"") -> None:
        """The commands of the file that was opened last, up to its end."""
        depth, said = 0, ""
        for raw in self._lines(first):
            text = _without_comment(raw.decode("utf-8", "surrogateescape"))
            if raw.lstrip().startswith(b"# TITRE"):
                self._facts.entitle(decode(raw).partition("TITRE")[2])
            if not text.strip():
                continue
            if depth > 0 and text[:1].isalpha() and _CALL.match(text):
                self._take_command(said)  # a string over lines has hidden where the last one closed
                depth, said = 0, ""
            plain = _STRING.sub("''", text)
            depth += sum(plain.count(sign) for sign in "([{") - sum(
                plain.count(sign) for sign in ")]}"
            )
            if len(said) < COMMAND_KEPT:
                said += text + "\n"
            if depth <= 0:
                self._take_command(said)
                depth, said = 0, ""
        if said:
            self._take_command(said)

    def _read_mesh(self) -> None:
        """Blocks of rows, `COOR_3D`, `HEXA8`, up to FINSF; `%` begins a comment."""
        block, per_row, entries = "", 0, 0
        for raw in self._lines():
            words = decode(raw).partition("%")[0].split()
            if not words:
                continue
            if not block:
                block, entries = words[0], 0
                per_row = _entries(block)
            elif words[0] == "FINSF":
                if per_row and block in _MESH_NODES:
                    self._facts.nodes += entries // per_row
                elif per_row:
                    self._facts.elements += entries // per_row
                block = ""
            elif per_row and "=" not in words:
                entries += len(words)

    def _lines(self, first: bytes = b"") -> Iterator[bytes]:
        if first:
            yield first
        yield from self._sources.lines_of_one()

    def _take_command(self, said: str) -> None:
        if found := _IMPORT.match(said):
            self._facts.note(f"imports {found[1]}")
        elif found := _RUNS.search(said):
            self._facts.note(f"runs {found[0].rstrip('( ')}")
        call = _CALL.match(said)
        if call is None:
            self._take_number(said)
            return
        name, command = call[1] or "", call[2]
        if command in ("DEFI_LIST_REEL", "DEFI_LIST_INST"):
            self._take_list(name, said)
        elif command in _PROCEDURES:
            self._take_step(command, said)
        elif command == "POURSUITE":
            self._facts.note("POURSUITE goes on from the base of an earlier run")
        elif command == "EXEC_LOGICIEL":
            self._facts.note("EXEC_LOGICIEL runs a program")
        elif command == "INCLUDE":
            self._take_include(said)
        elif command in ("AFFE_MODELE", "LIRE_MAILLAGE", "DEFI_LIST_INST"):
            self._keep(said, ("MODELISATION", "FORMAT"))

    def _take_include(self, said: str) -> None:
        """`INCLUDE(DONNEE='loads.comm')`; one by its unit is a file that the study names."""
        name = re.search(r"DONNEE\s*=\s*['\"]([^'\"]+)", said)
        if name:
            before = self._sources.depth
            self._sources.include(name[1], (self._sources.folder, ""))
            if self._sources.depth > before:
                self._read_commands()

    def _take_number(self, said: str) -> None:
        found = _ASSIGNED.match(said)
        value = value_of(found[2].rstrip(" ;"), self._numbers) if found else None
        if found and value is not None and len(self._numbers) < NAMES_KEPT:
            self._numbers[found[1].lower()] = value

    def _take_list(self, name: str, said: str) -> None:
        """`DEFI_LIST_REEL(DEBUT=0., INTERVALLE=_F(JUSQU_A=3., NOMBRE=6))`, `(VALE=(0., 1.))`, or of another list."""
        ends = [self._number(text) for text in _after(said, "JUSQU_A")]
        if not ends:
            ends = [self._number(text) for text in _after(said, "VALE")[-1:]]
        if not ends:
            ends = [self._lists.get(text) for text in _after(said, "LIST_INST")[-1:]]
        if ends and ends[-1] is not None and len(self._lists) < NAMES_KEPT:
            self._lists[name] = ends[-1]
        self._keep(said, ("PAS_MINI",))

    def _take_step(self, command: str, said: str) -> None:
        end = next((self._number(text) for text in _after(said, "INST_FIN")), None)
        if end is None:
            end = next((self._lists.get(text) for text in _after(said, "LIST_INST")), None)
        begin = next((self._number(text) for text in _after(said, "INST_INIT")), None)
        self._keep(said, _SETTINGS)
        period = positive(end - (begin or 0.0)) if end is not None else None
        self._facts.add_step(Step(command, period, None, command in _NONLINEAR))
        if end is not None:
            self._last_time = max(self._last_time, end)
            self._facts.end_at(positive(self._last_time))

    def _keep(self, said: str, names: tuple[str, ...]) -> None:
        for name in names:
            for text in _after(said, name)[-1:]:
                known = self._numbers.get(text.lower())
                self._facts.control(name, text if known is None else known)

    def _number(self, text: str) -> float | None:
        return value_of(text, self._numbers)


def _after(said: str, name: str) -> list[str]:
    """What stands after each `NAME=`, the last of several in parentheses: `VALE=(0., 1., 2.)` is 2."""
    found = re.finditer(_VALUE.format(name=name), said)
    values = []
    for value in islice(found, VALUES_KEPT):
        inner = value[1].strip()
        if inner.startswith("("):
            inner = inner[1:-1].rstrip(", \n").rpartition(",")[2]
        values.append(inner.strip().strip("'\" "))
    return values


def _without_comment(text: str) -> str:
    at = text.find("#")
    while at >= 0:
        if all(not (m.start() < at < m.end()) for m in _STRING.finditer(text)):
            return text[:at]
        at = text.find("#", at + 1)
    return text


def _entries(block: str) -> int:
    """Words of each row of a block: the name, and coordinates or nodes; 0 where it is neither."""
    if block in _MESH_NODES:
        return 1 + int(block[5])
    if _MESH_ELEMENTS.fullmatch(block):
        return 1 + (integer(re.sub(r"\D", "", block)) or 0)
    return 0
