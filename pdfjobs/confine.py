"""What solvers may see and use beside their run folder, and where it is told whether that can be enforced."""

import json
import os
import pwd
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Literal, NamedTuple

from pydantic import Field, field_validator

from pdfjobs.table import Table

FOLDER = "confinement"
"""In VAR: a file for each host on which solvers run, written by its workers."""
ACCOUNT = "pdfjobs-solver"
"""Whom a service of root runs solvers as when the settings say nothing, where there is that account."""

KEPT = (
    "PATH", "LANG", "LANGUAGE", "LC_*", "TZ", "LD_LIBRARY_PATH", "*LICENSE*", "*LICENCE*", "LM_*",
    "OMP_*", "OMPI_*", "I_MPI_*", "MPI_*", "PRTE_*", "WM_*", "FOAM_*",
)  # fmt: skip
"""What a solver needs to find its programs, its licence and its cores."""


class Confine(Table):
    """Bounds of every run."""

    mode: Literal["auto", "always", "never"] = "auto"
    """auto: where bubblewrap works, else the status warns; always: where it does not work nothing is started; never."""
    network: bool = False
    """Solvers reach the network, as licence servers ask for; [solvers.NAME] network says it for one solver."""
    read: list[str] = Field(default_factory=list)
    """Further folders that solvers see, read-only: absolute. The system's (/usr, /opt) they see always."""
    environment: list[str] = Field(default_factory=lambda: [*KEPT])
    """Variables of the service that solvers get; "*" stands for any characters."""
    memory_bytes: Annotated[int, Field(ge=2**26)] | None = None
    """For all processes of a run together, and for each; none: nine tenths of the machine's."""
    processes: Annotated[int, Field(ge=16, le=4_000_000)] = 2000
    """A run may have so many processes and threads."""
    scratch_bytes: Annotated[int, Field(ge=2**20)] = 2**30
    """Room in a run's own /tmp, which is memory."""
    as_owner: bool = False
    """A service of root runs a deck as whom its file belongs to, if that is a person's account; else `launcher.run_as`."""

    @field_validator("read")
    @classmethod
    def _are_absolute(cls, read: list[str]) -> list[str]:
        for path in read:
            if not Path(path).is_absolute() or Path(path) == Path("/"):
                raise ValueError(f"{path!r} must be an absolute path, and not the whole system")
        return read

    @property
    def memory(self) -> int:
        machine = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
        return self.memory_bytes or max(2**26, machine * 9 // 10)


def usual_account() -> str:
    """`ACCOUNT`; "" where there is none."""
    try:
        return pwd.getpwnam(ACCOUNT).pw_name
    except KeyError:
        return ""


class Told(NamedTuple):
    """What the workers of a host found when they tried."""

    host: str
    why_not: str
    """Empty where solvers are confined."""


def tell(var: Path, why_not: str) -> None:
    """Leaves word of this host; whoever looks need not be able to try it."""
    folder = var / FOLDER
    folder.mkdir(exist_ok=True)
    host = os.uname().nodename
    new = folder / f".{host}.{os.getpid()}"
    new.write_text(json.dumps({"host": host, "why_not": why_not}))
    new.replace(folder / f"{host}.json")


def told(var: Path) -> Iterator[Told]:
    """Of every host whose workers left word."""
    for path in sorted((var / FOLDER).glob("[!.]*.json")):
        try:
            said = json.loads(path.read_text())
            yield Told(str(said["host"]), str(said["why_not"]))
        except (OSError, ValueError, KeyError, TypeError):
            continue


def holds(said: Confine, var: Path) -> bool:
    """Whether every run is confined; while no host has left word that is not known, so not."""
    if said.mode != "auto":
        return said.mode == "always"
    words = list(told(var))
    return bool(words) and not any(one.why_not for one in words)
