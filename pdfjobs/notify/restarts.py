"""Files of a run that its solver could go on from, by their names."""

from collections.abc import Iterable
from dataclasses import dataclass
from fnmatch import fnmatchcase

from pdfjobs.jobfiles import Entry

PATTERNS: dict[str, tuple[str, ...]] = {
    "ls-dyna": ("d3dump*", "runrsf*", "d3full*"),
    "abaqus": ("*.res", "*.abq", "*.stt"),
    "radioss": ("*.rst", "*_0*.rst*"),
    "calculix": ("*.rout",),
    "nastran": ("*.master", "*.dball"),
    "ansys": ("*.r[0-9][0-9][0-9]", "*.rdb", "*.ldhi"),
    "openfoam": ("*/uniform/time",),
    "su2": ("restart*.dat", "restart*.csv"),
    "febio": ("*.dmp",),
    "fluent": ("*.dat.h5", "*.dat", "*.dat.gz"),
    "cfx": ("*.res", "*.bak"),
    "pam-crash": ("*.rst",),
}
"""Small letters."""


@dataclass(frozen=True)
class Restart:
    """The newest of them."""

    path: str
    size: int
    mtime: float


def newest(solver: str, entries: Iterable[Entry]) -> Restart | None:
    """None where the solver wrote none, or it is not known how they are called."""
    patterns = PATTERNS.get(solver.lower(), ())
    found = [
        entry
        for entry in entries
        if entry.size and any(fnmatchcase(entry.path.lower(), one) for one in patterns)
    ]
    if not found:
        return None
    last = max(found, key=lambda entry: (entry.mtime, entry.path))
    path = last.path.removesuffix("/uniform/time")
    return Restart(path, last.size if path == last.path else 0, last.mtime)
