"""What PERMAS's result file (.res) and protocol (.pro) have alike: banner, messages and end."""

import re
from datetime import datetime, timedelta
from typing import Any, ClassVar

from workers.parsers.blocks import ByBlock
from workers.parsers.causes import find_cause
from workers.parsers.endings import ending
from workers.parsers.facts import kept, restored
from workers.parsers.permas.blocks import Block
from workers.parsers.permas.causes import CAUSES
from workers.parsers.permas.facts import WORDS_LENGTH, Facts
from workers.parsers.report import News, Report

_AXES = {"mass.*": "iteration"}

#          PERMAS run ended without errors (16 Comments)
#          ERRORS  ERRORS ERRORS ERRORS  ERRORS ERRORS ERRORS  ERRORS
_ENDED = re.compile(r"\s*PERMAS run ended\b(.*)")
_FAILED = re.compile(r" *(?:ERRORS +){4,}ERRORS\s*")


class PermasListing(ByBlock):
    """What both files have alike."""

    solver: ClassVar[str] = "permas"
    role: ClassVar[str]
    block_type = Block
    axes = _AXES

    def __init__(self, state: dict[str, Any] | None = None) -> None:
        super().__init__(state)
        self._facts = restored(Facts, (state or {}).get("facts"))

    @property
    def state(self) -> dict[str, Any]:
        return {**super().state, "facts": kept(self._facts)}

    def report(self) -> Report:
        facts, messages = self._facts, self._all_messages()
        status, reason = facts.how_it_ended()
        report = Report(
            self.solver,
            self.role,
            solver_version=facts.version,
            title=facts.title,
            started_at=facts.started_at,
            ended_at=self._ended_at() if facts.ended or facts.failed else None,
            host=facts.host,
            status=status,
            status_reason=reason,
            cycle=facts.loop,
            wall_time_s=facts.wall_time_s,
            cpu_time_s=facts.cpu_time_s,
            cores=facts.cores,
            memory_bytes=facts.memory_bytes,
            nodes=facts.nodes,
            elements=facts.elements,
            warnings=messages.count("warning"),
            errors=messages.count("error", "fatal"),
            messages=messages.kept(),
            series=self._tally.summaries(),
        )
        if status in ("error", "other"):
            # The last one only says that there were some: *F* 323/0012 Execution terminated due to errors …
            errors = [one for one in report.messages if one.severity in ("error", "fatal")]
            errors = [one for one in errors if not (one.code or "").startswith("323/")] or errors
            if found := find_cause(CAUSES, errors, reason, (facts.killed, facts.crashed)):
                report.cause, report.cause_text, report.cause_line = found
        return report

    def _ended_at(self) -> str | None:
        """The file's clock, if it has one."""
        facts = self._facts
        if facts.started_at is None or facts.clock_s is None:
            return None
        began = datetime.fromisoformat(facts.started_at)
        return (began + timedelta(seconds=facts.clock_since_s)).isoformat()

    def _take(self, number: int, line: str, news: News) -> None:
        if self._block is not None:
            if self._block.takes(line):
                return
            self._end_message()
        facts = self._facts
        if not line or line.isspace():
            facts.columns = []
            return
        if "*" in line[:2] and (block := Block.begun_by(line, number)):
            self._block = block
            if block.severity == "fatal":
                facts.fatal = facts.fatal or block.text()[:WORDS_LENGTH]
        elif facts.in_banner:
            facts.take_banner(line)
        elif "P E R M A S" in line and "|" in line[:2]:
            self._begin()
        elif not self._take_own(number, line, news) and not self._take_end(line):
            self._take_ending(line)

    def _begin(self) -> None:
        """A further run's banner forgets the earlier one."""
        if self._facts.version:
            self._forget()
            self._facts = Facts()
        self._facts.in_banner = True

    def _take_own(self, number: int, line: str, news: News) -> bool:
        """Takes what only one of the files has."""
        raise NotImplementedError

    def _take_end(self, line: str) -> bool:
        facts = self._facts
        if "PERMAS run ended" in line and (found := _ENDED.fullmatch(line)):
            words = line.strip()[:WORDS_LENGTH]
            if found[1].startswith(" without errors"):
                facts.ended = words
            else:
                facts.failed = words
        elif "ERRORS" in line and _FAILED.fullmatch(line):
            facts.failed = facts.failed or self._first_error()
        else:
            return False
        return True

    def _first_error(self) -> str:
        errors = (one for one in self._messages.kept() if one.severity == "error")
        found = next(errors, None)
        return found.text[:WORDS_LENGTH] if found else "ERRORS"

    def _take_ending(self, line: str) -> None:
        told = ending(line)
        if told and told.kind == "killed":
            self._facts.killed = self._facts.killed or told.words
        elif told:
            self._facts.crashed = self._facts.crashed or line.strip()[:WORDS_LENGTH]
