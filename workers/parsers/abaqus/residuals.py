"""Residuals and corrections of an iteration, each as a share of what Abaqus compares it with."""

import re
from typing import Any

from workers.parsers.abaqus.page import value_of
from workers.parsers.text import fortran_float

_FIELDS = {
    "DISP.": "displacement",
    "TEMP.": "temperature",
    "PORE PRES.": "pore_pressure",
    "ELEC. POT.": "electric_potential",
}
"""Abbreviated fields; of others the words are taken, e.g. HEAT FLUX."""
_FIELDS_KEPT = 16
_NAME_LENGTH = 24


class Residuals:
    """The sizes that the lines to come are shares of."""

    def __init__(self, state: dict[str, Any] | None = None) -> None:
        state = state or {}
        self._averages: dict[str, float] = dict(state.get("averages", {}))
        """Time average of each flux, of which its residual is a share."""
        self._largest: list[Any] = list(state.get("largest", []))
        """Name and size of the last largest increment, of which the correction is a share."""
        self._series: dict[str, str] = dict(state.get("series", {}))
        """Series by printed name, "" for rubbish; further names are dropped."""

    @property
    def state(self) -> dict[str, Any]:
        return {
            "averages": dict(self._averages),
            "largest": list(self._largest),
            "series": dict(self._series),
        }

    def take_average(self, line: str) -> None:
        """Takes the time average of a flux."""
        #  AVERAGE FORCE                       121.       TIME AVG. FORCE        92.9       (2018)
        name = line[9 : line.find("  ", 9)].strip()[:_NAME_LENGTH]
        average = value_of(line[line.rfind(" ", 0, len(line.rstrip())) :])
        if average is not None and (name in self._averages or len(self._averages) < _FIELDS_KEPT):
            self._averages[name] = average

    def share(self, line: str) -> tuple[str, float] | None:
        """Series and value in % that the line gives, if it does."""
        #  LARGEST RESIDUAL FORCE             -8.77       AT NODE        207   DOF  1       (2018)
        #  LARGEST SCALED RESIDUAL FORCE     -9.864E-02   AT NODE     141251   DOF  3       (2025)
        #  LARGEST INCREMENT OF DISP.         0.699       AT NODE          1   DOF  2
        #  LARGEST CORRECTION TO DISP.        1.992E-03   AT NODE        279   DOF  1
        at = line.find(" AT NODE")
        words = (line[:at] if at > 0 else line).split()
        if len(words) < 4:
            return None
        kind, printed = words[1], words[-1]
        if kind == "INCREMENT":
            self._largest = [" ".join(words[3:-1])[:_NAME_LENGTH], value_of(printed)]
            return None
        if kind == "CORRECTION":
            name = " ".join(words[3:-1])[:_NAME_LENGTH]
            whole = self._largest[1] if self._largest and self._largest[0] == name else None
        else:
            name = " ".join(words[3 if kind == "SCALED" else 2 : -1])[:_NAME_LENGTH]
            whole = self._averages.get(name)
        series = self._series.get(name)
        if series is None:
            series = self._name_series(name)
        size = fortran_float(printed) if whole and series else None
        return (series, 100 * abs(size / whole)) if whole and size is not None else None

    def _name_series(self, name: str) -> str:
        if len(self._series) >= _FIELDS_KEPT:
            return ""
        words = re.findall(r"[a-z]+", name.lower())
        field = _FIELDS.get(name) or "_".join(words)[:_NAME_LENGTH]
        self._series[name] = "residual." + field if field else ""
        return self._series[name]
