"""CFX decks in CCL (.ccl): objects `NAME: instance` ... END of `parameter = value`, lines that go on after a backslash.

Times are in seconds; what is an expression is worked out from the LIBRARY's, wherever that stands.
"""

import re
from typing import ClassVar

from workers.decks.arithmetic import positive, value_of
from workers.decks.facts import DeckFacts, Opener, Step, Stream
from workers.decks.reader import DeckReader

TEXT_KEPT = 4000
DEEPEST = 50
EXPRESSIONS_KEPT = 10_000
FLOWS_KEPT = 100

# FLOW: Flow Analysis 1     LIBRARY:     COMMAND FILE:     SIMULATION CONTROL:     &replace FLOW: Flow Analysis 1
_SURE = re.compile(
    rb"^[ \t]*(?:&?replace[ \t]+)?(?:FLOW|LIBRARY|COMMAND FILE|SIMULATION CONTROL|EXECUTION CONTROL|SOLVER CONTROL|DOMAIN"
    rb"|ANALYSIS TYPE|SOLUTION UNITS)[ \t]*:[^=\n;]*$",
    re.MULTILINE,
)
_END = re.compile(rb"^[ \t]*END\b", re.MULTILINE)
_OBJECT = re.compile(r"(?:&?replace\s+)?([A-Z][A-Z0-9 /_-]*?)\s*:\s*([^=]*)")
#  0.01 [s]     5 [min]     1e-3
_UNIT = re.compile(r"\[\s*(s|sec|second|ms|micros|us|min|minute|h|hr|hour|day)?\s*\]")
_SECONDS = {
    **dict.fromkeys(("s", "sec", "second", ""), 1.0),
    **dict.fromkeys(("min", "minute"), 60.0),
    **dict.fromkeys(("h", "hr", "hour"), 3600.0),
    **dict.fromkeys(("micros", "us"), 1e-6),
    "ms": 1e-3,
    "day": 86400.0,
}
_KEPT = {
    "SOLVER CONTROL/ADVECTION SCHEME": ("Option", "Blend Factor"),
    "SOLVER CONTROL/TURBULENCE NUMERICS": ("Option",),
    "SOLVER CONTROL/TRANSIENT SCHEME": ("Option",),
    "SOLVER CONTROL/CONVERGENCE CRITERIA": ("Residual Target", "Residual Type"),
    "SOLVER CONTROL/CONVERGENCE CONTROL": (
        *(
            "Maximum Number of Iterations",
            "Minimum Number of Iterations",
            "Timescale Control",
            "Physical Timescale",
        ),
        *("Length Scale Option", "Timescale Factor", "Maximum Number of Coefficient Loops"),
        "Minimum Number of Coefficient Loops",
    ),
    "ANALYSIS TYPE": ("Option",),
    "ANALYSIS TYPE/TIME DURATION": (
        "Option",
        "Total Time",
        "Maximum Number of Timesteps",
        "Number of Timesteps per Run",
    ),
    "ANALYSIS TYPE/TIME STEPS": ("Option", "Timesteps", "First Update Time", "Initial Timestep"),
    "ANALYSIS TYPE/INITIAL TIME": ("Option", "Time"),
    "DOMAIN/FLUID MODELS/TURBULENCE MODEL": ("Option",),
    "DOMAIN/FLUID MODELS/HEAT TRANSFER MODEL": ("Option",),
    "RUN DEFINITION": ("Run Mode", "Solver Input File"),
    "PARTITIONER STEP CONTROL/PARTITIONING TYPE": ("Option",),
}
"""Parameters by the end of their object's path."""
_FILES = frozenset({"Solver Input File", "Initial Values File", "Solver Results File", "Mesh File"})


class CfxDeck(DeckReader):
    """Reader of CFX command language files."""

    solver: ClassVar[str] = "cfx"
    endings: ClassVar[tuple[str, ...]] = (".ccl",)
    levels: ClassVar[int] = 3

    @staticmethod
    def claims(head: bytes) -> bool:
        return _SURE.search(head) is not None and _END.search(head) is not None

    def __init__(self, deck: Stream, open_include: Opener) -> None:
        super().__init__(deck, open_include)
        self._path: list[str] = []
        self._too_deep = 0
        self._domains = 0
        self._expressions: dict[str, str] = {}
        self._flows: list[dict[str, str]] = []
        """Of each analysis, what says how long it goes on."""

    def facts(self) -> DeckFacts:
        begun = ""
        for raw in self._sources:
            text = (
                (begun + raw.decode("utf-8", "surrogateescape").strip()).partition("#")[0].rstrip()
            )
            begun = ""
            if text.endswith("\\") and len(text) < TEXT_KEPT:
                begun = text[:-1]
            elif text:
                self._take_line(text)
        self._facts.control("domains", self._domains or None)
        for flow in self._flows:
            self._take_step(flow)
        return self._facts

    def _take_line(self, text: str) -> None:
        if text.startswith("!"):
            self._facts.note("lines of Perl run as they stand")
        elif text.startswith(">"):
            return
        elif text == "END" or text.startswith("END "):
            if self._too_deep:
                self._too_deep -= 1
            elif self._path:
                self._path.pop()
        elif "=" in text:
            name, _, value = text.partition("=")
            self._take_parameter(name.strip(), value.strip())
        elif found := _OBJECT.fullmatch(text):
            self._begin(found[1], found[2].strip())

    def _begin(self, kind: str, name: str) -> None:
        if len(self._path) >= DEEPEST:
            self._too_deep += 1
            return
        self._path.append(kind)
        if kind == "FLOW" and len(self._flows) < FLOWS_KEPT:
            self._flows.append({})
            self._facts.entitle(name if not name.startswith("Flow Analysis") else "")
        elif kind == "DOMAIN" and self._path[-2:-1] in ([], ["FLOW"]):
            self._domains += 1

    def _take_parameter(self, name: str, value: str) -> None:
        path = "/".join(self._path)
        if path.endswith("EXPRESSIONS"):
            if len(self._expressions) < EXPRESSIONS_KEPT:
                self._expressions[name.lower()] = value[:500]
            return
        if path.endswith("COMMAND FILE") and name in ("Version", "Results Version"):
            self._facts.solver_version = self._facts.solver_version or value[:20]
        for end, names in _KEPT.items():
            if name in names and (path == end or path.endswith("/" + end)):
                self._facts.control(f"{end}/{name}", value)
                self._keep_time(end, name, value)
        if name in _FILES and value and not path.startswith("FLOW"):
            self._sources.include(value, (self._sources.folder, ""), follow=False)

    def _keep_time(self, end: str, name: str, value: str) -> None:
        if not self._flows:
            self._flows.append({})  # a file of nothing but what is changed
        if end.startswith("ANALYSIS TYPE") or name == "Maximum Number of Iterations":
            self._flows[-1][f"{end.rpartition('/')[2]}/{name}"] = value

    def _take_step(self, flow: dict[str, str]) -> None:
        facts = self._facts
        kind = flow.get("ANALYSIS TYPE/Option", "")
        iterations = self._number(flow.get("CONVERGENCE CONTROL/Maximum Number of Iterations", ""))
        if not kind.startswith("Transient"):
            if kind or iterations:
                facts.add_step(Step(kind.upper() or "STEADY STATE", None, _whole(iterations)))
                facts.end_at(positive(iterations))
            return
        step = self._number(flow.get("TIME STEPS/Timesteps", ""))
        count = self._number(
            flow.get("TIME DURATION/Maximum Number of Timesteps")
            or flow.get("TIME DURATION/Number of Timesteps per Run", "")
        )
        total = positive(self._number(flow.get("TIME DURATION/Total Time", "")))
        period = total or (positive(step * count) if step and count else None)
        if period and total is None:
            period += self._number(flow.get("INITIAL TIME/Time", "")) or 0.0
        facts.add_step(Step(kind.upper(), period, _whole(count)))
        facts.end_at(positive(period))

    def _number(self, text: str, depth: int = 0) -> float | None:
        """Of `0.01 [s]`, `40 * dt` or `tend`, where that is arithmetic over expressions."""
        plain = _UNIT.sub(lambda unit: f"*{_SECONDS[unit[1] or '']:g}", text)
        known: dict[str, float] = {}
        if depth < 10:
            for word in set(re.findall(r"[A-Za-z_]\w*", plain)[:20]):
                said = self._expressions.get(word.lower())
                inner = self._number(said, depth + 5) if said else None
                if inner is not None:
                    known[word.lower()] = inner
        value = value_of(plain, known)
        return None if value is None else float(f"{value:.12g}")


def _whole(number: float | None) -> int | None:
    return int(number) if number is not None and 0 < number < 1e15 else None
