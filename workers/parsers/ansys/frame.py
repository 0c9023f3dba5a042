"""What MAPDL prints around the solution: release, command line, sizes, statistics and the closing box."""

import re

from workers.parsers.ansys.clock import named_date, numbered_date
from workers.parsers.ansys.facts import REASON_LENGTH, Facts
from workers.parsers.fields import quick_float
from workers.parsers.text import duration_s, fortran_float, integer

#  RELEASE= 2022 R1              BUILD= 22.1      UP20211129   VERSION=WINDOWS x64
#  RELEASE= Release 16.0          BUILD= 16.0      UP20141203   VERSION=WINDOWS x64
# Release: 2025 R2            Build: 25.2       Update: UP20250519   Platform: LINUX x64      (statistics)
#  *** ANSYS - ENGINEERING ANALYSIS SYSTEM  RELEASE 2022 R1          22.1     ***
#  *** MAPDL - ENGINEERING ANALYSIS SYSTEM  RELEASE 2024 R1          24.1     ***
RELEASE = re.compile(
    r"RELEASE[=: ] *(?:Release +)?(\d{4} ?R\d(?:\.\d+)?|\d+\.\d+\w{0,10})", re.IGNORECASE
)
#  CURRENT JOBNAME=file0  13:44:03  JUN 01, 2022 CP=      0.141
_JOB = re.compile(r"CURRENT JOBNAME=(\S+)")
#     TOTAL OF     2 CORES REQUESTED
#        2 PARALLEL PROCESSES REQUESTED WITH SINGLE THREAD PER PROCESS
# Total number of cores requested         :    2 (Distributed Memory Parallel)
# Number of cores:   4 (Shared Memory Parallel)                       (12.1)
_CORES = re.compile(
    r"TOTAL OF +(\d+) CORES REQUESTED|(\d+) PARALLEL (?:CORES|PROCESSES|CPUS) REQUESTED"
    r"|(?:Total n|N)umber of cores(?: requested)? *: *(\d+)"
)
#  --- Total number of nodes = 5697            --- Number of total elements = 200
_SIZE = re.compile(r"--- (?:Total number of|Number of total) (nodes|elements) = (\d+)")
#   ...Number of elements: 5051                (with those that contact adds)
_DOMAIN_SIZE = re.compile(r"\.\.\.Number of (nodes|elements): +(\d+)")
#  NUMBER OF ERROR   MESSAGES ENCOUNTERED=          0
PRINTED = re.compile(r"NUMBER OF (ERROR|WARNING) +MESSAGES ENCOUNTERED= *(\d+)")
# Sum of memory used on all processes               :      324.0 MB
# Maximum total memory used                         :       53.0 MB      (one process)
_MEMORY = re.compile(
    r"(?:Sum of memory used on all processes|Maximum total memory used) *: *(\S+) MB"
)
#      0             DESKTOP-1            C:\work         (below "Core   Machine Name   Working Directory")
_HOST = re.compile(r"0 +(\S+)(?: +\S.*)?")

#  |                       DISTRIBUTED ANSYS RUN COMPLETED                     |
_COMPLETED = re.compile(r"\| +((?:[\w(),]+ )*RUN COMPLETED) +\|")
#  |        CP Time      (sec) =       1867.188       Time  =  14:15:42        |
#  |        Elapsed Time (sec) =       1906.000       Date  =  06/01/2022      |
_TIMES = re.compile(r"\| +(CP|Elapsed) Time +\(sec\) = +(\S+) +(?:Time|Date) += +(\S+) +\|")
#  |  CP = …      Maximum Scratch Memory Used    154 MB |
_SCRATCH = re.compile(r"Maximum Scratch Memory Used +(\d+) MB")

# *** ERROR - ANSYS license not available.                                          (it ends here)
# [license/error] *** ANSYS LICENSE MANAGER ERROR ***                    (it may find another licence)
LICENCE = re.compile(
    r"(\*\*\* ?ERROR - .*licen[sc]e.*)|ANSYS LICENSE MANAGER ERROR.*", re.IGNORECASE
)


def take_frame(stripped: str, facts: Facts) -> bool:
    """Whether the line was one of the frame."""
    if stripped[0] == "|":
        return _take_box(stripped, facts)
    if found := _SIZE.match(stripped) or _DOMAIN_SIZE.match(stripped):
        told = stripped[0] == "-"
        if told or not facts.sizes_told:
            count = integer(found[2])
            facts.nodes = count if found[1] == "nodes" else facts.nodes
            facts.elements = count if found[1] == "elements" else facts.elements
        facts.sizes_told = facts.sizes_told or told
    elif found := _CORES.match(stripped):
        facts.cores = integer(found[1] or found[2] or found[3])
    elif found := _MEMORY.match(stripped):
        facts.memory_bytes = _megabytes(found[1])
    elif _JOB.match(stripped):
        facts.started_at = facts.started_at or named_date(stripped)
    elif stripped.startswith("Core ") and "Machine Name" in stripped:
        facts.hosts_next = True
    elif stripped.startswith(("RELEASE", "Release:")) and (found := RELEASE.search(stripped)):
        facts.version = facts.version or found[1]
    elif stripped.startswith("TITLE=") and not facts.title:
        facts.title = stripped[6:].strip()[:200] or None
        facts.title_next = facts.title is None
    else:
        return False
    return True


def take_next(stripped: str, facts: Facts) -> bool:
    """The line below one that announced it: the title, or the first machine."""
    if facts.title_next:
        facts.title_next = False
        facts.title = stripped[:200]
        return True
    if not stripped.strip("-"):
        return True
    facts.hosts_next = False
    found = _HOST.fullmatch(stripped)
    facts.host = found[1][:100] if found else facts.host
    return found is not None


def set_clock(facts: Facts, cpu: str | None) -> None:
    used = quick_float(cpu) if cpu else None
    if used is not None:
        facts.values["cpu"] = used


def _take_box(stripped: str, facts: Facts) -> bool:
    if found := _COMPLETED.fullmatch(stripped):
        facts.ended = found[1][:REASON_LENGTH]
    elif found := _TIMES.fullmatch(stripped):
        _take_times(found, facts)
    elif (found := _SCRATCH.search(stripped)) and facts.memory_bytes is None:
        facts.memory_bytes = _megabytes(found[1])
    return True


def _take_times(found: re.Match[str], facts: Facts) -> None:
    used = fortran_float(found[2])
    if found[1] == "CP":
        facts.end_clock = found[3] if duration_s(found[3]) is not None else None
        if used is not None:
            facts.values["cpu"] = used
        return
    if used is not None:
        facts.values["wall"] = used
    if facts.end_clock:
        facts.ended_at = numbered_date(found[3], facts.end_clock)


def _megabytes(text: str) -> int | None:
    value = fortran_float(text)
    return int(value * 2**20) if value is not None and abs(value) < 1e9 else None
