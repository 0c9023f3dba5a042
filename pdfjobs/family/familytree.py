"""A family as a drawing: layers from left to right by descent, and as a list within lists. Pure."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

WIDTH, HEIGHT = 196, 46
GAP_X, GAP_Y = 64, 12
MARGIN = 10
LEAVES = 12
"""Variants without variants of their own that a job shows side by side…"""
LEAVES_KEPT = 8
"""…and how many, the newest, where there are more: the others are folded into one."""
WAYS = 150
"""Lines past a layer that are led around its boxes."""
DEEPEST = 12
"""Levels of the list that are set in."""

Edge = tuple[int, int]
"""Base and variant."""


@dataclass
class Stop:
    """A place in the drawing; by itself one where a line passes a layer, so that it runs over no box."""

    number: int
    """Of the job that is there, or that the line comes from."""
    layer: int = 0
    row: int = 0

    @property
    def x(self) -> int:
        return MARGIN + self.layer * (WIDTH + GAP_X)

    @property
    def y(self) -> int:
        return MARGIN + self.row * (HEIGHT + GAP_Y)


@dataclass
class Node(Stop):
    """A job in the drawing, or a bundle of folded ones."""

    folded: int = 0
    """How many variants of the job it stands for; 0 for the job itself."""


@dataclass(frozen=True)
class Line:
    """From a base to a variant."""

    path: str
    """As SVG takes it."""
    back: bool
    """Against descent: base runs in a circle."""


@dataclass
class Tree:
    nodes: list[Node] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)
    width: int = 0
    height: int = 0


@dataclass(frozen=True)
class Item:
    """A line of the nested list."""

    number: int
    depth: int
    also: tuple[int, ...]
    """Base runs beside the one it stands under."""


def drawn(numbers: Collection[int], edges: Iterable[Edge], here: int) -> Tree:
    """The drawing of these numbers and of the bases that they name; `here` is never folded."""
    edges = sorted(set(edges))
    everyone = sorted({*numbers, *(number for edge in edges for number in edge)})
    forth, back = _without_circles(everyone, edges)
    everyone, forth, bundles = _folded(everyone, forth, back, here)
    layers = _layers(everyone, forth)
    nodes = {number: Node(number, layers[number]) for number in everyone}
    bundled = [Node(base, layers[base] + 1, folded=count) for base, count in bundles.items()]
    ways = _ways(nodes, forth)
    _give_rows(nodes, bundled, ways, forth)
    tree = Tree([*nodes.values(), *bundled])
    tree.lines = [
        Line(_curve(nodes[a], *ways.get((a, b), ()), nodes[b]), back=False) for a, b in forth
    ]
    tree.lines += [Line(_curve(nodes[node.number], node), back=False) for node in bundled]
    tree.lines += [
        Line(_curve(nodes[a], nodes[b]), back=True) for a, b in back if a in nodes and b in nodes
    ]
    tree.width = max(node.x for node in tree.nodes) + WIDTH + MARGIN
    rows = [node.row for node in tree.nodes] + [way.row for its in ways.values() for way in its]
    tree.height = Stop(0, row=max(rows)).y + HEIGHT + MARGIN
    return tree


def listed(numbers: Collection[int], edges: Iterable[Edge]) -> list[Item]:
    """Each number once, below the lowest of its base runs, a level deeper."""
    edges = sorted(set(edges))
    everyone = sorted({*numbers, *(number for edge in edges for number in edge)})
    forth, _ = _without_circles(everyone, edges)
    bases: dict[int, list[int]] = {}
    for base, variant in forth:
        bases.setdefault(variant, []).append(base)
    below: dict[int, list[int]] = {}
    for number in everyone:
        below.setdefault(min(bases.get(number, [0])), []).append(number)
    items: list[Item] = []
    waiting = [(number, 0) for number in reversed(below.get(0, []))]
    while waiting:
        number, depth = waiting.pop()
        items.append(Item(number, min(depth, DEEPEST), tuple(sorted(bases.get(number, []))[1:])))
        waiting += [(each, depth + 1) for each in reversed(below.get(number, []))]
    return items


def _without_circles(
    numbers: Iterable[int], edges: Iterable[Edge]
) -> tuple[list[Edge], list[Edge]]:
    """Edges that make no circle, and those that would close one."""
    below: dict[int, list[int]] = {}
    for base, variant in edges:
        below.setdefault(base, []).append(variant)
    with_base = {variant for _, variant in edges}
    roots = sorted(numbers, key=lambda number: (number in with_base, number))
    state: dict[int, int] = {}
    forth: list[Edge] = []
    back: list[Edge] = []
    for root in roots:
        if root in state:
            continue
        state[root] = 1
        way = [(root, iter(below.get(root, ())))]
        while way:
            base, rest = way[-1]
            variant = next(rest, 0)
            if not variant:
                state[base] = 2
                way.pop()
            elif state.get(variant) == 1:
                back.append((base, variant))
            else:
                forth.append((base, variant))
                if variant not in state:
                    state[variant] = 1
                    way.append((variant, iter(below.get(variant, ()))))
    return sorted(forth), sorted(back)


def _folded(
    numbers: list[int], edges: list[Edge], back: list[Edge], here: int
) -> tuple[list[int], list[Edge], dict[int, int]]:
    """Without the older ones of many variants that lead nowhere; base to how many are left out."""
    bases: dict[int, list[int]] = {}
    for base, variant in edges:
        bases.setdefault(variant, []).append(base)
    leading = {base for base, _ in [*edges, *back]} | {variant for _, variant in back} | {here}
    leaves: dict[int, list[int]] = {}
    for variant, its in bases.items():
        if variant not in leading and len(its) == 1:
            leaves.setdefault(its[0], []).append(variant)
    gone: set[int] = set()
    bundles: dict[int, int] = {}
    for base, variants in sorted(leaves.items()):
        if len(variants) > LEAVES:
            folded = sorted(variants)[:-LEAVES_KEPT]
            gone |= set(folded)
            bundles[base] = len(folded)
    kept = [number for number in numbers if number not in gone]
    return kept, [edge for edge in edges if edge[1] not in gone], bundles


def _layers(numbers: Iterable[int], edges: list[Edge]) -> dict[int, int]:
    """How many steps each lies from the farthest job that it descends from."""
    open_bases: dict[int, int] = {}
    below: dict[int, list[int]] = {}
    for base, variant in edges:
        open_bases[variant] = open_bases.get(variant, 0) + 1
        below.setdefault(base, []).append(variant)
    layers = dict.fromkeys(numbers, 0)
    ready = [number for number in layers if not open_bases.get(number)]
    for number in ready:
        for variant in below.get(number, ()):
            layers[variant] = max(layers[variant], layers[number] + 1)
            open_bases[variant] -= 1
            if not open_bases[variant]:
                ready.append(variant)
    return layers


def _ways(nodes: dict[int, Node], edges: list[Edge]) -> dict[Edge, list[Stop]]:
    """Of the lines that pass layers, those from one base together; of very many none, since each takes a row there."""
    kept: dict[tuple[int, int], Stop] = {}
    ways: dict[Edge, list[Stop]] = {}
    for base, variant in edges:
        passed = range(nodes[base].layer + 1, nodes[variant].layer)
        for layer in passed:
            way = kept.setdefault((base, layer), Stop(base, layer))
            ways.setdefault((base, variant), []).append(way)
    return ways if len(kept) <= WAYS else {}


def _give_rows(
    nodes: dict[int, Node],
    bundled: list[Node],
    ways: dict[Edge, list[Stop]],
    edges: list[Edge],
) -> None:
    """Beside their bases where there is room: each layer in the order of its bases' rows."""
    above: dict[int, list[Stop]] = {}
    for base, variant in edges:
        its: list[Stop] = [nodes[base], *ways.get((base, variant), ())]
        above.setdefault(id(nodes[variant]), []).append(its[-1])
        for one, next_one in pairwise(its):
            above[id(next_one)] = [one]
    for node in bundled:
        above[id(node)] = [nodes[node.number]]
    everyone: list[Stop] = [*nodes.values(), *bundled]
    everyone += {id(way): way for its in ways.values() for way in its}.values()
    layers: dict[int, list[Stop]] = {}
    for each in everyone:
        layers.setdefault(each.layer, []).append(each)
    for layer in sorted(layers):
        row = 0
        wishes = [(_wish(above.get(id(each), ())), each) for each in layers[layer]]
        for wish, each in sorted(wishes, key=lambda one: (one[0], _order(one[1]))):
            each.row = max(row, int(wish)) if layer else row
            row = each.row + 1


def _wish(above: Sequence[Stop]) -> float:
    return sum(each.row for each in above) / len(above) if above else 0.0


def _order(each: Stop) -> tuple[bool, bool, int]:
    """Of those that wish for one row: jobs first, then what is folded, then lines that pass."""
    return not isinstance(each, Node), isinstance(each, Node) and bool(each.folded), each.number


def _curve(*stops: Stop) -> str:
    """From the right side of the first to the left side of the last, over what lies between."""
    first, *others = stops
    x, y = first.x + WIDTH, first.y + HEIGHT // 2
    path = f"M{x} {y}"
    for each in others:
        x2, y2 = each.x, each.y + HEIGHT // 2
        bend = max(30, (x2 - x) // 2)
        path += f"C{x + bend} {y} {x2 - bend} {y2} {x2} {y2}"
        x, y = x2, y2
        if not isinstance(each, Node):
            x += WIDTH
            path += f"H{x}"
    return path
