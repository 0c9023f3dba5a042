"""status.out: the estimate of the end that LS-DYNA writes at its first cycle and on sense switch sw2."""

import re
from typing import Any, ClassVar

from workers.parsers.byline import ByLine
from workers.parsers.ls_dyna.facts import LogFacts
from workers.parsers.ls_dyna.frame import TAKERS
from workers.parsers.report import News, Report
from workers.parsers.series import json_number
from workers.parsers.text import Lines

#  cpu time per zone cycle............         0 nanoseconds
#  average clock time per zone cycle..       786 nanoseconds
#
#  estimated total cpu time          =         1 sec (       0 hrs  0 mins)
_HEAD = re.compile(
    rb"\A\s*(?:(?:average )?(?:cpu|clock) time per zone cycle[ .]+\d|estimated (?:total )?cpu time)"
)


class LsDynaStatus(ByLine):
    """Estimated clock time to complete; it tells neither version nor end."""

    name: ClassVar[str] = "ls-dyna.status"
    version: ClassVar[int] = 1
    solver: ClassVar[str] = "ls-dyna"
    role: ClassVar[str] = "status.out"

    @staticmethod
    def claims(head: bytes) -> bool:
        return _HEAD.match(head) is not None

    def __init__(self, state: dict[str, Any] | None = None) -> None:
        state = state or {}
        self._lines = Lines(state.get("lines"))
        self._facts = LogFacts()
        for name in ("eta_s", "end_time"):
            kept = state.get(name)
            setattr(self._facts, name, None if kept is None else float(kept))

    @property
    def state(self) -> dict[str, Any]:
        kept = {"eta_s": self._facts.eta_s, "end_time": self._facts.end_time}
        state = {
            name: None if value is None else json_number(value) for name, value in kept.items()
        }
        return {"lines": self._lines.state, **state}

    def report(self) -> Report:
        facts = self._facts
        return Report(self.solver, self.role, end_time=facts.end_time, eta_s=facts.eta_s)

    def _take(self, number: int, line: str, news: News) -> None:
        text = line.strip()
        first = text.partition(" ")[0]
        if first in ("estimated", "termination"):
            TAKERS[first](self._facts, text)
