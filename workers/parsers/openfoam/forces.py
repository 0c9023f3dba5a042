"""Forces and coefficients that function objects print into the log."""

import re
from collections.abc import Iterator

# forceCoeffs forceCoeffs1 write:                 forces forces1 execute:              forces forces:
_HEAD = re.compile(r"(?:forceCoeffs|forces)(?: ([\w.:-]{1,24}))?(?: (?:write|execute|output))?:\s*")
#     Cd    = 1.33524                                                  (openfoam.org, openfoam.com before v1706)
#         Cd       : 0.4112  (pressure: 0.38  viscous: 0.03)           (openfoam.com)
#         Cl(f):  0.187901  0.19  -0.002  0                            (openfoam.com since v2112)
_COEFFICIENT = re.compile(
    r"\s+(C[a-z]{1,3}(?:\([a-z]\)|[fr])?)\s*[:=]\s*([-+]?[\d.]+\S*|[-+]?nan|[-+]?inf)(?:\s.*)?"
)
#     Sum of forces            sum of moments:
_SUM = re.compile(r"\s+[Ss]um of (force|moment)s:?\s*")
#         Total    : (0.12 0.001 -3e-05)              pressure : (0 0 0)
_PART = re.compile(r"\s+([Tt]otal|[Pp]ressure|[Vv]iscous)\s*: *\(([^()]*)\)\s*")


class Forces:
    """Where in such a block of lines the log is."""

    def __init__(self, state: list[str] | None = None) -> None:
        self._name, self._sum = state or ("", "")

    @property
    def state(self) -> list[str]:
        return [self._name, self._sum]

    def take(self, line: str) -> Iterator[tuple[str, float]]:
        """Series and value of each number of the line; a line that is not indented ends the block."""
        if not line[:1].isspace():
            found = _HEAD.fullmatch(line) if line.startswith("force") else None
            self._name, self._sum = ((found[1] or "forces") if found else ""), ""
            return
        if not self._name:
            return
        if found := _COEFFICIENT.fullmatch(line):
            yield from _numbers([f"force.{self._name}.{found[1]}"], [found[2]])
        elif found := _SUM.fullmatch(line):
            self._sum = "" if found[1] == "force" else "moment."
        elif found := _PART.fullmatch(line):
            part = f"force.{self._name}.{self._sum}{found[1].lower()}"
            words = found[2].split()
            if len(words) == 3:
                yield from _numbers([f"{part}.{axis}" for axis in "xyz"], words)


def span_of_numbers(line: str) -> list[tuple[int, int]]:
    """Where the numbers stand that a line of such a block says."""
    if found := _COEFFICIENT.fullmatch(line):
        return [found.span(2)]
    found = _PART.fullmatch(line)
    begin = found.start(2) if found else len(line)
    return [
        (begin + word.start(), begin + word.end())
        for word in re.finditer(r"\S+", found[2] if found else "")
    ]


def _numbers(names: list[str], words: list[str]) -> Iterator[tuple[str, float]]:
    for name, word in zip(names, words, strict=True):
        try:
            yield name, float(word)
        except ValueError:
            return
