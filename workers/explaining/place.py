"""Where a path lies: in which root, at what place below it, and what is there on the disk."""

import os
import stat
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

from pdfjobs.patience import NoAnswerError, Probe

PATIENCE_S = 2.0


@dataclass(frozen=True)
class Root:
    """A folder that is watched."""

    name: str
    path: str
    kind: str
    """hot or tree."""


@dataclass(frozen=True)
class Place:
    """A path, and what it is to the service. Names are as os.fsdecode gives them."""

    path: str
    """Absolute."""
    root: Root | None
    relative: str = ""
    """To the root; "" for the root itself. In `rejected` and `incoming` to that folder."""
    special: str = ""
    """rejected, incoming: folders of intake, which are no part of a root."""

    @property
    def deck(self) -> str:
        """Of a path in a hot folder: the thing that was dropped."""
        return self.relative.partition("/")[0]


def roots() -> tuple[Root, ...]:
    inst = settings.INSTANCE
    return (
        Root("hotfolder", str(inst.hotfolder), "hot"),
        Root("runs", str(inst.runs), "tree"),
        *(Root(tree.name, os.path.normpath(tree.path), "tree") for tree in settings.PDFJOBS.trees),
    )


def locate(said: str) -> Place:
    """Of a path as a person names it: from here, by whatever links lead there, or as pages do, `runs/1000012_beam`."""
    path = os.path.normpath(Path(said).absolute())
    first, _, rest = said.partition("/")
    named = next((root for root in roots() if root.name == first), None)
    if (found := _in_service(path, _as_set)) is not None:
        return found
    if named is not None and not Path(first).exists():
        rest = os.path.normpath(rest) if rest.strip("/") else ""
        if not rest.startswith(".."):
            return Place(os.path.normpath(Path(named.path) / rest), named, rest)
    try:  # a link of a share whose server is gone leads nowhere, slowly
        ways = Probe(
            lambda: (str(Path(path).parent.resolve() / Path(path).name), _real(path)), PATIENCE_S
        )
        found = Probe(lambda: _first(ways.answer()), PATIENCE_S).answer()
    except NoAnswerError:
        found = None
    return found or Place(path, None)


def _first(ways: tuple[str, ...]) -> Place | None:
    found = (_in_service(way, _real) for way in ways)
    return next((place for place in found if place is not None), None)


def _as_set(path: str) -> str:
    return path


def _real(path: str) -> str:
    return os.path.realpath(path)


def _in_service(path: str, top_of: Callable[[str], str]) -> Place | None:
    """`top_of`: how the service's own folders are written: as they are set, or without links."""
    inst = settings.INSTANCE
    for name, folder in (("incoming", inst.incoming), ("rejected", inst.rejected)):
        if (inside := _inside(path, top_of(str(folder)))) is not None:
            return Place(path, None, inside, name)
    # Roots may lie in each other: the nearest has it.
    for root in sorted(roots(), key=lambda root: -len(root.path)):
        if (inside := _inside(path, top_of(root.path))) is not None:
            return Place(path, root, inside)
    return None


def _inside(path: str, top: str) -> str | None:
    if path == top:
        return ""
    start = top.rstrip("/") + "/"
    return path[len(start) :] if path.startswith(start) else None


@dataclass(frozen=True)
class OnDisk:
    """What is there now."""

    kind: str
    """file, folder, link, other, missing, or unknown where the disk did not say."""
    size: int | None = None
    mtime: float | None = None
    """Unix time."""
    age_s: float | None = None
    inode: int | None = None
    trouble: str = ""


def look(path: str) -> OnDisk:
    """Never waits longer than seconds, also for a share whose server is gone."""
    try:
        return Probe(lambda: _look(path), PATIENCE_S).answer()
    except NoAnswerError as error:
        return OnDisk("unknown", trouble=str(error))


def _look(path: str) -> OnDisk:
    try:
        info = Path(path).lstat()
    except (FileNotFoundError, NotADirectoryError):
        return OnDisk("missing")
    except (OSError, ValueError) as error:
        return OnDisk("unknown", trouble=str(error))
    kinds = {stat.S_IFREG: "file", stat.S_IFDIR: "folder", stat.S_IFLNK: "link"}
    return OnDisk(
        kinds.get(stat.S_IFMT(info.st_mode), "other"),
        info.st_size,
        info.st_mtime,
        time.time() - info.st_mtime,
        info.st_ino,
    )
