"""MAPDL's output: solve.out of Workbench, or the file that -o names."""

import re
from dataclasses import asdict
from typing import Any, ClassVar

from workers.parsers.ansys.blocks import Block
from workers.parsers.ansys.clock import named_date, since
from workers.parsers.ansys.facts import (
    REASON_LENGTH,
    Facts,
    ending_of,
    take_message,
    tell_cause,
)
from workers.parsers.ansys.frame import LICENCE, PRINTED, RELEASE, set_clock, take_frame, take_next
from workers.parsers.ansys.solution import Solution
from workers.parsers.byline import ByLine
from workers.parsers.endings import ending
from workers.parsers.facts import kept, restored
from workers.parsers.messages import Messages
from workers.parsers.pace import Pace
from workers.parsers.report import News, Report
from workers.parsers.series import Tally
from workers.parsers.text import Lines, duration_s, integer

#  |   W E L C O M E   T O   T H E   A N S Y S (R)  P R O G R A M     |
#           *****  ANSYS COMMAND LINE ARGUMENTS  *****
#  *** ANSYS - ENGINEERING ANALYSIS SYSTEM  RELEASE 2022 R1          22.1     ***
# *** ERROR - ANSYS license not available.                                       (12.1)
_BANNER_IN_HEAD = re.compile(
    rb"W E L C O M E   T O   T H E   A N S Y S|\*{5} +(?:ANSYS|MAPDL) COMMAND LINE ARGUMENTS"
    rb"|\*\*\* (?:ANSYS|MAPDL) - ENGINEERING ANALYSIS SYSTEM +RELEASE"
    rb"|^ *RELEASE= .{4,40}BUILD= *\d|^ *\*\*\* ERROR - ANSYS licen[sc]e not available",
    re.MULTILINE,
)
_WELCOME = "W E L C O M E   T O   T H E   A N S Y S"
_ARGUMENTS = "COMMAND LINE ARGUMENTS"
_SYSTEM = "ENGINEERING ANALYSIS SYSTEM"

_FRAME = frozenset("|-.TtNSMRCcD0123456789")
"""First characters of the lines around the solution."""


class AnsysOut(ByLine):
    """Standard output of MAPDL, with what machine or batch system may have added."""

    name: ClassVar[str] = "ansys.out"
    version: ClassVar[int] = 2
    solver: ClassVar[str] = "ansys"
    role: ClassVar[str] = "out"

    @staticmethod
    def claims(head: bytes) -> bool:
        return _BANNER_IN_HEAD.search(head) is not None

    def __init__(self, state: dict[str, Any] | None = None) -> None:
        state = state or {}
        self._lines = Lines(state.get("lines"))
        self._tally = Tally(state.get("series"))
        self._messages = Messages(state.get("messages"))
        self._pace = Pace(state.get("pace"))
        self._facts = restored(Facts, state.get("facts"))
        self._solution = Solution(self._facts, self._tally, self._pace)
        block = state.get("block")
        self._block = Block(**block) if block else None

    @property
    def state(self) -> dict[str, Any]:
        return {
            "lines": self._lines.state,
            "series": self._tally.state,
            "messages": self._messages.state,
            "pace": self._pace.state,
            "facts": kept(self._facts),
            "block": asdict(self._block) if self._block else None,
        }

    def _end_message(self) -> None:
        if self._block:
            take_message(self._block, self._messages, self._facts)
            self._block = None

    def report(self) -> Report:
        """The facts so far; a message that may still go on counts with the lines it has."""
        messages, facts = Messages(self._messages.state), restored(Facts, kept(self._facts))
        if self._block:
            take_message(self._block, messages, facts)
        status, reason = ending_of(facts)
        values = facts.values
        report = Report(
            *(self.solver, self.role, facts.version, facts.title),
            started_at=facts.started_at,
            ended_at=facts.ended_at if facts.ended else None,
            host=facts.host,
            status=status,
            status_reason=reason,
            time=values.get("time"),
            end_time=values.get("end") if _in_last_step(facts) else None,
            cycle=facts.iterations,
            time_step=values.get("time_step"),
            wall_time_s=values.get("wall"),
            cpu_time_s=values.get("cpu"),
            cores=facts.cores,
            memory_bytes=facts.memory_bytes,
            nodes=facts.nodes,
            elements=facts.elements,
            warnings=messages.count("warning"),
            errors=messages.count("error", "fatal"),
            pace=self._pace.pairs(),
            messages=messages.kept(),
            series=self._tally.summaries(),
        )
        report.progress = 1.0 if status == "normal" else _progress(facts)
        if status in ("error", "other"):
            tell_cause(report, facts)
        return report

    def _take(self, number: int, line: str, news: News) -> None:
        if ": " in line and self._killed(line):  # a batch system's words hold a colon
            return
        stripped = line.strip()
        if self._block:
            if self._block.takes(stripped):
                return
            take_message(self._block, self._messages, self._facts)
            self._block = None
        if not stripped:
            return
        self._tally.line = number
        first = stripped[0]
        if first == "*":
            if self._take_starred(number, line, stripped, news):
                return
        elif first == "E":
            if self._solution.take_iteration(stripped):
                return
        elif "E VALUE" in stripped and self._solution.take_value(stripped, news):
            return
        facts = self._facts
        if facts.modes and self._solution.take_mode(stripped, news):
            return
        if (facts.title_next or facts.hosts_next) and take_next(stripped, facts):
            return
        if first in _FRAME and self._take_frame(number, stripped):
            return
        if line[0] != " " or "icense" in line or "ICENSE" in line:
            self._take_end(number, line, stripped)

    def _take_frame(self, number: int, stripped: str) -> bool:
        first = stripped[0]
        if first.isdigit():
            # 00000000  VERSION=WINDOWS x64   13:44:03  JUN 01, 2022 CP=      0.547
            if "VERSION=" in stripped and self._facts.started_at is None:
                self._facts.started_at = named_date(stripped)
            return (
                stripped[0] != "0" and "PARALLEL" in stripped and take_frame(stripped, self._facts)
            )
        if first == "T" and stripped.startswith("TIME AT END"):
            return self._solution.take_end(stripped)
        if first == "|" and _WELCOME in stripped:
            if self._facts.version or self._facts.arguments:
                self._begin_anew()
            self._facts.licence = None
            return True
        if first == "N" and (found := PRINTED.match(stripped)):
            # MAPDL prints some messages to the error file alone: its own total is kept beside what stands here.
            counted = (
                self._messages.count("error", "fatal")
                if found[1] == "ERROR"
                else self._messages.count("warning")
            )
            if integer(found[2]) != counted:
                self._messages.add("note", "total", stripped, number)
            return True
        return take_frame(stripped, self._facts)

    def _take_starred(self, number: int, line: str, stripped: str, news: News) -> bool:
        facts = self._facts
        if stripped.startswith("*** "):
            self._block = Block.begun_by(line, number)
            if self._block:
                self._set_clock(self._block)
                return True
            if _SYSTEM in stripped and (found := RELEASE.search(stripped)):
                facts.version = facts.version or found[1]
                return True
        elif _ARGUMENTS in stripped:
            if facts.arguments:
                self._begin_anew()
            self._facts.arguments = True
            return True
        elif "(POST" in stripped or "ROUTINE" in stripped or "(PREP" in stripped:
            #           ***** ANSYS RESULTS INTERPRETATION (POST1) *****
            facts.post = "(POST" in stripped
            return True
        elif not stripped.strip("*"):
            return True
        return self._solution.take_starred(stripped, news)

    def _set_clock(self, block: Block) -> None:
        facts = self._facts
        set_clock(facts, block.cpu)
        if block.clock is None:
            return
        if facts.first_clock is None:
            start = facts.started_at[-8:] if facts.started_at else block.clock
            facts.first_clock = duration_s(start)
        if facts.first_clock is not None:
            wall = since(facts.first_clock, block.clock, facts.values.get("wall", 0.0))
            if wall is not None:
                facts.values["wall"] = wall
                facts.clock_is_new = True

    def _take_end(self, number: int, line: str, stripped: str) -> None:
        facts = self._facts
        if found := LICENCE.search(stripped):
            if found[1]:
                facts.licence = facts.licence or found[1][:REASON_LENGTH]
            self._messages.add("error" if found[1] else "note", "licence", found.group(), number)
        elif line[0] != " ":
            # What MAPDL indents is its own.
            self._killed(line)

    def _killed(self, line: str) -> bool:
        """An end from outside, perhaps glued to half a line of MAPDL; also a crash, which is no kill."""
        facts, found = self._facts, ending(line)
        if found is None:
            return False
        words = found.words[:REASON_LENGTH]
        if found.kind == "killed":
            facts.killed = facts.killed or words
        else:
            facts.crashed = facts.crashed or words
        return found.kind == "killed"

    def _begin_anew(self) -> None:
        """The output of a further run, appended to that of the first."""
        self._facts, self._messages = Facts(), self._messages.afresh()
        self._solution = Solution(self._facts, self._tally, self._pace)


def _in_last_step(facts: Facts) -> bool:
    """Whether the end of the load step is that of the run, as far as the output tells."""
    return facts.steps is None or facts.step == facts.steps


def _progress(facts: Facts) -> float | None:
    """Share of the load steps, those that are done and of the one that is solved now."""
    values = facts.values
    begin, end = values.get("begin"), values.get("end")
    if begin is None or end is None or not end - begin > 0:
        return None
    share = min(max((values.get("time", begin) - begin) / (end - begin), 0.0), 1.0)
    if share != share:
        return None
    if not facts.steps or facts.step is None:
        return share if facts.solved else None
    return min((facts.step - 1 + share) / facts.steps, 1.0)
