"""The shape of a time step: all that the lines of one share with those of the steps beside it.

A solver prints the same rows in step after step; only their numbers change. One pattern made of such a step takes
a whole step at once. It takes only what the look at each line would take alike: any other step does not match.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from workers.parsers.endings import ending
from workers.parsers.openfoam import rows
from workers.parsers.openfoam.blocks import EXITING
from workers.parsers.openfoam.columns import first_and_names
from workers.parsers.openfoam.facts import END
from workers.parsers.openfoam.forces import Forces, span_of_numbers
from workers.parsers.openfoam.picking import kind_of
from workers.parsers.openfoam.steps import names_of

_MOST_LINES = 200
# bounding k, min: -9.46469e-05 max: 0.00772286 average: 0.000224163        (after the solve of k, in some steps)
_BOUNDING = r"(?:bounding [^\n]*\n|)"
# PIMPLE: iteration 2        Min/max T:273.15 300        Phase-1 volume fraction = 0.1247  Min(alpha.water) = -3e-23
_NUMBER = re.compile(r"[-+]?\d[-+.\de]*", re.ASCII)
_ANY_NUMBER = r"[-+]?[0-9][-+.0-9e]*"
# Such words have a line looked at closely, whatever its numbers are.
_TELLING = (
    *(
        "--> FOAM",
        "Foam::sig",
        "ZN4Foam",
        "mesh checks.",
        "top",
        "ABORT",
        "time = ",
        "steps.",
        "solution converged in",
    ),
    *("oints:", "ells:", rows.SOLVE, rows.MARK),
)
_BEGINNINGS = ("Time ", "bound", *rows.CUTS)


@dataclass(eq=False)
class Shape:
    """A pattern with a group for each number: the time first, then one of each of `names`."""

    before: tuple[str, ...]
    """Where in a block of forces the log was before the step…"""
    after: tuple[str, ...] = ()
    """…and after it."""
    words: list[str] = field(default_factory=list)
    """Patterns of its lines."""
    names: list[str] = field(default_factory=list)
    named: dict[str, list[int]] = field(default_factory=dict)
    """The groups of each series, the one after the time being 0."""
    places: list[int] = field(default_factory=list)
    """The line that each is in, from 0; lines on bounded fields are not counted."""
    lines: int = 0
    others: bool = False
    """Whether there are lines that are neither solves nor other rows of numbers."""
    region: str | None = None
    """The region that the step ends in."""
    solves: dict[str, int] = field(default_factory=dict)
    """How often each field is solved for."""
    pattern: "re.Pattern[str]" = re.compile("")

    def add(self, words: str, names: Sequence[str] = ()) -> None:
        self.words.append(words + r"\n")
        self.names += names
        self.places += [self.lines] * len(names)
        self.lines += 1


def shape_of(step: str, before: tuple[str, ...]) -> Shape | None:
    """The shape of a step, given as its lines from `Time = ` on; None where one of them needs a look each time."""
    lines = step.removesuffix("\n").split("\n")
    if rows.time_of(lines[0]) is None or len(lines) > _MOST_LINES:
        return None
    shape, forces = Shape(before), Forces(list(before))
    shape.add(r"Time = ([^\n]*)")
    bases: list[str] = []
    solved: list[int] = []
    for line in lines[1:]:
        if rows.SOLVE in line:
            base = _add_solve(shape, line)
            if base is None:
                return None
            bases.append(f"{shape.region}.{base}" if base and shape.region else base)
            solved.append(len(shape.names) - 3)
        elif line.startswith("bounding "):
            if rows.bounded_of(line) is None:
                return None
        elif line and not _add_row(shape, line) and not _add_other(shape, line, forces):
            return None
        elif not line:
            shape.add("")
    for at, name in zip(solved, names_of(bases, shape.solves), strict=True):
        families = ("residual", "residual_final", "solver_iterations")
        shape.names[at : at + 3] = [f"{family}.{name}" if name else "" for family in families]
    for at, name in enumerate(shape.names):
        if name:
            shape.named.setdefault(name, []).append(at)
    shape.after = tuple(forces.state)
    shape.pattern = re.compile("".join([*shape.words, r"(?=Time = |\Z)"]))
    return shape if shape.pattern.fullmatch("\n".join(lines) + "\n") else None


def _add_solve(shape: Shape, line: str) -> str | None:
    """Its field, "" for rubbish; None for a coupled or an unsound one."""
    cells = rows.marked(line).split(rows.MARK)
    if len(cells) != 4 or rows.MARK in line:
        return None
    found = rows.field_of(cells[0])
    shape.add(rows.solve_pattern(cells[0]), ("",) * 3)
    shape.words[-1] += _BOUNDING
    if found is None:
        return ""
    return f"{found[0]}.{found[1]}" if found[0] else found[1]


def _add_row(shape: Shape, line: str) -> bool:
    cut = rows.CUTS.get(line[:5])
    if shape.region and line[:5] == "time ":
        cut = None
    if cut and line.startswith(cut.words[0]) and cut.columns([line]):
        shape.add(cut.pattern(), cut.names)
        return True
    kind = kind_of(line)
    found = kind.fullmatch(line) if kind else None
    if not found or kind in (rows.TIME, rows.CLOCK):
        return False
    if kind is rows.REGION:
        shape.region = found[1]
        shape.add(re.escape(line))
        return True
    first, names = first_and_names(found, shape.region)
    groups = [at for at in range(first, found.re.groups + 1) if found[at] is not None]
    words = _with_groups(line, [found.span(at) for at in groups], r"([^\s,]+)")
    shape.add(words, [names[at - first] for at in groups])
    return True


def _add_other(shape: Shape, line: str, forces: Forces) -> bool:
    if (
        line[:5] in _BEGINNINGS
        or kind_of(line)
        or any(word in line for word in _TELLING)
        or EXITING.match(line)
        or END.fullmatch(line)
        or ending(line)
    ):
        return False
    in_block = bool(forces.state[0]) and line[:1].isspace()
    taken = list(forces.take(line))
    shape.others = True
    if not taken:
        shape.add(_but_numbers(line) if not in_block else re.escape(line))
        return True
    spans = span_of_numbers(line)
    words = _with_groups(line, spans, r"([-+]?[.0-9][^\s()]*)")
    shape.add(words, [name for name, _ in taken])
    return len(spans) == len(taken)


def _with_groups(line: str, spans: Sequence[tuple[int, int]], group: str) -> str:
    """The line as a pattern, with a group at each span; numbers after them may be any others."""
    words, at = "", 0
    for begin, end in spans:
        words += re.escape(line[at:begin]) + group
        at = end
    return words + _but_numbers(line[at:])


def _but_numbers(text: str) -> str:
    return _ANY_NUMBER.join(map(re.escape, _NUMBER.split(text)))
