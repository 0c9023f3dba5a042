"""A lid-driven cavity for icoFoam: a small OpenFOAM case of our own, in a few dictionaries."""

import os
import subprocess
from pathlib import Path

ENVIRONMENT = {"WM_PROJECT_DIR": "/usr/share/openfoam", "FOAM_SIGFPE": "1"}
"""As `etc/bashrc` would set it, as far as a serial run needs it."""

HEADER = "FoamFile {{ version 2.0; format ascii; class {kind}; object {name}; }}\n"
FILES = {
    "system/controlDict": (
        "dictionary",
        "application icoFoam; startFrom startTime; startTime 0; stopAt endTime;\n"
        "endTime {end_time}; deltaT {time_step}; writeControl timeStep; writeInterval {every};\n",
    ),
    "system/fvSchemes": (
        "dictionary",
        "ddtSchemes {{ default Euler; }}\ngradSchemes {{ default Gauss linear; }}\n"
        "divSchemes {{ default Gauss linear; }}\nlaplacianSchemes {{ default Gauss linear corrected; }}\n"
        "interpolationSchemes {{ default linear; }}\nsnGradSchemes {{ default corrected; }}\n",
    ),
    "system/fvSolution": (
        "dictionary",
        "solvers {{\n p {{ {pressure_solver} tolerance 1e-6; relTol 0.05; }}\n"
        ' "p.*" {{ solver PCG; preconditioner DIC; tolerance 1e-6; relTol 0; }}\n'
        " U {{ solver smoothSolver; smoother symGaussSeidel; tolerance 1e-5; relTol 0; }}\n}}\n"
        "PISO {{ nCorrectors 2; pRefCell 0; pRefValue 0; }}\n",
    ),
    "system/blockMeshDict": (
        "dictionary",
        "convertToMeters 0.1;\n"
        "vertices ( (0 0 0) (1 0 0) (1 1 0) (0 1 0) (0 0 .1) (1 0 .1) (1 1 .1) (0 1 .1) );\n"
        "blocks ( hex (0 1 2 3 4 5 6 7) ({cells} {cells} 1) simpleGrading (1 1 1) );\n"
        "boundary (\n lid {{ type wall; faces ((3 7 6 2)); }}\n"
        " walls {{ type wall; faces ((0 4 7 3) (2 6 5 1) (1 5 4 0)); }}\n"
        " sides {{ type empty; faces ((0 3 2 1) (4 5 6 7)); }}\n);\n",
    ),
    "constant/transportProperties": ("dictionary", "nu {viscosity};\n"),
    "0/p": (
        "volScalarField",
        "dimensions [0 2 -2 0 0 0 0]; internalField uniform 0;\nboundaryField {{\n"
        " lid {{ type zeroGradient; }} walls {{ type zeroGradient; }} sides {{ type empty; }}\n}}\n",
    ),
    "0/U": (
        "volVectorField",
        "dimensions [0 1 -1 0 0 0 0]; internalField uniform (0 0 0);\nboundaryField {{\n"
        " lid {{ type fixedValue; value uniform (1 0 0); }} walls {{ type noSlip; }}"
        " sides {{ type empty; }}\n}}\n",
    ),
}
PRESSURE_SOLVER = "solver PCG; preconditioner DIC;"


def make(
    case: Path,
    *,
    end_time: float = 0.1,
    time_step: float = 0.005,
    cells: int = 10,
    every: int = 20,
    viscosity: float = 0.01,
    pressure_solver: str = PRESSURE_SOLVER,
) -> None:
    """Writes the case's files. A Courant number far above 1 (a large `time_step`) diverges."""
    values = {
        **{"end_time": end_time, "time_step": time_step, "cells": cells, "every": every},
        "pressure_solver": pressure_solver,
        "viscosity": viscosity,
    }
    for name, (kind, text) in FILES.items():
        path = case / name
        path.parent.mkdir(parents=True, exist_ok=True)
        header = HEADER.format(kind=kind, name=path.name)
        path.write_text(header + text.format(**values))


def mesh(case: Path) -> None:
    """Runs blockMesh, with its log beside."""
    with (case / "log.blockMesh").open("wb") as log:
        subprocess.run(["blockMesh"], **_as_in(case, log), check=True)


def start(case: Path, log_file: Path | None = None) -> "subprocess.Popen[bytes]":
    """Starts the solver, with its log beside or in that file."""
    with (log_file or case / "log.icoFoam").open("wb") as log:
        return subprocess.Popen(["icoFoam"], **_as_in(case, log))


def _as_in(case: Path, log: object) -> dict[str, object]:
    environment = {**os.environ, **ENVIRONMENT, "PWD": str(case)}
    return {"cwd": case, "stdout": log, "stderr": subprocess.STDOUT, "env": environment}
