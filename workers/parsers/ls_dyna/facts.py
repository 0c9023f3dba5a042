"""What a log of LS-DYNA has told so far, and what its end means."""

import json
from dataclasses import dataclass

from workers.parsers.report import Status

REASON_ROOM = 400
"""Characters of JSON for a text that is kept: a status' reason, a title, a path."""

# Words of a stop that somebody asked for, or that a limit of the deck asked for before the end time.
_ASKED = ("kill file", "sense switch", "ctrl-c", "d3kil", "user")
_LIMITS = ("mass", "energy", "time step", "timestep", "cpu", "wall", "clock")


@dataclass
class LogFacts:
    """Facts of one run."""

    role: str = "messag"
    release: str | None = None
    """Of the banner's line Version: "R13", "R10.1.0"."""
    revision: str | None = None
    host: str | None = None
    title: str | None = None
    command: str | None = None
    started_at: str | None = None
    ended_at: str | None = None
    started_s: float | None = None
    """`stamps.seconds` of the start, the zero of the wall time."""
    begun_at: str | None = None
    """The last date above a banner: a second run's start, where one was appended…"""
    begun_s: float | None = None
    wall_s: float | None = None
    elapsed_s: float | None = None
    cpu_s: float | None = None
    eta_s: float | None = None
    time: float | None = None
    end_time: float | None = None
    time_step: float | None = None
    cycle: int | None = None
    cores: int | None = None
    nodes: int | None = None
    elements: int | None = None
    word_bytes: int | None = None
    memory_words: float | None = None
    finished: str | None = None
    """The words of a normal termination…"""
    failed: str | None = None
    """…and those of an error termination."""
    stopped: str | None = None
    """Why it terminates, where LS-DYNA says so before: `*** kill file detected - terminating ****`."""
    stopped_line: int | None = None
    first_error: str | None = None
    first_error_line: int | None = None
    licence: str | None = None
    """A complaint about the licence that no start of the run has followed."""
    licence_line: int | None = None
    killed: str | None = None
    killed_line: int | None = None
    crashed: str | None = None
    crashed_line: int | None = None
    step: int | None = None
    """Implicit step that is being solved…"""
    step_time: float | None = None
    """…and the time it would reach."""
    iterations: int = 0
    """Of all implicit steps, the x of the residuals."""
    in_step: int = 0
    cutbacks: int = 0

    @property
    def version(self) -> str | None:
        """The revision since it names the release (R11), the release before: there it is a bare number."""
        named = self.revision is not None and self.revision[:1].isalpha()
        return self.revision if named else self.release

    @property
    def progress(self) -> float | None:
        if self.time is None or self.end_time is None or not 0 < self.end_time < float("inf"):
            return None
        share = self.time / self.end_time
        return min(max(share, 0.0), 1.0) if share == share else None

    @property
    def continues(self) -> str | None:
        """The dump of an earlier run that the command line names: `r=d3dump01`, `n=d3full01`."""
        return self._option("r") or self._option("n")

    @property
    def processes(self) -> int | None:
        """MPP ranks times threads, or SMP threads: as printed, before that as the command line asks for."""
        asked = (self._option("ncpu") or "").lstrip("-")
        if self.cores is None and asked.isascii() and asked.isdigit() and len(asked) < 6:
            return int(asked) or None
        return self.cores

    def _option(self, name: str) -> str | None:
        for word in (self.command or "").replace(",", " ").split():
            key, _, value = word.partition("=")
            if value and key.lower() == name:
                return value
        return None


def bounded(text: str, room: int = REASON_ROOM) -> str:
    """The text in one line, cut so that JSON needs no more than `room` characters for it."""
    text = " ".join(text[:room].split())
    plain = text.isascii() and text.isprintable() and '"' not in text and "\\" not in text
    if plain and len(text) + 2 <= room:
        return text
    while len(json.dumps(text)) > room:
        text = text[: len(text) * 3 // 4]
    return text


def ending(facts: LogFacts) -> tuple[Status, str | None]:
    """Status and the words it rests on.

    "N o r m a l    t e r m i n a t i o n" stands below a kill file too, and a sense switch can end in
    "E r r o r   t e r m i n a t i o n": the reason that LS-DYNA gives above it counts more than either.
    """
    asked = _has(facts.stopped, _ASKED)
    if facts.finished or facts.failed:
        # *** termination due to out-of-range forces                (mes####, with checknan=1)
        if "out-of-range" in (facts.stopped or ""):
            return "error", facts.first_error or facts.stopped
        if asked or (facts.finished and _has(facts.stopped, _LIMITS) and not _reached(facts)):
            return "other", facts.stopped
        if facts.finished:
            return "normal", facts.finished
        return "error", facts.first_error or facts.stopped or facts.failed
    if facts.killed:
        return "other", facts.killed
    if facts.crashed:
        return "error", facts.crashed
    if facts.licence:
        return "error", facts.licence
    return "running", None


def _has(text: str | None, words: tuple[str, ...]) -> bool:
    return text is not None and any(word in text.lower() for word in words)


def _reached(facts: LogFacts) -> bool:
    # *** This implicit time step is being terminated          (another, shorter one follows)
    stopped = facts.stopped or ""
    return "reached" in stopped or "implicit time step" in stopped
