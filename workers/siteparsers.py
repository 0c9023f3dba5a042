"""Loads the site's own logs: every data file in VAR/parsers.d makes a parser; see `parsers.site`.

A file that makes none is left out, with an error in the log and from `manage.py check`; the service goes on with the
others. Workers load them when they start.
"""

import logging
from pathlib import Path

log = logging.getLogger(__name__)

FOLDER = "parsers.d"


def load(var: Path) -> list[str]:
    """Takes in the files of an instance; what is wrong with those that are left out."""
    files = sorted((var / FOLDER).glob("*.toml"))
    if not files:
        return []
    # Only here: who has no site logs does not load every solver's parser with Django.
    from workers import parsers
    from workers.parsers.site import SiteError, solver_from
    from workers.parsers.solver import Solver

    solvers: list[Solver] = []
    wrong = []
    taken = {one.name: "the parsers that are built in" for one in parsers.PARSERS}
    for file in files:
        try:
            solver = solver_from(file.read_bytes(), str(file))
        except (OSError, SiteError) as error:
            wrong.append(str(error))
            continue
        name = solver.parsers[0].name
        if name in taken:
            wrong.append(f"{file}: name: {name!r} is taken by {taken[name]}; choose another")
            continue
        taken[name] = str(file)
        solvers.append(solver)
    parsers.take_site_logs(solvers)
    return wrong
