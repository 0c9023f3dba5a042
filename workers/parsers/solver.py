"""What a solver's module hands to the table of solvers: its parsers, and how its files make one run."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from workers.parsers.report import Parser


def without_ending(name: str) -> str:
    """Files of a run carry its name: `beam.sta`, `beam.log`."""
    return name.rpartition(".")[0] or name


def whole_folder(name: str) -> str:
    """Files have names of their own, so a folder holds one run: `d3hsp`, `log.simpleFoam`."""
    return ""


@dataclass(frozen=True)
class Solver:
    """One solver."""

    name: str
    """As in `Report.solver`, e.g. "ls-dyna"."""
    parsers: tuple[type[Parser], ...]
    roles: tuple[str, ...] = ()
    """Files of a run are asked for a fact in this order of their roles; a role not named comes last."""
    by_field: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """The facts for which the order is another one, by the report's field; `status` is one of them."""
    preparing: tuple[str, ...] = ()
    """Roles of programs that only prepare a run, or work on its results (blockMesh): they end before or after it."""
    stem: Callable[[str], str] = without_ending
    """What the names of a run's files share; one run has a folder and a stem."""
