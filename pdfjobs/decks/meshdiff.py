"""What became of a mesh, from the counts and fingerprints of its parts: never its nodes. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

PARTS_KEPT = 100

What = Literal["count", "moved", "connected", "renumbered", "added", "removed", "box", "more"]


@dataclass(frozen=True)
class MeshChange:
    """A part of the mesh that is not what it was."""

    what: What
    kind: str
    """shell elements, nodes …"""
    part: str
    before: Any
    after: Any


def mesh_changes(before: dict[str, Any], after: dict[str, Any]) -> list[MeshChange]:
    """Parts whose counts changed, then those with the same counts and another fingerprint, the box at last."""
    old, new = _by_part(before), _by_part(after)
    renumbered = _is_other(old, new, ("node numbers", ""))
    moved = _is_other(old, new, ("nodes", ""))
    found: list[MeshChange] = []
    for kind, part in dict.fromkeys((*old, *new)):
        if kind == "node numbers":
            if renumbered and not moved and ("nodes", "") in old and ("nodes", "") in new:
                found.append(MeshChange("renumbered", "nodes", "", None, None))
            continue
        was, now = old.get((kind, part)), new.get((kind, part))
        if was == now:
            continue
        count, counts = (was[0] if was else None), (now[0] if now else None)
        what: What
        if was is None or now is None:
            what = "added" if was is None else "removed"
        elif count != counts:
            what = "count"
        elif kind in ("nodes", "points", "mesh file"):
            what = "moved"
        elif renumbered:
            continue  # other numbers of the same nodes
        else:
            what = "connected"
        found.append(MeshChange(what, kind, part, count, counts))
    order = ("added", "removed", "count", "renumbered", "moved", "connected")
    found.sort(key=lambda change: order.index(change.what))
    if len(found) > PARTS_KEPT:
        found = [*found[:PARTS_KEPT], MeshChange("more", "", "", None, len(found) - PARTS_KEPT)]
    sides = before.get("box") or [], after.get("box") or []
    if sides[0] != sides[1] and all(sides):
        found.append(MeshChange("box", "", "", _box(sides[0]), _box(sides[1])))
    return found


def _by_part(summary: dict[str, Any]) -> dict[tuple[str, str], tuple[int, str]]:
    meshes: Iterable[list[Any]] = summary.get("meshes", ())
    return {(kind, part): (count, mark) for kind, part, count, mark in meshes}


def _is_other(
    old: dict[tuple[str, str], tuple[int, str]],
    new: dict[tuple[str, str], tuple[int, str]],
    key: tuple[str, str],
) -> bool:
    return old.get(key) != new.get(key)


def _box(sides: list[float]) -> str:
    """`0 … 120, 0 … 40, -1 … 1`"""
    axes = len(sides) // 2
    return ", ".join(f"{sides[at]:g} … {sides[axes + at]:g}" for at in range(axes))
