"""Linear solves sorted into series: by field, and by which solve of the field it is in its time step.

`residual.p` is the first solve of p in each time step, the one that convergence is judged by; `residual.p.2` the
second (a further corrector of PISO or PIMPLE), and so on; the tenth and all after it share `residual.p.10`.
"""

from collections.abc import Sequence

from workers.parsers.openfoam.picking import Picked
from workers.parsers.openfoam.rows import field_of

MOST = 10
FIELDS = 60
"""Fields whose solves are counted in a time step."""

Pieces = dict[str, list[tuple[list[float], range]]]
"""Name of a field's solve ("p", "p.2") to runs of its rows: their times, and their numbers in the batch."""


class _Bases(dict[str, str]):
    """Field, with its region, by what stands before a row's numbers; "" for rubbish."""

    def __missing__(self, key: str) -> str:
        found = field_of(key)
        name = "" if found is None else f"{found[0]}.{found[1]}" if found[0] else found[1]
        self[key] = name
        return name


def arrange(picked: Picked, region: str | None, solves: dict[str, int], before: float) -> Pieces:
    """The batch's rows by name.

    `solves` counts those of the time step that was not over, begun at the time `before`; it is brought on.
    """
    known = _Bases()
    bases = [known[key] for key in picked.solves.keys]
    _set_regions(bases, picked.regions, region)
    steps = picked.steps
    first = steps[0][0] if steps else len(bases)
    pieces: Pieces = {}
    _emit(pieces, names_of(bases[:first], solves), 0, [before])
    if not steps:
        return pieces
    memo: dict[tuple[str, ...], list[str]] = {}
    run_key: tuple[str, ...] = ()
    run: list[float] = []
    run_begin = first
    for (begin, time), (end, _) in zip(steps, [*steps[1:], (len(bases), 0.0)], strict=True):
        key = tuple(bases[begin:end])
        if key != run_key:
            _emit(pieces, _of(run_key, memo), run_begin, run)
            run_key, run, run_begin = key, [], begin
        run.append(time)
    _emit(pieces, _of(run_key, memo), run_begin, run)
    solves.clear()
    names_of(run_key, solves)
    return pieces


def count_up(picked: Picked, solves: dict[str, int]) -> Pieces:
    """As `arrange` where there are no time steps: all solves of a field are one series over their number."""
    pieces: Pieces = {}
    for at, key in enumerate(picked.solves.keys):
        found = field_of(key)
        if found and (found[1] in solves or len(solves) < FIELDS):
            solves[found[1]] = solves.get(found[1], 0) + 1
            pieces.setdefault(found[1], []).append(([float(solves[found[1]])], range(at, at + 1)))
    return pieces


def _set_regions(
    bases: list[str], changes: list[tuple[int, str | None]], region: str | None
) -> None:
    for (begin, name), (end, _) in zip(
        [(0, region), *changes], [*changes, (len(bases), None)], strict=True
    ):
        if name:
            bases[begin:end] = [base and f"{name}.{base}" for base in bases[begin:end]]


def _of(key: tuple[str, ...], memo: dict[tuple[str, ...], list[str]]) -> list[str]:
    """Names of the solves of a whole time step."""
    names = memo.get(key)
    if names is None:
        names = memo[key] = names_of(key, {})
    return names


def names_of(bases: Sequence[str], solves: dict[str, int]) -> list[str]:
    names = []
    for base in bases:
        count = solves.get(base, 0) + 1
        if not base or (count == 1 and len(solves) >= FIELDS):
            names.append("")
            continue
        solves[base] = count = min(count, MOST)
        names.append(base if count == 1 else f"{base}.{count}")
    return names


def _emit(pieces: Pieces, names: list[str], begin: int, times: list[float]) -> None:
    """Takes time steps that follow each other and all have these solves."""
    n = len(names)
    if len(times) > 1 and len(set(names)) < n:
        for at, time in enumerate(times):
            _emit(pieces, names, begin + at * n, [time])
        return
    end = begin + n * len(times)
    for at, name in enumerate(names, begin):
        if name:
            pieces.setdefault(name, []).append((times, range(at, end, n)))
