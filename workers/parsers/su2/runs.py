"""Runs of rows of one table, read column by column."""

SHORT = 8
"""Rows of a run that are taken one by one."""


def table(run: list[tuple[int, str]], separator: str, names: list[str]) -> list[list[float]] | None:
    """The columns of a run of rows; None if one of them is no row of so many numbers.

    `|` stands on both sides of a row too, `,` only between its cells.
    """
    count = len(names)
    if len(run) <= SHORT or not count:
        return None
    edge = "" if separator == "|" else separator
    cells = f"{edge}\n{edge}".join([text for _, text in run]).split(separator)
    if not edge:
        if cells[0] or cells[-1]:
            return None
        cells = cells[1:-1]
    if len(cells) != len(run) * (count + 1) - 1:
        return None
    if cells[count :: count + 1].count("\n") != len(run) - 1:
        return None
    try:
        return [[*map(float, cells[at :: count + 1])] for at in range(count)]
    except ValueError:
        return None
