"""SU2 configuration files (.cfg), versions 4 to 8: `NAME= value`, `%` comments, lines that go on after a backslash.

The mesh that MESH_FILENAME names is read for its counts.
"""

import re
from typing import ClassVar

from workers.decks.arithmetic import positive
from workers.decks.facts import DeckFacts
from workers.decks.reader import DeckReader, first_line
from workers.decks.sources import Sources
from workers.parsers.text import decode, fortran_float, integer

VALUE_LINES = 100

# SOLVER= INC_RANS    PHYSICAL_PROBLEM= EULER    MESH_FILENAME= mesh.su2
_SURE = re.compile(
    rb"^[ \t]*(?:SOLVER|PHYSICAL_PROBLEM|MATH_PROBLEM|MESH_FILENAME|CONV_NUM_METHOD_FLOW|CONFIG_LIST|MULTIZONE"
    rb"|KIND_TURB_MODEL|MARKER_EULER|MARKER_HEATFLUX)[ \t]*=",
    re.MULTILINE,
)
_OPTION = re.compile(rb"[ \t]*[A-Z][A-Z0-9_]*[ \t]*=")
# % File Version 8.0.1 "Harrier"      % SU2 version: 7.5.0
_VERSION = re.compile(rb"%.*?(?:File Version|SU2 version:?)[ \t]+v?(\d+(?:\.\d+)+)", re.IGNORECASE)
_SETTINGS = """
SOLVER PHYSICAL_PROBLEM MATH_PROBLEM KIND_TURB_MODEL KIND_TRANS_MODEL ITER INNER_ITER OUTER_ITER EXT_ITER TIME_DOMAIN
    TIME_MARCHING UNSTEADY_SIMULATION TIME_STEP UNST_TIMESTEP TIME_ITER MAX_TIME UNST_TIME CFL_NUMBER CFL_ADAPT
    CONV_NUM_METHOD_FLOW CONV_NUM_METHOD_TURB NUM_METHOD_GRAD TIME_DISCRE_FLOW MUSCL_FLOW SLOPE_LIMITER_FLOW LINEAR_SOLVER
    LINEAR_SOLVER_PREC LINEAR_SOLVER_ERROR LINEAR_SOLVER_ITER MGLEVEL CONV_FIELD CONV_RESIDUAL_MINVAL CONV_CAUCHY_ELEMS
    CONV_STARTITER MACH_NUMBER AOA REYNOLDS_NUMBER RESTART_SOL MESH_FORMAT FLUID_MODEL
"""
_CONTROLS = frozenset(_SETTINGS.split())
_FILES = ("MESH_FILENAME", "SOLUTION_FILENAME", "CONFIG_LIST")


class Su2Deck(DeckReader):
    """Reader of SU2 configuration files."""

    solver: ClassVar[str] = "su2"
    endings: ClassVar[tuple[str, ...]] = (".cfg",)
    levels: ClassVar[int] = 3

    @staticmethod
    def claims(head: bytes) -> bool:
        first = first_line(head, (b"%", b"#"))
        return _OPTION.match(first) is not None and _SURE.search(head) is not None

    def facts(self) -> DeckFacts:
        facts = self._facts
        options = _options(self._sources, facts)
        for name in sorted(_CONTROLS & options.keys()):
            facts.control(name, options[name])
        _take_end(facts, options)
        _Files(facts, options, self._sources).take()
        return facts


class _Options(dict[str, str]):
    """Options by name, the last of each; only those whose value is used."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: dict[str, int] = {}


def _options(sources: Sources, facts: DeckFacts) -> _Options:
    options = _Options()
    begun, lines = "", 0
    for raw in sources:
        if facts.solver_version is None and raw.startswith(b"%"):
            found = _VERSION.match(raw)
            facts.solver_version = found[1].decode() if found else None
        text = begun + raw.decode("utf-8", "surrogateescape").partition("%")[0].strip()
        begun = ""
        if text.endswith("\\") and lines < VALUE_LINES:
            begun, lines = text[:-1], lines + 1
            continue
        lines = 0
        name, equals, value = text.partition("=")
        name = name.strip()
        if equals and (name in _CONTROLS or name in _FILES):
            options[name] = value.strip()[:1000]
            options.lines[name] = sources.number
    return options


def _number(options: dict[str, str], *names: str) -> float | None:
    """The first of these options that is a positive number."""
    for name in names:
        value = positive(fortran_float(options.get(name, "")))
        if value is not None:
            return value
    return None


def _take_end(facts: DeckFacts, options: dict[str, str]) -> None:
    """Iterations of a steady run; of one in time its seconds, by MAX_TIME or by its steps, whichever ends first."""
    marches = options.get("TIME_DOMAIN", "NO").upper() == "YES"
    marches = marches or options.get("UNSTEADY_SIMULATION", "NO").upper() not in ("NO", "")
    if not marches:
        facts.end_at(_number(options, "ITER", "EXT_ITER", "OUTER_ITER", "INNER_ITER"))
        return
    step, steps = (
        _number(options, "TIME_STEP", "UNST_TIMESTEP"),
        _number(options, "TIME_ITER", "EXT_ITER"),
    )
    ends = [_number(options, "MAX_TIME", "UNST_TIME"), step * steps if step and steps else None]
    facts.end_at(min((end for end in ends if end is not None), default=None))


class _Files:
    """The files that the options name."""

    def __init__(self, facts: DeckFacts, options: _Options, sources: Sources) -> None:
        self._facts, self._options, self._sources = facts, options, sources

    def take(self) -> None:
        options, meshes = self._options, []
        for name in options.get("CONFIG_LIST", "").strip("()").split(","):
            if name.strip():
                self._include("CONFIG_LIST", name.strip())
                meshes.append(_options(self._sources, self._facts).get("MESH_FILENAME", ""))
        if options.get("RESTART_SOL", "NO").upper() == "YES" and "SOLUTION_FILENAME" in options:
            self._take_solution(options["SOLUTION_FILENAME"])
        is_su2 = options.get("MESH_FORMAT", "SU2").upper() == "SU2"
        for name in dict.fromkeys([options.get("MESH_FILENAME", ""), *meshes]):
            if name:
                self._include("MESH_FILENAME", name, follow=is_su2)
                self._take_mesh()

    def _include(
        self, option: str, name: str, *, follow: bool = True, optional: bool = False
    ) -> bool:
        line = self._options.lines.get(option, 0)
        include = self._sources.include(name, follow=follow, optional=optional, line=line)
        return include.state == "found"

    def _take_solution(self, name: str) -> None:
        """Since version 7 the name may come without its ending."""
        endings = ("", ".dat", ".csv") if "." not in name else ("",)
        if not any(
            self._include("SOLUTION_FILENAME", name + end, follow=False, optional=True)
            for end in endings
        ):
            self._include("SOLUTION_FILENAME", name, follow=False)

    def _take_mesh(self) -> None:
        """`NELEM= 512` and `NPOIN= 289 289`, of each zone; the rows between begin with digits."""
        for line in self._sources:
            name, equals, value = line.partition(b"=")
            count = integer(decode(value.split()[0])) if equals and value.split() else None
            if name.strip() == b"NELEM":
                self._facts.elements += count or 0
            elif name.strip() == b"NPOIN":
                self._facts.nodes += count or 0
            self._sources.rows(b"N", b"%")
