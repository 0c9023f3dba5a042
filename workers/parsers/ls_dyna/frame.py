"""What LS-DYNA prints once: banner, command line, sizes, estimates, and the totals below the end."""

import re
from collections.abc import Callable

from workers.parsers.ls_dyna.facts import LogFacts, bounded
from workers.parsers.ls_dyna.stamps import moment, seconds
from workers.parsers.text import fortran_float

#      |  Version : smp d R13                              |     (R11 and later)
#      |  Version : smp d R10.1.0   Date: 01/12/2018     |        (R10 and before)
#      |  Version : ls971d R5.1.1     Date: 11/18/2011   |
_VERSION = re.compile(r"\| *Version *: *(\S.*?)(?: +Date *:.*)? *\|?$")
#      |  Revision: R13.1.1-27-g8731a0d8c5                 |
#      |  Revision: 123264          Time: 16:34:46       |
_REVISION = re.compile(r"\| *Revision *: *([^\s|]{1,60})")
_HOST = re.compile(r"\| *Hostname *: *([^\s|][^|]{0,60}?) *\|?$")
#  MPP execution with       8 procs             Parallel execution with     16 MPP proc
#  Hybrid execution with    4 procs,  2 threads
_RANKS = re.compile(r"(?:MPP|Parallel|Hybrid) execution with +(\d{1,7})(?:\D+(\d{1,5}) +thread)?")
#  Elapsed time      18 seconds for   24944 cycles using  2 SMP threads
#  Elapsed time   47971 seconds for54773890 cycles using  2 SMP threads
#  Elapsed time      51 seconds(   0 hours  0 min. 51 sec.) for   19862 cycles      (R7)
_ELAPSED = re.compile(r"Elapsed time +(\d{1,12}) second(?:.* using +(\d{1,7}) +(SMP|MPP))?")
_COMMAND = re.compile(r"Command line options *: *(.*)")
#     number of nodal+scalar points..................     980
#     number of shell elements.......................       1
_COUNT = re.compile(r"number of (nodal[^.]* points|(?:thick )?\w+ elements)\.+ +(\d{1,18})$")
_ELEMENTS = ("solid elements", "beam elements", "shell elements", "thick shell elements")
#                                    Total:    2862K           17M
_MEMORY = re.compile(r"Total: +(\d{1,12}) *([KMG]?)$")
_SCALE = {"": 1.0, "K": 1e3, "M": 1e6, "G": 1e9}
_WHOLE = re.compile(r"= *(\d{1,18})\b")


def _value(text: str) -> float | None:
    """The first number behind the equals sign or the dots."""
    rest = text.rpartition("=")[2] if "=" in text else text.rpartition("..")[2].lstrip(".")
    words = rest.split(None, 1)
    return fortran_float(words[0]) if words else None


def _banner(facts: LogFacts, text: str) -> None:
    if found := _VERSION.match(text):
        facts.release = found[1].split()[-1][:60]
    elif found := _REVISION.match(text):
        facts.revision = found[1]
    elif found := _HOST.match(text):
        facts.host = bounded(found[1])


def _started(facts: LogFacts, text: str) -> None:
    at = moment(text.replace("Time:", " "))
    if at:
        facts.begun_at, facts.begun_s = at.isoformat(), seconds(at)
        if facts.started_at is None:
            facts.started_at, facts.started_s = facts.begun_at, facts.begun_s


def _command(facts: LogFacts, text: str) -> None:
    if found := _COMMAND.match(text):
        facts.command = bounded(found[1])


def _echoed(facts: LogFacts, text: str) -> None:
    # Wrapped after 72 characters, inside words too; since R11 the options follow in full.
    goes_on = facts.command or "" if not text.startswith("> ") else ""
    facts.command = bounded(goes_on + text.removeprefix(">"))


def _ranks(facts: LogFacts, text: str) -> None:
    if found := _RANKS.match(text):
        facts.cores = int(found[1]) * int(found[2] or 1)


def counted(facts: LogFacts, text: str) -> None:
    """Processors and nodes: `Number of CPU's    2`, `Number of LS-DYNA  nodes        =        20276`."""
    if text.startswith("Number of CPU's"):
        rest = text[15:].strip()
        if facts.cores is None and rest.isascii() and rest.isdigit() and len(rest) < 8:
            facts.cores = int(rest)
    elif text.startswith("Number of LS-DYNA  nodes"):
        found = _WHOLE.search(text)
        facts.nodes = int(found[1]) if found else facts.nodes


def _sized(facts: LogFacts, text: str) -> None:
    found = _COUNT.match(text)
    if not found:
        return
    if found[1].startswith("nodal"):
        facts.nodes = int(found[2])
    elif found[1] in _ELEMENTS:
        facts.elements = (facts.elements or 0) + int(found[2])


def _terminates_at(facts: LogFacts, text: str) -> None:
    if text.startswith(("termination time  ", "termination time.")):
        value = _value(text)
        facts.end_time = facts.end_time if value is None else value


def _estimated(facts: LogFacts, text: str) -> None:
    if text.startswith("estimated clock time to complete"):
        value = _value(text)
        facts.eta_s = facts.eta_s if value is None else value


def _problem(facts: LogFacts, text: str) -> None:
    if text.startswith("Problem time"):
        value = _value(text)
        facts.time = facts.time if value is None else value
    elif text.startswith("Problem cycle") and (found := _WHOLE.search(text)):
        facts.cycle = int(found[1])


def _totals(facts: LogFacts, text: str) -> None:
    if text.startswith("Total CPU time"):
        facts.cpu_s = _value(text)
    elif found := _MEMORY.match(text):
        facts.memory_words = int(found[1]) * _SCALE[found[2]]


def _elapsed(facts: LogFacts, text: str) -> None:
    if found := _ELAPSED.match(text):
        facts.elapsed_s = float(found[1])
        if found[2] and facts.cores is None:
            facts.cores = int(found[2])


def _ended(facts: LogFacts, text: str) -> None:
    at = moment(text) if text.startswith("End time") else None
    facts.ended_at = at.isoformat() if at else facts.ended_at


def _word_size(facts: LogFacts, text: str) -> None:
    if "native file format" in text:
        facts.word_bytes = 8 if "64-bit" in text else 4


def _licensed(facts: LogFacts, text: str) -> None:
    if text.startswith("Executing with"):
        facts.role = "screen"
    elif not text.startswith("Beginning of keyword"):
        return
    facts.licence = facts.licence_line = None
    _started(facts, text)


def _asks(facts: LogFacts, text: str) -> None:
    facts.role = "screen"  # ctrl-c interrupts ls-dyna and prompts for a sense  switch.


def _writes_memory(facts: LogFacts, text: str) -> None:
    if "memory" in text:
        facts.role = "messag"


def _writes_input(facts: LogFacts, text: str) -> None:
    if text.startswith(("L I S T   O F", "c o n t r o l   i n f")):
        facts.role = "d3hsp"


TAKERS: dict[str, Callable[[LogFacts, str], None]] = {
    "|": _banner,
    "Date:": _started,
    "Command": _command,
    ">": _echoed,
    "MPP": _ranks,
    "Parallel": _ranks,
    "Hybrid": _ranks,
    "number": _sized,
    "termination": _terminates_at,
    "estimated": _estimated,
    "Problem": _problem,
    "Total": _totals,
    "Total:": _totals,
    "Elapsed": _elapsed,
    "End": _ended,
    "The": _word_size,
    "ctrl-c": _asks,
    "Executing": _licensed,
    "Beginning": _licensed,
    "allocating": _writes_memory,
    "expanding": _writes_memory,
    "contracting": _writes_memory,
    "L": _writes_input,
    "c": _writes_input,
}
"""First word of a line to what it tells."""
