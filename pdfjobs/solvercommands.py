"""The commands that intake may start: of each solver one program, or several steps, as argument lists."""

import os
import re
from pathlib import Path, PurePosixPath
from typing import Annotated, Any

from pydantic import Field, field_validator, model_validator

from pdfjobs.table import Table

FILLED_IN = {
    "stem": "beam",
    "deck": "beam.inp",
    "cores": 1,
    "application": "icoFoam",
    "program": "/usr/bin/icoFoam",
    "var": "/var",
}
"""The placeholders, each with a value to try it with."""

Arguments = Annotated[list[str], Field(min_length=1)]


def _filled_in(text: str) -> str:
    try:
        return text.format(**FILLED_IN)
    except (KeyError, IndexError, ValueError, AttributeError) as error:
        known = ", ".join(f"{{{name}}}" for name in FILLED_IN)
        raise ValueError(
            f"{text!r} cannot be filled in ({error}); known are {known}; write braces twice"
        ) from error


class Step(Table):
    """One program of a solver's command."""

    command: Arguments
    """Argument list; {stem} is the deck's name without its ending, {deck} with it, {cores} the number of cores,
    {application} the program that a case names, {program} its full path."""
    log: str = ""
    """The file that takes its output; none: {stem}.log, or log.PROGRAM where a run has the whole folder."""
    needs: list[str] = Field(default_factory=list)
    """Only where each of these (globs, in the run folder) is there…"""
    unless: list[str] = Field(default_factory=list)
    """…and not where all of these are."""
    parallel: bool | None = None
    """Only with more than one core (true), or only with one (false)."""

    @field_validator("command", "needs", "unless")
    @classmethod
    def _can_be_filled_in(cls, parts: list[str]) -> list[str]:
        for part in parts:
            _filled_in(part)
        return parts

    @field_validator("needs", "unless")
    @classmethod
    def _stay_inside(cls, parts: list[str]) -> list[str]:
        for part in parts:
            if not part or part.startswith("/") or ".." in PurePosixPath(part).parts:
                raise ValueError(f"{part!r} must be a path inside the run folder")
        return parts

    @field_validator("log")
    @classmethod
    def _is_a_plain_name(cls, log: str) -> str:
        if "/" in _filled_in(log) or "\0" in log or log.startswith("."):
            raise ValueError(f"{log!r} is no plain file name")
        return log


class Solver(Table):
    """How one solver is started: by `command`, or by `steps`, each begun when the one before ended with 0."""

    command: list[str] = Field(default_factory=list)
    """As a step's, for a solver that is one program."""
    steps: list[Step] = Field(default_factory=list)
    applications: str = ""
    """Which names of programs {application} may be: a regular expression for the whole name."""
    environment: dict[str, str] = Field(default_factory=dict)
    """Variables that its programs get beside the service's own; {var} is the instance's folder."""
    network: bool | None = None
    """Whether its programs reach the network, as for a licence; none: as [confine] says."""

    @field_validator("command")
    @classmethod
    def _can_be_filled_in(cls, command: list[str]) -> list[str]:
        for part in command:
            _filled_in(part)
        return command

    @field_validator("applications")
    @classmethod
    def _is_a_pattern(cls, pattern: str) -> str:
        try:
            re.compile(pattern)
        except re.error as error:
            raise ValueError(f"no regular expression ({error})") from error
        return pattern

    @field_validator("environment")
    @classmethod
    def _are_variables(cls, environment: dict[str, str]) -> dict[str, str]:
        for name, value in environment.items():
            _filled_in(value)
            if not re.fullmatch(r"[A-Za-z_]\w*", name) or "\0" in value:
                raise ValueError(f"{name!r} is no name of a variable, or its value holds NUL")
        return environment

    @model_validator(mode="after")
    def _is_one_of_both(self) -> "Solver":
        if bool(self.command) == bool(self.steps):
            raise ValueError("needs either a command or steps")
        return self

    def sequence(self) -> list[Step]:
        return self.steps or [Step(command=self.command)]

    def allows(self, application: str) -> bool:
        return re.fullmatch(self.applications, application, re.ASCII) is not None

    def environment_in(self, var: Path) -> dict[str, str]:
        return {name: value.format(var=var) for name, value in self.environment.items()}


MESH = [f"constant/polyMesh/{part}*" for part in ("points", "faces", "owner", "boundary")]
SITE = "openfoam"
"""Folder in VAR that OpenFOAM reads as its site's, WM_PROJECT_SITE."""
SITE_FILE = "etc/controlDict"
SITE_TEXT = """\
// Read by every OpenFOAM program that the hot folder starts; written once, yours to change.
FoamFile { version 2.0; format ascii; class dictionary; object controlDict; }
// 0: a dropped case may neither compile code of its own (#calc, #codeStream, coded...) nor run commands (systemCall).
InfoSwitches { allowSystemOperations 0; }
"""
OPENFOAM = Solver(
    steps=[
        # As restore0Dir of the tutorials' scripts does.
        Step(command=["cp", "-r", "0.orig", "0"], needs=["0.orig"], unless=["0"]),
        Step(
            command=["blockMesh"], log="log.blockMesh", needs=["system/blockMeshDict"], unless=MESH
        ),
        # On fresh fields alone: on those of a restart it would undo what was solved.
        Step(
            command=["setFields"],
            log="log.setFields",
            needs=["0.orig", "system/setFieldsDict"],
            unless=["0"],
        ),
        Step(
            command=["setFields"],
            log="log.setFields",
            needs=["0", "system/blockMeshDict", "system/setFieldsDict"],
            unless=MESH,
        ),
        Step(
            command=["decomposePar"],
            log="log.decomposePar",
            unless=["processor[s0]*"],
            parallel=True,
        ),
        Step(
            command=["mpirun", "-np", "{cores}", "{program}", "-parallel"],
            log="log.{application}",
            parallel=True,
        ),
        Step(command=["{application}"], log="log.{application}", parallel=False),
    ],
    # Solvers, a site's own too (interFoamMod); no converters (ansysToFoam), no windows (paraFoam), no PyFoam.
    applications=r"(?!para|py)\w*(?<!To)Foam\w*|foam(Multi)?Run",
    environment={
        # Debian's packages come without the environment that etc/bashrc makes; one that was made stands.
        "WM_PROJECT_DIR": os.environ.get("WM_PROJECT_DIR", "/usr/share/openfoam")
        .replace("{", "{{")
        .replace("}", "}}"),
        "WM_PROJECT_SITE": f"{{var}}/{SITE}",
        "FOAM_SIGFPE": "1",
    },
)
SOLVERS = {"calculix": Solver(command=["ccx", "-i", "{stem}"]), "openfoam": OPENFOAM}


def with_defaults(given: dict[str, Any]) -> dict[str, Any]:
    """The solvers that are known, with what the settings say of them, and further ones."""
    merged: dict[str, Any] = {**SOLVERS, **given}
    for name, said in given.items():
        known = SOLVERS.get(name)
        if known is None or not isinstance(said, dict):
            continue
        stays: dict[str, Any] = {"applications": known.applications}
        if not {"command", "steps"} & said.keys():
            stays |= {"command": known.command, "steps": known.steps}
        environment = said.get("environment", {})
        if isinstance(environment, dict):
            environment = {**known.environment, **environment}
        merged[name] = {**stays, **said, "environment": environment}
    return merged
