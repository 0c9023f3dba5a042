"""Nastran's .log: control file, licence, phases with the clock, the exit code and the times."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, ClassVar

from workers.parsers.endings import ending
from workers.parsers.facts import kept, restored
from workers.parsers.nastran.banner import LOG_HEAD, MONTHS, claims_log
from workers.parsers.nastran.blocks import Block
from workers.parsers.nastran.parser import (
    WORDS_LENGTH,
    NastranText,
    first_fatal,
    tell_cause,
)
from workers.parsers.pace import Pace
from workers.parsers.report import News, Report, Severity, Status
from workers.parsers.text import duration_s, fortran_float

# MSC Nastran started  Sat Jun  5 23:04:18 EDT 2021           Simcenter Nastran finished Mon Oct 25 10:45:48 EDT 2021
_MOMENT = re.compile(
    r".*N(?:astran|ASTRAN) (started|finished) +\w{3} (\w{3}) +(\d{1,2}) (\d\d:\d\d:\d\d) (?:[\w+-]{1,8} )?(\d{4})\s*"
)
#  23:04:57  Analysis complete  0
_COMPLETE = re.compile(r" *\d\d:\d\d:\d\d +Analysis (?:complete|stopped|aborted) +(-?\d{1,9})\s*")
#  10:45:29  Design cycle 2 started.
_CYCLE = re.compile(r" *(\d\d:\d\d:\d\d) +Design cycle (\d{1,9}) started\.\s*")
_CLOCK = re.compile(r" (\d\d):(\d\d):(\d\d)  .*")
# Real:       13.226 seconds ( 0:00:13.226)
_TIMES = re.compile(r"(Real|User|Sys): +(\S+) seconds .*")
# 17.62user 0.30system 0:17.95elapsed 99%CPU (0avgtext+0avgdata 993840maxresident)k            (Linux)
_GNU_TIME = re.compile(r"([\d.]+)user ([\d.]+)system ([\d:.]+)elapsed .*")
#  Hostname:         n021.cluster
_HOST = re.compile(r" Hostname: +(\S{1,200}).*")
# Cmd Line:    /opt/nastran/analysis JID=wing.dat
_COMMAND = re.compile(r"Cmd Line: +(.*\S)\s*")
# SMP=4            DMP=2            PARALLEL=8
_CORES = re.compile(r"(SMPARALLEL|SMP|PARALLEL|DMPARALLEL|DMP)='?(\d{1,6})'?\s*(?:\$.*)?")
#         USER WARNING MESSAGE     2354.0          1          (summary at the end, MSC 2013 on)
_SUMMARY = re.compile(
    r" *((?:USER|SYSTEM|MSC) (FATAL|WARNING|INFORMATION) MESSAGE) +(\d{1,9})(?:\.\d+)? +(\d{1,9})\s*"
)
#  23:04:52  MSC Authorization Information - Checkout Successful (1016, 0)
_REFUSED = re.compile(
    r".*(?:Authorization (?:Information|Error|Failure).*(?:[Ff]ail|[Ee]rror|[Dd]eni|[Uu]nable|not )"
    r"|[Ll]icen[sc]e.*(?:denied|fail|not available|expired)).*"
)
_SEVERITIES: dict[str, Severity] = {"FATAL": "fatal", "WARNING": "warning", "INFORMATION": "note"}
_COUNTED = 10_000
"""A message of the summary counts so often at most: more is rubbish in a broken file."""
_DAY_S = 86_400


@dataclass
class _Facts:
    product: str | None = None
    version: str | None = None
    started_at: str | None = None
    ended_at: str | None = None
    host: str | None = None
    command: str | None = None
    threads: int | None = None
    processes: int | None = None
    cycle: int | None = None
    exit_code: int | None = None
    ended: str | None = None
    finished: str | None = None
    """The last line: the summary of messages stands between it and the exit code."""
    refused: str | None = None
    killed: str | None = None
    crashed: str | None = None
    first_s: int | None = None
    """Time of the day of the first phase…"""
    last_s: int | None = None
    """…and of the last one; days are added as the clock starts again."""
    real_s: float | None = None
    user_s: float | None = None
    system_s: float | None = None


class NastranLog(NastranText):
    """What the launcher and the phases of the analysis say."""

    name: ClassVar[str] = "nastran.log"
    version: ClassVar[int] = 2
    role: ClassVar[str] = "log"

    @staticmethod
    def claims(head: bytes) -> bool:
        return claims_log(head)

    def __init__(self, state: dict[str, Any] | None = None) -> None:
        super().__init__(state)
        self._facts = restored(_Facts, (state or {}).get("facts"))
        self._pace = Pace((state or {}).get("pace"))

    @property
    def state(self) -> dict[str, Any]:
        return {**super().state, "facts": kept(self._facts), "pace": self._pace.state}

    def report(self) -> Report:
        facts, messages = self._facts, self._all_messages()
        status, reason = _ending(facts, first_fatal(messages))
        report = Report(
            self.solver,
            self.role,
            solver_version=" ".join(filter(None, (facts.product, facts.version))) or None,
            started_at=facts.started_at,
            ended_at=facts.ended_at,
            host=facts.host,
            command=facts.command,
            status=status,
            status_reason=reason,
            cycle=facts.cycle,
            wall_time_s=_wall_time_s(facts),
            cpu_time_s=_cpu_time_s(facts),
            cores=_cores(facts),
            warnings=messages.count("warning"),
            errors=messages.count("error", "fatal"),
            pace=self._pace.pairs(),
            messages=messages.kept(),
            series=self._tally.summaries(),
        )
        tell_cause(report)
        return report

    def _read(self, lines: Iterable[tuple[int, str]], news: News) -> None:
        for number, line in lines:
            if self._block is not None:
                if self._block.takes(line):
                    continue
                self._end_message()
            if not line or line.isspace():
                continue
            if "MESSAGE" in line and self._take_message(number, line):
                continue
            if clock := _CLOCK.fullmatch(line):
                self._take_phase(line, clock)
            else:
                self._take_frame(line)

    def _take_message(self, number: int, line: str) -> bool:
        if found := _SUMMARY.fullmatch(line):
            for _ in range(min(int(found[4]), _COUNTED)):
                self._messages.add(
                    _SEVERITIES[found[2]], found[3], f"{found[1]} {found[3]}", number
                )
            return True
        self._block = Block.begun_by(line, number)
        return self._block is not None

    def _take_phase(self, line: str, clock: re.Match[str]) -> None:
        """A line with the time of the day."""
        facts = self._facts
        seconds = int(clock[1]) * 3600 + int(clock[2]) * 60 + int(clock[3])
        if facts.first_s is None or facts.last_s is None:
            facts.first_s = seconds
        else:
            days = facts.last_s // _DAY_S * _DAY_S
            # Some lines are a second late; only a clock that starts again goes back far.
            seconds += days + (_DAY_S if facts.last_s - days - seconds > _DAY_S // 2 else 0)
        facts.last_s = seconds
        if found := _COMPLETE.fullmatch(line):
            facts.exit_code = int(found[1])
            facts.ended = " ".join(line.split(None, 1)[1:]).strip()[:WORDS_LENGTH]
        elif found := _CYCLE.fullmatch(line):
            facts.cycle = int(found[2])
            self._pace.add(facts.cycle, seconds - facts.first_s)
        elif _REFUSED.fullmatch(line):
            facts.refused = facts.refused or line.strip()[:WORDS_LENGTH]

    def _take_frame(self, line: str) -> None:
        """A line without a time: control file, machine, end."""
        facts = self._facts
        if "Control File:" in line and (head := LOG_HEAD.match(line.encode())):
            if facts.product:
                self._forget()
                self._facts, self._pace = _Facts(), Pace()
                facts = self._facts
            facts.product, facts.version = head[1].decode(), head[2].decode()
        elif found := _MOMENT.fullmatch(line):
            self._take_moment(found)
        elif found := _TIMES.fullmatch(line):
            self._take_time(found[1], fortran_float(found[2]))
        elif found := _GNU_TIME.fullmatch(line):
            for name, at in (("User", 1), ("Sys", 2), ("Real", 3)):
                self._take_time(name, duration_s(found[at]))
        elif (found := _HOST.fullmatch(line)) and facts.host is None:
            facts.host = found[1]
        elif found := _COMMAND.fullmatch(line):
            facts.command = found[1][:1000]
        elif found := _CORES.match(line):
            name = "processes" if found[1].startswith("D") else "threads"
            setattr(facts, name, int(found[2]) or None)
        elif outside := ending(line):
            words = outside.words[:WORDS_LENGTH]
            if outside.kind == "killed":
                facts.killed = facts.killed or words
            else:
                facts.crashed = facts.crashed or words
        elif _REFUSED.fullmatch(line):
            facts.refused = facts.refused or line.strip()[:WORDS_LENGTH]

    def _take_moment(self, found: re.Match[str]) -> None:
        facts, month = self._facts, found[2].upper()
        if month not in MONTHS or not 1 <= int(found[3]) <= 31:
            return
        moment = f"{found[5]}-{MONTHS.index(month) + 1:02d}-{int(found[3]):02d}T{found[4]}"
        if found[1] == "started":
            facts.started_at = moment
        else:
            facts.ended_at, facts.finished = moment, found[0].strip()[:WORDS_LENGTH]

    def _take_time(self, name: str, seconds: float | None) -> None:
        if seconds is None or seconds - seconds != 0:
            return
        if name == "Real":
            self._facts.real_s = seconds
        elif name == "User":
            self._facts.user_s = seconds
        else:
            self._facts.system_s = seconds


def _ending(facts: _Facts, fatal: str | None) -> tuple[Status | None, str | None]:
    """Status and the words it rests on.

    The exit code is 0 after some fatal messages too, but these stand in the summary below it, which older versions
    do not print: there the .f06 tells.
    """
    if fatal:
        return "error", fatal
    if facts.exit_code:
        return "error", facts.ended
    if facts.exit_code == 0 and facts.finished:
        return "normal", facts.finished
    if facts.killed:
        return "other", facts.killed
    failed = facts.refused or facts.crashed
    if failed:
        return "error", failed
    # It finished, but no phase of the analysis says how.
    return (None if facts.ended_at else "running"), None


def _wall_time_s(facts: _Facts) -> float | None:
    if facts.real_s is not None:
        return facts.real_s
    if facts.first_s is None or facts.last_s is None:
        return None
    return float(facts.last_s - facts.first_s)


def _cpu_time_s(facts: _Facts) -> float | None:
    if facts.user_s is None:
        return None
    return round(facts.user_s + (facts.system_s or 0.0), 6)


def _cores(facts: _Facts) -> int | None:
    if facts.threads is None and facts.processes is None:
        return None
    return (facts.threads or 1) * (facts.processes or 1)
