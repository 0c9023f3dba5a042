"""A deck and what it includes, as a tree of files."""

from dataclasses import dataclass, field

from pdfjobs import jobfiles, names
from pdfjobs.models import Job, Run


@dataclass
class Node:
    """A file of a deck."""

    name: str
    """As it is called where it is included."""
    path: str
    """In the run's folder, stored escaping; empty for one that is not there."""
    line: int | None = None
    """Where it is included."""
    state: str = "found"
    parts: list["Node"] = field(default_factory=list)


def tree_of(job: Job, run: Run) -> Node | None:
    """The deck at the top; None for a run without one."""
    if not run.deck_file:
        return None
    folder = names.from_stored(run.deck_file).rpartition("/")[0]
    top = Node(names.readable(names.from_stored(run.deck_file)), run.deck_file)
    known = {"": top}
    for include in job.deck.get("includes") or []:
        name, source = str(include.get("name", "")), str(include.get("source", ""))
        node = Node(name, "", include.get("line"), str(include.get("state", "found")))
        parent = known.get(source) or top
        if node.state == "found":
            at = _place(run, folder, [name, _joined(source.rpartition("/")[0], name)])
            node.path = names.to_stored(_joined(folder, at))
            known.setdefault(at, node)
        parent.parts.append(node)
    return top


def paths_of(node: Node) -> set[str]:
    """Stored paths of all files in a tree."""
    found = {node.path} if node.path else set()
    for part in node.parts:
        found |= paths_of(part)
    return found


def _place(run: Run, folder: str, ways: list[str]) -> str:
    """Of the ways that an include may be meant, from the deck's folder or from the file that names it, the one there is."""
    for way in dict.fromkeys(ways):
        try:
            with jobfiles.opened(run.root, names.from_stored(run.folder), _joined(folder, way)):
                return way
        except jobfiles.NoSuchFileError:
            continue
    return ways[0]


def _joined(folder: str, name: str) -> str:
    parts: list[str] = folder.split("/") if folder else []
    for part in name.replace("\\", "/").split("/"):
        if part == "..":
            parts = parts[:-1]
        elif part not in ("", "."):
            parts.append(part)
    return "/".join(parts)
