"""Solver logs in, facts out; knows no clock, no file, no network and nothing of the diary."""

import functools
from collections.abc import Iterable

from workers.parsers import (
    abaqus,
    ansys,
    calculix,
    cfx,
    code_aster,
    comsol,
    elmer,
    febio,
    fluent,
    ls_dyna,
    marc,
    nastran,
    openfoam,
    optistruct,
    permas,
    radioss,
    su2,
)
from workers.parsers.report import HEAD_BYTES, Parser
from workers.parsers.solver import Solver, without_ending

SOLVERS: tuple[Solver, ...] = (
    abaqus.SOLVER,
    calculix.SOLVER,
    openfoam.SOLVER,
    ls_dyna.SOLVER,
    ansys.SOLVER,
    su2.SOLVER,
    febio.SOLVER,
    cfx.SOLVER,
    code_aster.SOLVER,
    comsol.SOLVER,
    elmer.SOLVER,
    fluent.SOLVER,
    marc.SOLVER,
    radioss.SOLVER,
    nastran.SOLVER,
    optistruct.SOLVER,
    permas.SOLVER,
)
PARSERS: tuple[type[Parser], ...] = tuple(parser for one in SOLVERS for parser in one.parsers)

_BY_SOLVER = {one.name: one for one in SOLVERS}
_site_logs: list[type[Parser]] = []
_STEMS = tuple({one.stem for one in SOLVERS} | {without_ending})


def claimant(head: bytes) -> type[Parser] | None:
    """The parser of the log that starts with these bytes, whatever the order of `PARSERS`."""
    return _claimant(head[:HEAD_BYTES], PARSERS, tuple(_site_logs))


@functools.lru_cache(256)
def _claimant(
    head: bytes, ours: tuple[type[Parser], ...], sites: tuple[type[Parser], ...]
) -> type[Parser] | None:
    # Kept, since all of them take half a millisecond, and a file that is nobody's log is asked for as often as it grows.
    claiming = [parser for parser in ours if parser.claims(head)]
    if not claiming:
        claiming = [parser for parser in sites if parser.claims(head)]
    return claiming[0] if len(claiming) == 1 else None


def by_name(name: str) -> type[Parser] | None:
    """The parser of that name, e.g. "calculix.sta"."""
    return next((parser for parser in (*PARSERS, *_site_logs) if parser.name == name), None)


def present() -> tuple[type[Parser], ...]:
    """Every parser there is, those of the site's own logs too."""
    return (*PARSERS, *_site_logs)


def take_site_logs(solvers: Iterable[Solver]) -> None:
    """From now on these parsers of the site's own are asked for what no parser of `PARSERS` claims."""
    _site_logs[:] = [parser for one in solvers for parser in one.parsers]


def solver(name: str | None) -> Solver:
    """The solver of that name; for one that the table does not hold, one without parsers."""
    return _BY_SOLVER.get(name or "") or Solver(name or "", ())


def stems(name: str) -> set[str]:
    """The stems that a file of this name may have, whatever solver wrote it."""
    return {stem(name) for stem in _STEMS}
