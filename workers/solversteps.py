"""What starts a run: its solver's command from the settings, filled in for this run and this machine."""

from pathlib import Path
from typing import Any

from django.conf import settings

from pdfjobs import names, staging
from pdfjobs.models import Run
from pdfjobs.solvercommands import Solver, Step
from workers import rundisk
from workers.launchers import local

Program = tuple[tuple[str, ...], str]
"""Argument list, the program's full path first, and the name of its log."""


class NotHereError(Exception):
    """A run that cannot be started on this machine; the words say what is missing."""


def programs(run: Run) -> list[Program]:
    """The programs of a run, in order; steps whose files say so are left out. Raises NotHereError."""
    if staging.is_mirror():
        raise NotHereError(staging.WORDS)
    configured = _configured(run)
    words = _words(run, configured)
    home = rundisk.home_of(run)
    found = []
    for step in configured.sequence():
        if _is_due(step, run.cores, home, words):
            argv = [part.format(**words) for part in step.command]
            log = step.log.format(**words) or _usual_log(run, argv[0])
            found.append(((_program(argv[0]), *argv[1:]), log))
    if not found:
        raise NotHereError(f"[solvers.{run.job.solver}]: none of its steps is for this run")
    return found


def environment(run: Run) -> dict[str, str]:
    return _configured(run).environment_in(settings.INSTANCE.var)


def application_of(deck: dict[str, Any]) -> str:
    """The program that a case names as its solver's, from its deck's facts; "" where it names none.

    Since OpenFOAM 11 (openfoam.org) a case may name a module alone, which foamRun runs.
    """
    controls = deck.get("controls") or {}
    return str(controls.get("application") or ("foamRun" if controls.get("solver") else ""))


def _configured(run: Run) -> Solver:
    configured: Solver | None = settings.PDFJOBS.solvers.get(run.job.solver)
    if configured is None:
        solver = run.job.solver
        raise NotHereError(
            f"no command for the solver {solver} in pdfjobs.toml ([solvers.{solver}])"
        )
    return configured


def _words(run: Run, configured: Solver) -> dict[str, Any]:
    """What the placeholders stand for. Of the deck's own words none but an allowed application gets here."""
    application = program = ""
    if configured.applications:
        application = application_of(run.job.deck)
        if not configured.allows(application):
            raise NotHereError(
                f"the application {application!r} is none that solvers.{run.job.solver}.applications allows"
            )
        program = _program(application)
    return {
        "stem": run.stem,
        "deck": names.from_stored(run.deck_file),
        "cores": run.cores,
        "application": application,
        "program": program,
    }


def _program(name: str) -> str:
    found = local.find_program(name)
    if found is None:
        raise NotHereError(f"{name} not found on this machine")
    return found


def _is_due(step: Step, cores: int, home: Path, words: dict[str, Any]) -> bool:
    if step.parallel is not None and step.parallel != (cores > 1):
        return False
    needs, unless = (
        [next(home.glob(part.format(**words)), None) is not None for part in parts]
        for parts in (step.needs, step.unless)
    )
    return all(needs) and not (unless and all(unless))


def _usual_log(run: Run, program: str) -> str:
    return rundisk.log_name(run) if run.stem else f"log.{Path(program).name}"
