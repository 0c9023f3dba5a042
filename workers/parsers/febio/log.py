"""FEBio's log file, which the screen repeats: model, steps, iterations, messages, end and timing."""

import re
from dataclasses import asdict
from typing import Any, ClassVar

from workers.parsers.byline import ByLine
from workers.parsers.endings import ending
from workers.parsers.facts import kept, restored
from workers.parsers.febio.boxes import Box, is_edge
from workers.parsers.febio.ends import ERROR, NORMAL, ending_of, tell_cause
from workers.parsers.febio.facts import Facts
from workers.parsers.febio.steps import Steps
from workers.parsers.messages import Messages
from workers.parsers.report import News, Report, Status
from workers.parsers.series import Tally
from workers.parsers.text import Lines, duration_s, fortran_float

REASON_LENGTH = 200
"""Characters kept of the words that a status rests on."""

#       F I N I T E   E L E M E N T S   F O R   B I O M E C H A N I C S
_TITLE = "F I N I T E   E L E M E N T S   F O R   B I O M E C H A N I C S"
_TITLE_IN_HEAD = re.compile(
    rb"^[ *|]*F I N I T E +E L E M E N T S +F O R +B I O M E C H A N I C S", re.MULTILINE
)
#   version 3.8.0                                   (2.x to 4.x)
#                  --- v e r s i o n - 1 . 5 . 0 ---                 (1.x)
_VERSION = re.compile(r"version (\d[\w.]{0,40})|-+ v e r s i o n - (\d[\d. ]{0,40}?) *-+")

# 	Number of nodes ................................ : 965
# 	Number of solid elements ....................... : 667
# 	Number of timesteps ............................ : 10
# 	Time step size ................................. : 0.1
# 	Total elapsed time .............. : 0:00:17 (16.982 sec)
# 	time_steps ........................................ : 10          (4.x, of each step)
# 	step_size ......................................... : 0.1
_STEP_VALUE = re.compile(r"\t(time_steps|step_size) \.+ : (\S+)")
_STEP_NAMES = {"time_steps": "Number of timesteps", "step_size": "Time step size"}
_VALUE = re.compile(r"([A-Z][A-Za-z ]+?) ?\.{2,} ?: *(\S+)(?: +\(([\d.eE+-]+) sec\))?")
_ELEMENTS = ("solid", "shell", "beam", "truss", "discrete")
#  Elapsed time : 0:00:17            (the same in a line of its own)
_ELAPSED = re.compile(r"Elapsed time *: *(\d+:\d+:\d+)")
#  Peak memory  : 49.0 MB
_MEMORY = re.compile(r"Peak memory *: *([\d.]+) (KB|MB|GB)")
_BYTES = {"KB": 2**10, "MB": 2**20, "GB": 2**30}

# Max. nr of retries reached.
_RETRIES = "Max. nr of retries reached"
# FATAL ERROR: unrecognized tag "matrial" (line 12)        (3.x, an input file that is not read)
_FATAL = "FATAL ERROR"
# Early termination on user's request
_USER = "user's request"

_NORMS = "\tconvergence norms :     INITIAL         CURRENT         REQUIRED"
_FREQUENT = (" Nonlinear solution status: ", "\tNr of ")
# 	stiffness matrix reformations = 1
_SILENT = ("\tstiffness ", "\tright hand side ", "\tstep from line search ")
"""Lines of each iteration that no fact is taken from."""

_BEGINS = frozenset("=-NcnAMETPvF*")
"""First characters of the lines that hold something outside of a list of norms."""


class FebioLog(ByLine):
    """job.log, or standard output in a file."""

    name: ClassVar[str] = "febio.log"
    version: ClassVar[int] = 2
    solver: ClassVar[str] = "febio"
    role: ClassVar[str] = "log"

    @staticmethod
    def claims(head: bytes) -> bool:
        return _TITLE_IN_HEAD.search(head) is not None

    def __init__(self, state: dict[str, Any] | None = None) -> None:
        state = state or {}
        self._lines = Lines(state.get("lines"))
        self._tally = Tally(state.get("series"))
        self._messages = Messages(state.get("messages"))
        self._facts = restored(Facts, state.get("facts"))
        self._steps = Steps(self._facts, self._tally)
        box = state.get("box")
        self._box = Box(**box) if box else None

    @property
    def state(self) -> dict[str, Any]:
        return {
            "lines": self._lines.state,
            "series": self._tally.state,
            "messages": self._messages.state,
            "facts": kept(self._facts),
            "box": asdict(self._box) if self._box else None,
        }

    def _end_message(self) -> None:
        _close(self._box, self._messages, self._facts)
        self._box = None

    def report(self) -> Report:
        """The facts so far; a box that may still go on counts with the lines it has."""
        messages, facts = Messages(self._messages.state), restored(Facts, kept(self._facts))
        _close(self._box, messages, facts)
        status, reason = ending_of(facts)
        values = facts.values
        time, end_time = values.get("time"), values.get("end_time")
        report = Report(
            *(self.solver, self.role, facts.version, facts.title),
            status=status,
            status_reason=reason,
            time=time,
            end_time=end_time,
            cycle=facts.step,
            time_step=values.get("time_step"),
            wall_time_s=values.get("wall"),
            memory_bytes=facts.memory_bytes,
            nodes=facts.nodes,
            elements=facts.elements,
            warnings=messages.count("warning"),
            errors=messages.count("error", "fatal"),
            messages=messages.kept(),
            series=self._tally.summaries(),
        )
        report.progress = _progress(status, time, end_time)
        if status in ("error", "other"):
            tell_cause(report, facts)
        return report

    def _take(self, number: int, line: str, news: News) -> None:
        colons = line.count(": ")
        if not colons and line.startswith(_SILENT) and self._box is None:
            self._facts.in_norms = False
            return
        # A batch system's words hold a colon; so do these, of which there are most.
        frequent = line == _NORMS or (colons == 1 and line.startswith(_FREQUENT))
        if colons and not frequent and self._killed(line):
            return
        stripped = line.strip()
        if self._box:
            if self._box.takes(stripped):
                return
            _close(self._box, self._messages, self._facts)
            self._box = None
        if not stripped:
            return
        self._tally.line = number
        if self._facts.in_norms and self._steps.take_norm(stripped, news):
            return
        if stripped[0] in _BEGINS and self._take_word(number, stripped, news):
            return
        if colons and line.startswith(("\ttime_steps ", "\tstep_size ")):
            self._take_step_value(line)
        if line[0] not in " \t" and not colons:  # what FEBio indents is its own
            self._killed(line)

    def _killed(self, line: str) -> bool:
        """An end from outside, perhaps glued to half a line of FEBio; also a crash, which is no kill."""
        facts, found = self._facts, ending(line)
        if found is None:
            return False
        words = found.words[:REASON_LENGTH]
        if found.kind == "killed":
            facts.killed = facts.killed or words
        else:
            facts.crashed = facts.crashed or words
        return found.kind == "killed"

    def _take_word(self, number: int, stripped: str, news: News) -> bool:
        """What its first letter may begin; whether the line was of that kind."""
        facts = self._facts
        if stripped[0] in "=-cnAM":
            taken = self._steps.take(number, stripped, news)
            return taken or (stripped[0] == "-" and self._take_version(stripped))
        if stripped[0] == "*":
            self._box = Box(number) if is_edge(stripped) else None
            return self._box is not None
        if stripped.startswith("Nonlinear solution status"):
            facts.iteration += 1
            facts.iterations += 1
        elif stripped.startswith(NORMAL) or stripped.startswith(ERROR):
            facts.ended = stripped[:REASON_LENGTH]
        elif stripped.startswith(_RETRIES):
            facts.gave_up, facts.gave_up_line = stripped[:REASON_LENGTH], number
        elif stripped.startswith(_FATAL):
            self._messages.add("fatal", None, stripped, number)
            facts.fatal = facts.fatal or stripped[:REASON_LENGTH]
            facts.last_error, facts.last_error_line = stripped[:REASON_LENGTH], number
        elif stripped.startswith(_TITLE):
            # A second banner: the log of a further run, appended to that of the first.
            if facts.begun:
                self._begin_anew()
            self._facts.begun = True
        else:
            return self._take_value(stripped)
        return True

    def _begin_anew(self) -> None:
        self._facts = Facts()
        self._messages = self._messages.afresh()
        self._steps = Steps(self._facts, self._tally)

    def _take_value(self, stripped: str) -> bool:
        facts = self._facts
        if stripped[0] == "v":
            return self._take_version(stripped)
        if found := _VALUE.match(stripped):
            return _keep(facts, found[1], found[2], found[3])
        if found := _ELAPSED.match(stripped):
            facts.values.setdefault("wall", duration_s(found[1]) or 0.0)
        elif found := _MEMORY.match(stripped):
            size = fortran_float(found[1])
            if size is not None and size < 1e9:
                facts.memory_bytes = int(size * _BYTES[found[2]])
        else:
            return False
        return True

    def _take_step_value(self, line: str) -> None:
        found = _STEP_VALUE.match(line)
        if found and self._facts.attempted is None:
            _keep(self._facts, _STEP_NAMES[found[1]], found[2], None)

    def _take_version(self, stripped: str) -> bool:
        found = _VERSION.fullmatch(stripped) if self._facts.version is None else None
        if found:
            self._facts.version = found[1] or found[2].replace(" ", "")
        return found is not None


def _keep(facts: Facts, name: str, text: str, seconds: str | None) -> bool:
    """A value of the tables before the first step and after the last; whether it is one of those kept."""
    value = fortran_float(text)
    words = name.split()
    if name == "Number of nodes" and value is not None:
        facts.nodes = int(value) if abs(value) < 1e15 else None
    elif words[:2] == ["Number", "of"] and words[-1] == "elements" and words[2] in _ELEMENTS:
        facts.elements = (facts.elements or 0) + int(value if value and abs(value) < 1e15 else 0)
    elif name == "Number of timesteps" and value is not None:
        facts.values["timesteps"] = value
    elif name == "Time step size" and value is not None:
        facts.values["time_step"] = value
        if "timesteps" in facts.values:
            end = facts.values.get("end_time", 0.0) + facts.values.pop("timesteps") * value
            facts.values["end_time"] = float(f"{end:.12g}")
    elif name == "Total elapsed time":
        elapsed = fortran_float(seconds) if seconds else duration_s(text)
        facts.values["wall"] = elapsed or 0.0
    else:
        return False
    return True


def _close(box: Box | None, messages: Messages, facts: Facts) -> None:
    severity = box.severity() if box else None
    if box is None or severity is None:
        return
    text = box.text()
    messages.add(severity, None, text, box.line)
    text = text[:REASON_LENGTH]
    if severity in ("error", "fatal"):
        facts.last_error, facts.last_error_line = text, box.line
        if severity == "fatal" or "initialization failed" in text:
            facts.fatal = facts.fatal or text
    elif _USER in text:
        facts.user_stop, facts.user_stop_line = text, box.line


def _progress(status: Status, time: float | None, end_time: float | None) -> float | None:
    if status == "normal":
        return 1.0
    # Written so that nan says nothing.
    if time is None or end_time is None or not 0 < end_time < float("inf") or time != time:
        return None
    return min(max(time / end_time, 0.0), 1.0)
