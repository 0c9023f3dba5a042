"""What every OpenFOAM program prints on the screen, whatever file that was sent to."""

import gc
from collections.abc import Sequence
from itertools import pairwise
from typing import Any, ClassVar

from workers.parsers.messages import Messages
from workers.parsers.openfoam.blocks import EXITING, Block
from workers.parsers.openfoam.claiming import claims
from workers.parsers.openfoam.columns import Column, of_rows, of_solves
from workers.parsers.openfoam.cutter import Cutter, cuts, pieces
from workers.parsers.openfoam.facts import BANNER, Facts
from workers.parsers.openfoam.forces import Forces
from workers.parsers.openfoam.picking import Picked, pick, pick_lines
from workers.parsers.openfoam.shapes import Shape
from workers.parsers.openfoam.steady import Steady, Stretch
from workers.parsers.openfoam.steps import arrange, count_up
from workers.parsers.openfoam.telling import close, tell
from workers.parsers.pace import Pace
from workers.parsers.report import News, Report
from workers.parsers.series import Tally

_SHORT = 4096
"""Characters that are few enough to look at each line."""
_MISSES = 6
"""Steps of new shapes after which a piece is read line by line."""
_ROOM = 16_000
"""Characters of JSON for messages: beside them there are up to a hundred series."""


class _OpenfoamLog:
    """Of several runs in one file, the facts are the last one's; the curves go on."""

    version: ClassVar[int] = 2
    solver: ClassVar[str] = "openfoam"
    role: ClassVar[str]

    def __init__(self, state: dict[str, Any] | None = None) -> None:
        state = state or {}
        self._cutter = Cutter(state.get("lines"))
        self._tally = Tally(state.get("series"), axes=_AXES)
        self._messages = Messages(state.get("messages"), room=_ROOM)
        self._facts = Facts.from_state(state.get("facts", {}))
        self._forces = Forces(state.get("forces"))
        self._pace = Pace(state.get("pace"))
        self._block = Block(**state["block"]) if state.get("block") else None
        self._steady = Steady()

    def feed(self, chunk: bytes) -> News:
        # Points are many small objects without cycles: looking through them for cycles took a quarter of the time.
        news, collecting = News(), gc.isenabled()
        gc.disable()
        try:
            for begin, end in pairwise(pieces(chunk)):
                self._take(*self._cutter.batch(chunk[begin:end]), news)
        finally:
            if collecting:
                gc.enable()
        news.marks = self._messages.take_marks()
        return news

    def finish(self) -> News:
        self._take(*self._cutter.last(), news := News())
        self._close_block()
        news.marks = self._messages.take_marks()
        return news

    @property
    def state(self) -> dict[str, Any]:
        return {
            "lines": self._cutter.state,
            "series": self._tally.state,
            "messages": self._messages.state,
            "facts": self._facts.to_state(),
            "forces": self._forces.state,
            "pace": self._pace.state,
            "block": vars(self._block).copy() if self._block else None,
        }

    def report(self) -> Report:
        return tell(
            Report(self.solver, self.role, pace=self._pace.pairs(), series=self._tally.summaries()),
            *(self._facts, self._block, Messages(self._messages.state)),
        )

    def _take(self, numbers: Sequence[int], text: str, news: News) -> None:
        """Takes lines; the outcome is the same as if they came one by one."""
        begin = taken = 0
        ends = [*cuts(text), len(text) + 1]
        if len(ends) == 1 and numbers:
            return self._take_run(numbers, text, news)
        for end in ends:
            if end > begin and numbers:
                lines = text[begin : end - 1]
                count = lines.count("\n") + 1
                self._take_run(numbers[taken : taken + count], lines, news)
                begin, taken = end, taken + count

    def _take_run(self, numbers: Sequence[int], text: str, news: News) -> None:
        """Takes lines of one program: only the first may be a banner."""
        if self._facts.build is not None and BANNER in text[: text.find("\n") % (len(text) + 1)]:
            self._begin_anew()
        taken = 0
        if len(text) > _SHORT and self._facts.application != "potentialFoam":
            taken = self._take_steps(numbers, text, news)
        if taken < len(numbers):
            rest = text if not taken else text.split("\n", taken)[-1]
            self._take_lines(numbers[taken:], rest, news)

    def _take_steps(self, numbers: Sequence[int], text: str, news: News) -> int:
        """Takes time steps of known shapes from the first one on, and the lines beside them; how many lines."""
        text += "\n"
        at = 0 if text.startswith("Time = ") else text.find("\nTime = ") + 1
        taken = text.count("\n", 0, at)
        if taken:
            self._take_lines(numbers[:taken], text[: at - 1], news)
        missed = 0
        while at < len(text) and missed < _MISSES:
            before = self._forces.state
            stretch = self._steady.stretch(text, at, taken, before, self._fits)
            if stretch.runs and self._take_stretch(stretch, numbers, news):
                at, taken = stretch.runs[-1].begins[-1], stretch.runs[-1].places[-1]
                continue
            missed += 1
            end = text.find("\nTime = ", at) + 1 or len(text)
            count = text.count("\n", at, end)
            self._take_lines(numbers[taken : taken + count], text[at : end - 1], news)
            self._steady.learn(text[at:end], before)
            at, taken = end, taken + count
        return taken

    def _fits(self, shape: Shape) -> bool:
        """Whether such steps may be taken as a whole; every series of theirs has to be there."""
        facts = self._facts
        if shape.others and (self._block or facts.command is None or facts.cores is None):
            return False
        return all(name in self._tally for name in shape.named)

    def _take_stretch(self, stretch: Stretch, numbers: Sequence[int], news: News) -> bool:
        try:
            columns = stretch.columns()
        except ValueError:
            return False
        facts = self._facts
        self._take_columns(columns, numbers, news)
        last = stretch.runs[-1]
        facts.take_steps(stretch.times, numbers[last.places[-2]])
        facts.region = last.shape.region
        facts.solves = last.shape.solves.copy()
        for run in stretch.runs:
            for name, count in run.bounded.items():
                line, place = run.bounded_at(name)
                facts.take_bounded(name, line, numbers[place], count)
            if run.shape.others:
                self._forces = Forces(list(run.shape.after))
        return True

    def _take_lines(self, numbers: Sequence[int], text: str, news: News) -> None:
        facts = self._facts
        picked = pick(text, len(numbers), facts.time_or_start, facts.region)
        if picked is None:
            picked = pick_lines(text.split("\n"), facts.time_or_start, facts.region)
        solves = dict(facts.solves)
        columns = self._columns(picked, solves)
        # A series' place in the report, and whether there is still room for it, is decided line by line.
        # Nor may two kinds of rows of one series lose their order.
        names = {column.name for column in columns}
        if len(numbers) > 1 and (
            len(names) < len(columns)
            or any(name not in self._tally and self._tally.takes(name) for name in names)
        ):
            lines, half = text.split("\n"), len(numbers) // 2
            self._take_lines(numbers[:half], "\n".join(lines[:half]), news)
            self._take_lines(numbers[half:], "\n".join(lines[half:]), news)
            return
        self._take_columns(columns, numbers, news)
        self._take_rows(picked, numbers)
        facts.solves = solves
        for place, line, time in picked.others:
            self._take_other(numbers[place], line, time, news)

    def _columns(self, picked: Picked, solves: dict[str, int]) -> list[Column]:
        facts = self._facts
        if facts.application == "potentialFoam" and not facts.steps:
            pieces = count_up(picked, solves)
        else:
            pieces = arrange(picked, facts.region, solves, facts.time_or_start)
        return of_solves(picked, pieces) + of_rows(picked)

    def _take_columns(self, columns: list[Column], numbers: Sequence[int], news: News) -> None:
        names = {column.name for column in columns}
        clocked = self._facts.wall_time_s is not None or "wall_time_s" in names
        for column in columns:
            self._tally.extend(news, column.name, column.xs, column.ys, column.line_of(numbers))
            if not column.ys:
                continue
            if column.name == "wall_time_s":
                self._facts.wall_time_s = column.ys[-1]
                self._take_pace(column)
            elif column.name == "cpu_time_s":
                self._facts.cpu_time_s = column.ys[-1]
                if not clocked:
                    self._take_pace(column)
            elif column.name == "time_step":
                self._facts.time_step = column.ys[-1]

    def _take_pace(self, column: Column) -> None:
        """One pair for each second of the clock: it has no finer ticks. Of processor time where no clock is printed."""
        last = self._facts.paced_s
        for time, wall_s in zip(column.xs, column.ys, strict=True):
            if last is None or not last <= wall_s < last + 1:
                last = wall_s
                self._pace.add(time, wall_s)
        self._facts.paced_s = last

    def _take_rows(self, picked: Picked, numbers: Sequence[int]) -> None:
        facts = self._facts
        if picked.steps:
            facts.take_steps([time for _, time in picked.steps], numbers[picked.last_step])
        if picked.regions:
            facts.region = picked.regions[-1][1]
        for field, (line, place, count) in picked.bounded.items():
            facts.take_bounded(field, line, numbers[place], count)

    def _take_other(self, number: int, line: str, time: float, news: News) -> None:
        facts = self._facts
        if block := self._block:
            if EXITING.match(line) and block.severity == "fatal":
                facts.exiting = True
            elif block.takes(line, number):
                return
            elif block.rank is None or "--> FOAM" in line:
                self._close_block()
        if EXITING.match(line):
            self._close_block()
            facts.exiting = facts.fatal is not None or facts.bare is not None
            return
        if "--> FOAM" in line and (block := Block.begun_by(line, number)):
            self._close_block()
            self._block = block
            return
        if facts.take_ending(number, line):
            return
        if facts.command is None and line.startswith("Invalid option: "):
            close(Block("fatal", "usage", number, [line], []), self._messages, facts)
            return
        if line.endswith(" mesh checks."):  # Failed 3 mesh checks.             (checkMesh)
            self._messages.add("note", "checkMesh", line.strip(), number)
        self._tally.line = number
        for name, value in self._forces.take(line):
            self._tally.add(news, name, time, value)
        facts.take_frame(line)

    def _close_block(self) -> None:
        block, self._block = self._block, None
        if block:
            close(block, self._messages, self._facts)

    def _begin_anew(self) -> None:
        """A second banner: the log of a further run, appended to that of the first; its curves go on."""
        self._facts = Facts()
        self._messages = self._messages.afresh()
        self._forces, self._pace, self._block = Forces(), Pace(), None


class OpenfoamSolver(_OpenfoamLog):
    """Log of a program that advances a solution: simpleFoam, foamRun, an own solver."""

    name: ClassVar[str] = "openfoam.solver"
    role: ClassVar[str] = "solver"

    @staticmethod
    def claims(head: bytes) -> bool:
        return claims(head, of_solver=True)


class OpenfoamUtility(_OpenfoamLog):
    """Log of a program that prepares or evaluates a case: blockMesh, decomposePar, checkMesh."""

    name: ClassVar[str] = "openfoam.utility"
    role: ClassVar[str] = "utility"

    @staticmethod
    def claims(head: bytes) -> bool:
        return claims(head, of_solver=False)


_AXES = dict.fromkeys(("residual.*", "residual_final.*", "solver_iterations.*"), "time")
"""The time is the iteration where the solver is steady."""
