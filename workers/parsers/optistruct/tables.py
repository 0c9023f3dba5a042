"""Rows of OptiStruct's tables of modes and compliances, under headers that name their columns."""

from workers.parsers.fields import quick_float
from workers.parsers.report import News
from workers.parsers.series import Tally
from workers.parsers.text import integer

#  Subcase  Mode    Frequency      Eigenvalue        Stiffness        Mass               (2021.1)
#        1      7   1.962560E+02   1.520567E+06     1.520567E+06   1.000000E+00
#  Subcase  Mode   Buckling Eigenvalue                                                   (manual)
#  Subcase      Compliance    Epsilon                                                    (manual)
_SERIES = {
    "Frequency": "frequency",
    "Eigenvalue": "eigenvalue",
    "Epsilon": "residual.epsilon",
}
AXES = {"residual.epsilon": "increment", "mass.*": "iteration"}
"""Epsilon is printed per subcase, mass per iteration of an optimisation."""


def columns_of(header: str) -> list[str]:
    """Series by column of the table that the header begins, "" for one that is not read; none for other lines."""
    words = header.replace("Buckling Eigenvalue", "Eigenvalue").split()
    if words[:1] != ["Subcase"] or len(words) > 12:
        return []
    columns = [_SERIES.get(word, "") for word in words]
    return columns if any(columns) else []


def take_row(columns: list[str], modes: bool, line: str, tally: Tally, news: News) -> None:
    """Takes the points of a row: over the mode in tables of modes, else over the subcase."""
    cells = line.split()
    x = integer(cells[1 if modes else 0]) if len(cells) == len(columns) else None
    if x is None:
        return
    for name, cell in zip(columns, cells, strict=True):
        value = quick_float(cell) if name else None
        if value is not None:
            tally.add(news, name, x, value)
