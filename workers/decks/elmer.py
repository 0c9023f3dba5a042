"""Elmer decks (.sif): sections of `Name = Type value` up to End, `!` comments, lines that go on after a backslash.

Neither case nor blanks in names count. The mesh is a folder; its mesh.header says the counts.
"""

import re
from typing import ClassVar

from workers.decks.arithmetic import positive, value_of
from workers.decks.facts import DeckFacts, Opener, Step, Stream
from workers.decks.reader import DeckReader
from workers.parsers.text import decode, integer

PARAMETERS_KEPT = 10_000
TEXT_KEPT = 4000

# Solver 1     Boundary Condition 3     Simulation     Body Force 1
_SECTION = re.compile(
    r"(header|constants|simulation|run control|(?:body force|body|material|equation|solver|boundary condition"
    r"|initial condition|component|boundary)\s+\d+)\s*(?:$|(::)\s*)",
    re.IGNORECASE,
)
_SURE = re.compile(
    rb"^[ \t]*(?:simulation|solver[ \t]+\d+|equation[ \t]+\d+)[ \t]*(?:::|[!\r]|$)",
    re.MULTILINE | re.IGNORECASE,
)
_OTHER = re.compile(
    rb"^[ \t]*(?:Mesh DB[ \t]|Simulation Type[ \t]*=|Active Solvers|Procedure[ \t]*=|Header[ \t]*\r?$|Equation[ \t]*=)",
    re.MULTILINE | re.IGNORECASE,
)
# Mesh DB "." "square"     Mesh DB square
_MESH = re.compile(r'mesh\s+db\s+("[^"]*"|\S+)(?:\s+("[^"]*"|\S+))?', re.IGNORECASE)
_INCLUDE = re.compile(r"include\s+(?!path\b)(\S.*)", re.IGNORECASE)
_TYPE = re.compile(r"(?:real|integer|logical|string|file|procedure|opt)\b\s*", re.IGNORECASE)
# `Real`, alone on its line, begins a table that has an End of its own
_TABLE = re.compile(r"(?:real|integer)(?:\s+(?:cubic|monotone|linear|array))*", re.IGNORECASE)
_SIMULATION = """
simulation type|coordinate system|steady state max iterations|steady state min iterations|timestepping method|bdf order
timestep intervals|timestep sizes|output intervals|adaptive timestepping|restart file|solver input file|output file
post file|max output level|extruded mesh levels
"""
_SOLVER = """
equation|procedure|variable|exec solver|linear system solver|linear system direct method|linear system iterative method
linear system preconditioning|linear system max iterations|linear system convergence tolerance
nonlinear system max iterations|nonlinear system convergence tolerance|steady state convergence tolerance
stabilization method|eigen analysis
"""
_KEPT = {
    "simulation": frozenset(_SIMULATION.strip().replace("\n", "|").split("|")),
    "solver": frozenset(_SOLVER.strip().replace("\n", "|").split("|")),
}


class ElmerDeck(DeckReader):
    """Reader of Elmer's solver input files."""

    solver: ClassVar[str] = "elmer"
    endings: ClassVar[tuple[str, ...]] = (".sif",)
    levels: ClassVar[int] = 10

    @staticmethod
    def claims(head: bytes) -> bool:
        return _SURE.search(head) is not None and _OTHER.search(head) is not None

    def __init__(self, deck: Stream, open_include: Opener) -> None:
        super().__init__(deck, open_include)
        self._parameters: dict[str, float] = {}
        """What `$` lines work out, by lower-case name."""
        self._section = ""
        self._in_lua = self._in_table = False
        self._said: dict[str, str] = {}
        """The simulation's settings."""
        self._meshes: list[str] = []

    def facts(self) -> DeckFacts:
        begun = ""
        for raw in self._sources:
            if raw[:1] == b"!":
                self._take_comment(decode(raw).strip())
                continue
            text = begun + _plain(raw.decode("utf-8", "surrogateescape"))
            begun = ""
            if text.endswith("\\") and len(text) < TEXT_KEPT:
                begun = text[:-1]
            elif text:
                self._take_line(text)
        self._take_steps()
        return self._facts

    def _take_comment(self, text: str) -> None:
        """`!---LUA BEGIN`, `! dt = 20`, `!---LUA END`: what `#dt` stands for."""
        if text.startswith("!---LUA"):
            self._in_lua = text.startswith("!---LUA BEGIN")
        elif self._in_lua:
            self._take_parameter(text[1:].partition("--")[0])

    def _take_line(self, text: str) -> None:
        lower = text.lower()
        if "system(" in lower:
            self._facts.note("MATC or Lua runs commands of the system")
        if text.startswith("$"):
            self._take_parameter(text[1:])
        elif text.startswith("#"):
            return  # Lua
        elif lower == "end":
            self._section = self._section if self._in_table else ""
            self._in_table = False
        elif _TABLE.fullmatch(text):
            self._in_table = True
        elif found := _SECTION.match(text):
            self._take_section(found[1], text[found.end() :], once=bool(found[2]))
        elif found := _INCLUDE.fullmatch(text):
            self._sources.include(found[1].strip("\"' "), (self._sources.folder, ""))
        elif self._section == "header" and (found := _MESH.match(text)):
            self._take_mesh(found[1], found[2])
        elif "=" in text:
            self._take_setting(text)

    def _take_section(self, name: str, rest: str, *, once: bool) -> None:
        """`Solver 1 :: Variable = T` says one setting, and begins no section."""
        section, self._section = self._section, " ".join(name.lower().split())
        if "=" in rest:
            self._take_setting(rest)
        if once:
            self._section = section

    def _take_parameter(self, text: str) -> None:
        for part in text.split(";"):
            name, equals, value = part.partition("=")
            worked = value_of(value.strip(), self._parameters) if equals else None
            if worked is not None and len(self._parameters) < PARAMETERS_KEPT:
                self._parameters[name.strip().lower()] = worked

    def _take_setting(self, text: str) -> None:
        name, _, value = text.partition("=")
        name = " ".join(name.partition("(")[0].lower().split())
        kind = self._section.partition(" ")[0]
        value = _TYPE.sub("", value.strip(), count=1)
        if name == "procedure" and "./" in value:
            self._facts.note(f"{self._section} runs code of its own: {value}")
        if kind == "simulation" and name == "mesh":
            self._take_mesh(*[*value.split(), "", ""][:2])
        elif name in _KEPT.get(kind, ()):
            value = self._worked_out(value)
            self._facts.control(
                name if kind == "simulation" else f"{self._section} {name}", value.replace('"', "")
            )
            if kind == "simulation":
                self._said[name] = value

    def _worked_out(self, value: str) -> str:
        """`$dt*2`, or `#dt` in Lua, as a number."""
        if not value.startswith(("$", "#")):
            return value
        worked = value_of(value.strip("$# "), self._parameters)
        return value if worked is None else f"{worked:.12g}"

    def _take_mesh(self, first: str, second: str | None) -> None:
        """A folder, or a folder and the mesh in it; counted once."""
        parts = [part.strip('"').strip() for part in (first, second or "")]
        path = "/".join(
            part.removeprefix("./").rstrip("/") for part in parts if part not in ("", ".")
        )
        name = f"{path}/mesh.header" if path else "mesh.header"
        if name in self._meshes:
            return
        self._meshes.append(name)
        before = self._sources.depth
        self._sources.include(name, (self._sources.folder, ""))
        if self._sources.depth > before:
            self._take_header()

    def _take_header(self) -> None:
        """`  441   400   80`: nodes, elements, elements of the boundary."""
        depth = self._sources.depth
        line = next(self._sources.lines_of_one(), b"")
        if self._sources.depth == depth:
            self._sources.leave()
        counts = [integer(text) for text in decode(line).split()[:2]]
        if len(self._meshes) == 1 and len(counts) == 2:
            self._facts.nodes, self._facts.elements = counts[0] or 0, counts[1] or 0

    def _take_steps(self) -> None:
        """One step: of so many intervals of time steps, or of so many iterations."""
        said = self._said
        kind = said.get("simulation type", "").strip('" ').upper()
        if kind.startswith("STEADY"):
            iterations = value_of(said.get("steady state max iterations", ""), {})
            self._facts.add_step(Step("STEADY STATE", None, _whole(iterations)))
            return
        if not kind:
            return
        counts = [value_of(text, {}) for text in said.get("timestep intervals", "").split()]
        sizes = [value_of(text, {}) for text in said.get("timestep sizes", "").split()]
        whole = sum(count for count in counts if count)
        ends = [c * s for c, s in zip(counts, sizes, strict=False) if c and s]
        end = positive(sum(ends)) if ends and len(counts) == len(sizes) else None
        period = end if kind.startswith("TRANSIENT") else None
        self._facts.add_step(Step(kind, period, _whole(whole)))
        self._facts.end_at(period)


def _plain(text: str) -> str:
    """The line without what stands after `!`, which may stand in quotes."""
    if "!" in text:
        parts = text.split('"')
        for at in range(0, len(parts), 2):
            if "!" in parts[at]:
                parts = [*parts[:at], parts[at].partition("!")[0]]
                break
        text = '"'.join(parts)
    return text.strip()


def _whole(number: float | None) -> int | None:
    return int(number) if number is not None and 0 < number < 1e15 else None
