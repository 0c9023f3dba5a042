"""What is known of the run that a log is of, and the frame of the log around its time steps."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from workers.parsers.endings import crash_words, killed_words
from workers.parsers.facts import kept, restored

REASON_LENGTH = 200
"""Characters kept of the words that a status rests on."""
_VALUE_LENGTH = 400
_BOUNDED = 20
"""Bounded fields that are told apart."""

# | \\      /  F ield         | OpenFOAM: The Open Source CFD Toolbox           |     (to 6, v1606+ to v2506)
#   \\      /  F ield         | OpenFOAM: The Open Source CFD Toolbox                 (7 to 13, dev)
# | \\      /  F ield         | foam-extend: Open Source CFD                    |     (3 to 5)
BANNER = "F ield  "
# |  \\    /   O peration     | Version:  4.1                                   |
_VERSION = re.compile(r".*\| *Version: +([^\s|]+)")
# Build  : _615aae61-20250627 OPENFOAM=2506 version=2506
# Build  : OPENFOAM=1912 patch=200626           (Debian, whose banner leaves the version out)
# Exec   : simpleFoam -parallel              Exec     : icoFoam                        (foam-extend)
_HEADER = re.compile(r"(Build|Exec|Date|Time|Host|Case|nProcs) *: *(.*?)\s*")
# Using: OpenFOAM-2406 (2406) - visit www.openfoam.com     See 'overInterDyMFoam -help' for usage     (wrong options)
_USAGE = re.compile(r"Using: OpenFOAM-(\d\S{0,39}) .*|See '(\S{1,80}) -help' for usage")
_DATE = re.compile(r"([A-Z][a-z]{2}) (\d{1,2}) (\d{4})")
_CLOCK = re.compile(r"\d\d:\d\d:\d\d")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_NUMBER = r"([-+]?[\d.]+(?:e[-+]?\d+)?)"
# Create mesh for time = 0           Create fluid mesh for region air for time = 0
_START = re.compile(rf"Create .*\bfor time = {_NUMBER}s?\s*", re.ASCII)
# SIMPLE: no convergence criteria found. Calculations will run for 500 steps.
_STEPS = re.compile(
    r"\s*\w+: no convergence criteria found\. Calculations will run for (\d{1,12}) steps\..*"
)
# SIMPLE solution converged in 285 iterations
CONVERGED = re.compile(r"\w+(?:\s\w+)? solution converged in \d+ iterations")
#   nPoints: 19683                    blockMesh
#     cells:            17576         checkMesh
# Layer mesh : cells:353610  faces:1147520  points:446250            snappyHexMesh
_SIZES = re.compile(r"\s*(nPoints|nCells|points|cells): +(\d{1,15})\s*")
_SNAPPY = re.compile(r"\w+ mesh : cells: ?(\d{1,15}) +faces: ?\d+ +points: ?(\d{1,15})\s*")
END = re.compile(r"[Ee]nd(?:\.|: .* s, .*)?\s*")
# #1  Foam::sigFpe::sigHandler(int) at ??:?                                      (org 2 to 13)
# #1  Foam::sigFpe::sigFpeHandler(int) in /opt/OpenFOAM/platforms/lib/libOpenFOAM.so    (com)
_TRAPPED = re.compile(r"(?:\[\d+\] ?)?#\d+ +.*Foam::(sigFpe|sigSegv|sigInt|sigQuit|sigAbrt)::\w+.*")
# ZN4Foam6sigFpe13sigFpeHandlerEi                                                        (blueCFD, on Windows)
_MANGLED = re.compile(r".*ZN4Foam\d(sigFpe|sigSegv|sigInt|sigQuit|sigAbrt)\d+sig\w*Handler.*")
# USER REQUESTED ABORT (timeIndex=120): stop+write data
# sigStopAtWriteNow : setting up write and stop at end of the next iteration
_STOPPED = re.compile(
    r".*(?:USER REQUESTED ABORT|setting up write and stop at end of the next iteration).*"
)

_NOT_SOLVERS = frozenset(["foamToVTK", "mapFieldsFoam"])
_SOLVERS = frozenset(["foamRun", "foamMultiRun", "potentialFoam"])


@dataclass
class Facts:
    """Of the last run in the log; times as printed, in the solver's own variable."""

    build: str | None = None
    version: str | None = None
    foam_extend: bool = False
    command: str | None = None
    date: str | None = None
    clock: str | None = None
    host: str | None = None
    case: str | None = None
    cores: int | None = None
    start: float | None = None
    steps: int = 0
    step_limit: int | None = None
    time: float | None = None
    first_time: float | None = None
    time_line: int = 0
    time_step: float | None = None
    wall_time_s: float | None = None
    cpu_time_s: float | None = None
    nodes: int | None = None
    elements: int | None = None
    converged: str | None = None
    stopped: str | None = None
    end: str | None = None
    end_line: int = 0
    fatal: str | None = None
    bare: tuple[str, int, str] | None = None
    """Code, line and place of a fatal error whose words another rank's cut off."""
    exiting: bool = False
    ended_by: tuple[str, str] | None = None
    """Status and words of an end that OpenFOAM did not choose: a kill, a trapped signal."""
    paced_s: float | None = None
    """Clock of the last pair of the pace."""
    region: str | None = None
    solves: dict[str, int] = field(default_factory=dict)
    """Linear solves of a field in the current time step, or of all where there is none."""
    bounded: dict[str, list[Any]] = field(default_factory=dict)
    """Field to first words, their line, how often."""

    @property
    def application(self) -> str:
        return application_of(self.command or "")

    @property
    def is_solver(self) -> bool:
        """Whether the program advances a solution; else it prepares or evaluates a case."""
        return is_solver(self.command or "")

    def take_steps(self, times: Sequence[float], number: int) -> None:
        """The times of steps; the last one begins in the line with this number."""
        if self.first_time is None:
            self.first_time = times[0]
        self.steps += len(times)
        self.time, self.time_line = times[-1], number

    def take_bounded(self, name: str, line: str, number: int, count: int) -> None:
        """So many lines say that the field was bounded; the first of them has this number."""
        if name in self.bounded:
            self.bounded[name][2] += count
        elif len(self.bounded) < _BOUNDED:
            self.bounded[name] = [line.strip()[:REASON_LENGTH], number, count]

    def take_ending(self, number: int, line: str) -> bool:
        if END.fullmatch(line):
            self.end, self.end_line = line.strip(), number
            return True
        if words := killed_words(line):
            self.ended_by = self.ended_by or ("other", words[:REASON_LENGTH])
            return True
        if ("Foam::sig" in line and (found := _TRAPPED.match(line))) or (
            "ZN4Foam" in line and (found := _MANGLED.match(line))
        ):
            how = "other" if found[1] in ("sigInt", "sigQuit") else "error"
            self.ended_by = self.ended_by or (how, line.strip()[:REASON_LENGTH])
            return True
        if words := crash_words(line):
            self.ended_by = self.ended_by or ("error", words[:REASON_LENGTH])
            return True
        if ("top" in line or "ABORT" in line) and _STOPPED.fullmatch(line):
            self.stopped = line.strip()[:REASON_LENGTH]
        return False

    def take_frame(self, line: str) -> None:
        """What is printed around the time steps, a line at a time."""
        if self.command is None or self.cores is None:
            self._take_header(line)
        if "time = " in line and (found := _START.fullmatch(line)):
            self.start = float_or_none(found[1])
        elif "steps." in line and (found := _STEPS.fullmatch(line)):
            self.step_limit = int(found[1])
        elif "solution converged in" in line and (found := CONVERGED.search(line)):
            self.converged = found.group()
        elif "oints:" in line or "ells:" in line:
            self._take_sizes(line)

    def _take_header(self, line: str) -> None:
        if "Version: " in line and (found := _VERSION.match(line)):
            self.version = found[1][:40]
        elif "foam-extend" in line:
            self.foam_extend = True
        elif self.command is None and (found := _USAGE.fullmatch(line)):
            self.version, self.command = found[1] or self.version, found[2] or self.command
        if not (found := _HEADER.fullmatch(line)):
            return
        key, value = found[1], found[2][:_VALUE_LENGTH]
        if key == "Build":
            self.build = value
        elif key == "Exec":
            self.command = value
        elif key == "Date":
            self.date = value
        elif key == "Time":
            self.clock = value
        elif key == "Host":
            self.host = value.strip('"') or None
        elif key == "Case":
            self.case = value
        elif key == "nProcs" and value.isascii() and value.isdigit() and len(value) < 10:
            self.cores = int(value)

    def _take_sizes(self, line: str) -> None:
        if found := _SIZES.fullmatch(line):
            if "oints" in found[1]:
                self.nodes = int(found[2])
            else:
                self.elements = int(found[2])
        elif found := _SNAPPY.fullmatch(line):
            self.elements, self.nodes = int(found[1]), int(found[2])

    @property
    def solver_version(self) -> str | None:
        """ "v2506" (openfoam.com), "4.1" (openfoam.org), "dev-91d48d2eb645", "foam-extend-4.1"."""
        build = self.build or ""
        word = build.split()[0] if build.split() else None
        release = re.search(r"\bOPENFOAM=(\d+)", build)
        version = self.version or (release[1] if release else word)
        if version is None:
            return None
        if self.foam_extend:
            return f"foam-extend-{version}"
        if version == "dev" and word and word.startswith("dev"):
            return word
        return f"v{version}" if re.fullmatch(r"[12]\d(?:0[1-9]|1[0-2])\+?", version) else version

    @property
    def started_at(self) -> str | None:
        date, clock = _DATE.fullmatch(self.date or ""), _CLOCK.fullmatch(self.clock or "")
        if not date or not clock or date[1] not in _MONTHS:
            return None
        return f"{date[3]}-{_MONTHS.index(date[1]) + 1:02}-{int(date[2]):02}T{clock.group()}"

    @property
    def time_or_start(self) -> float:
        return (self.start or 0.0) if self.time is None else self.time

    @property
    def continues(self) -> str | None:
        """The time whose fields a solver started from, if that is not the first."""
        return f"time {self.start:g}" if self.start and self.is_solver else None

    @property
    def end_time(self) -> float | None:
        """Only steady solvers without criteria say how far they go."""
        return None if self.step_limit is None else (self.start or 0.0) + self.step_limit

    @property
    def cycle(self) -> int | None:
        """Time steps of this run; the time itself where that counts steps, also those before a restart."""
        if not self.steps:
            return None
        first, last = self.first_time, self.time
        counts = (
            first is not None
            and last is not None
            and first % 1 == 0  # so is neither nan nor inf
            and last - first == self.steps - 1
        )
        return int(last) if counts and last is not None else self.steps

    def to_state(self) -> dict[str, Any]:
        return {
            name: value
            for name, value in kept(self).items()
            if value is not None and value != {} and value is not False
        }

    @classmethod
    def from_state(cls, state: dict[str, Any]) -> "Facts":
        facts = restored(cls, state)
        facts.ended_by = tuple(facts.ended_by) if facts.ended_by else None  # type: ignore[assignment]
        facts.bare = tuple(facts.bare) if facts.bare else None  # type: ignore[assignment]
        return facts


def application_of(command: str) -> str:
    """The program's name without its folder."""
    return (command.split() or [""])[0].rpartition("/")[2].removesuffix(".exe")


def is_solver(command: str) -> bool:
    """Whether a command runs a solver; an unknown one ("") is taken for one."""
    application = application_of(command)
    if "-postProcess" in command.split() or application in _NOT_SOLVERS:
        return False
    return application in ("", *_SOLVERS) or application.endswith("Foam")


def float_or_none(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if value - value == 0 else None
