"""What a Radioss listing has told so far, and how its lines tell it."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from workers.parsers.text import fortran_float

WORDS_LENGTH = 200
"""Characters kept of words that a fact rests on."""
_MEGABYTE = 1024**2


@dataclass
class Facts:
    """Facts of one run of a starter or an engine."""

    product: str | None = None
    """"OpenRadioss" or "Radioss"."""
    version: str | None = None
    program: str | None = None
    """"starter" or "engine"."""
    root: str | None = None
    part: int | None = None
    host: str | None = None
    hosts_follow: bool = False
    started_at: str | None = None
    ended_at: str | None = None
    wall_time_s: float | None = None
    cpu_time_s: float | None = None
    eta_s: float | None = None
    domains: int | None = None
    threads: int | None = None
    memory_bytes: int | None = None
    nodes: int | None = None
    elements: int | None = None
    end_time: float | None = None
    cycle: int | None = None
    time: float | None = None
    time_step: float | None = None
    error: float | None = None
    """Of the energy, in percent, in the last row…"""
    error_line: int | None = None
    """…and where that stands."""
    ended: str | None = None
    """The termination line."""
    confirmed: bool = False
    """Whether a line with words followed: a user's break and the number of cycles are told only there."""
    broken: str | None = None
    """The words that a user or a limit stopped the run."""
    stopped_by_input: str | None = None
    killed: str | None = None
    crashed: str | None = None
    iterations: int = 0
    """Of the implicit solution since its first, the x of the residuals."""


# **                         OpenRadioss Engine                         **          (2022 on)
# **                     Altair Radioss(TM) Starter 2019                **
# **                       RADIOSS ENGINE 14.0                          **
BANNER = re.compile(
    r"\*\*.*?\b(Open)?Radioss(?:\(TM\)|™)? +(?:Software +)?(Starter|Engine)\b *(?:Version)? *([\d.]*)",
    re.IGNORECASE,
)
#  |          Segmentation Violation                             |        (starter and engine)
BOX = re.compile(r" *\| {3,}(Segmentation Violation|Bus Error|Floating Point Exception)\b *\|")
# ** CommitID: 1f2e3d4c5b6a79880011223344556677889900aa                 **
# ** Build tag: 1117070_2017_21                                         **
# ** Version 14.0.230                                                   **
_BUILD = re.compile(r"\*\* *(CommitID|Build tag|Version) *:? *(\S{1,80})", re.IGNORECASE)
#  bracket_0001.out               (first line of a listing)
_NAME = re.compile(r" {0,2}(\S{1,200})_(\d{4})\.out\s*")
#  ROOT: bracket  RESTART: 0001                                          (screen)
_ROOT = re.compile(r" {0,4}ROOT: *(\S{1,200}) +RESTART: *(\d{1,9})\s*")
#  18/04/2024                     (engine, day first)
_DAY = re.compile(r" {0,2}(\d\d)/(\d\d)/(\d{4})\s*")
#  EXECUTION STARTED .........................:      2024/04/18  10:59:12
_CLOCK = re.compile(
    r" *EXECUTION (STARTED|COMPLETED)[ .]*: +(\d{4})/(\d\d)/(\d\d) +(\d\d:\d\d:\d\d)\s*"
)
#  ELAPSED TIME     =          0.05 s          ELAPSED TIME...........=          0.24 s
_ELAPSED = re.compile(r" *ELAPSED TIME[ .]*= *(\S+) s\s*")
#  FINAL TIME . . . . . . . . . . . . . . . . . . .  0.1000000E-02
_FINAL_TIME = re.compile(r" *FINAL TIME[ .]*?[ .] +(\S+)\s*")
#  NUMBER OF SPMD DOMAINS           4          NUMBER OF SPMD DOMAINS. . . . . . . . . =         4
#  NUMBER OF THREADS PER DOMAIN     1
_COUNT = re.compile(r" *NUMBER OF (SPMD DOMAINS|THREADS PER DOMAIN)[ .=]* (\d{1,9})\s*")
#     NUMNOD: NUMBER OF NODAL POINTS. . . . . . . . . . . .     16213
#     NUMELC: NUMBER OF 3D SHELL ELEMENTS (4-NODES) . . . .     15855
_SIZE = re.compile(r" *(NUMNOD|NUMEL\w{1,8}) ?:.*[ .=](\d{1,18})\s*")
#  TOTAL MEMORY USED .........................:       48 MB        STARTER MEMORY USAGE        127 MB
_MEMORY = re.compile(r" *(?:TOTAL MEMORY USED|STARTER MEMORY USAGE)[ .]*:? *(\d{1,9}) MB\s*")
#  TOTAL.......................: .4051E-01   100.00 %
_CPU = re.compile(r" *TOTAL\.+: *(\S+) +\S+ %\s*")
#      TOTAL NUMBER OF CYCLES  :     112
_CYCLES = re.compile(r" *TOTAL NUMBER OF CYCLES *: *(\d{1,18})\s*")


def _take_clock(facts: Facts, found: re.Match[str]) -> None:
    moment = f"{found[2]}-{found[3]}-{found[4]}T{found[5]}"
    if found[1] == "STARTED":
        facts.started_at = moment
    else:
        facts.ended_at = moment


def _take_count(facts: Facts, found: re.Match[str]) -> None:
    if found[1] == "SPMD DOMAINS":
        facts.domains = int(found[2])
    else:
        facts.threads = int(found[2])


def _take_size(facts: Facts, found: re.Match[str]) -> None:
    if found[1] == "NUMNOD":
        facts.nodes = int(found[2])
    else:
        facts.elements = (facts.elements or 0) + int(found[2])


def _take_name(facts: Facts, found: re.Match[str]) -> None:
    facts.root, facts.part = found[1][:WORDS_LENGTH], int(found[2])


def _take_day(facts: Facts, found: re.Match[str]) -> None:
    facts.started_at = facts.started_at or f"{found[3]}-{found[2]}-{found[1]}"


def _take_elapsed(facts: Facts, found: re.Match[str]) -> None:
    facts.wall_time_s = _finite(found[1], facts.wall_time_s)


def _take_final_time(facts: Facts, found: re.Match[str]) -> None:
    facts.end_time = _finite(found[1], facts.end_time)


def _take_memory(facts: Facts, found: re.Match[str]) -> None:
    facts.memory_bytes = int(found[1]) * _MEGABYTE


def _take_cpu(facts: Facts, found: re.Match[str]) -> None:
    facts.cpu_time_s = _finite(found[1], facts.cpu_time_s)


def _take_cycles(facts: Facts, found: re.Match[str]) -> None:
    facts.cycle = int(found[1])


def _finite(text: str, otherwise: float | None) -> float | None:
    value = fortran_float(text)
    return value if value is not None and value - value == 0 else otherwise


_Handler = Callable[[Facts, re.Match[str]], None]
# A word that is in the line, the line's pattern and what it tells.
_LINES: tuple[tuple[str, re.Pattern[str], _Handler], ...] = (
    ("NUM", _SIZE, _take_size),
    ("NUMBER OF ", _COUNT, _take_count),
    ("TOTAL NUMBER", _CYCLES, _take_cycles),
    ("EXECUTION ", _CLOCK, _take_clock),
    ("ELAPSED TIME", _ELAPSED, _take_elapsed),
    ("FINAL TIME", _FINAL_TIME, _take_final_time),
    (" MEMORY US", _MEMORY, _take_memory),
    ("TOTAL..", _CPU, _take_cpu),
    ("RESTART:", _ROOT, _take_name),
    (".out", _NAME, _take_name),
    ("/", _DAY, _take_day),
)


def take_fact(facts: Facts, line: str) -> bool:
    """Takes what a line tells; whether it told anything."""
    for word, pattern, take in _LINES:
        if word in line and (found := pattern.fullmatch(line)):
            take(facts, found)
            return True
    if line.startswith("**") and (built := _BUILD.match(line)):
        facts.version = built[2]
        return True
    return False
