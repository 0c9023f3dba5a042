"""What a log says as a whole: its facts, its messages and how it ended."""

from collections.abc import Iterator
from dataclasses import replace

from workers.parsers.causes import find_cause
from workers.parsers.messages import Messages
from workers.parsers.openfoam.blocks import CAUSES, Block
from workers.parsers.openfoam.facts import Facts
from workers.parsers.report import Message, Report, Status


def tell(blank: Report, facts: Facts, block: Block | None, messages: Messages) -> Report:
    """The report so far; `block` may still go on, and counts with the lines it has. Adds to `messages`."""
    status, reason = _ending(facts, block)
    fatal, bare = facts.fatal, facts.bare
    if block:
        close(block, messages, facts)
    if facts.bare and facts.fatal is None:
        code, line, text = facts.bare
        messages.add("fatal", code, text, line)
    facts.fatal, facts.bare = fatal, bare
    kept = sorted([*messages.kept(), *_bounded(facts)], key=lambda one: one.line)
    failed = status in ("error", "other")
    found = find_cause(CAUSES, kept, reason) if failed else None
    return replace(
        blank,
        solver_version=facts.solver_version,
        title=(facts.case or "").rstrip("/").rpartition("/")[2] or None,
        started_at=facts.started_at,
        host=facts.host,
        command=facts.command,
        status=status,
        status_reason=reason,
        cause=(found.cause if found else "unknown") if failed else None,
        cause_text=found.text if found else None,
        cause_line=found.line if found else None,
        continues=facts.continues,
        progress=_progress(facts),
        time=facts.time,
        end_time=facts.end_time,
        cycle=facts.cycle if facts.is_solver else None,
        time_step=facts.time_step,
        wall_time_s=facts.wall_time_s,
        cpu_time_s=facts.cpu_time_s,
        cores=facts.cores,
        nodes=facts.nodes,
        elements=facts.elements,
        warnings=messages.count("warning"),
        errors=messages.count("error", "fatal"),
        messages=kept,
    )


def close(block: Block, messages: Messages, facts: Facts) -> None:
    """Takes a message that is whole; of a fatal error that many ranks print, only the first that has words."""
    if block.severity == "fatal":
        if facts.fatal is not None:
            return
        if not block.words:
            facts.bare = facts.bare or (block.code, block.line, block.text())
            return
        facts.fatal = block.reason()
    messages.add(block.severity, block.code, block.text(), block.line)


def _progress(facts: Facts) -> float | None:
    time, end_time = facts.time, facts.end_time
    if time is None or end_time is None or end_time <= 0:
        return None
    return min(max(time / end_time, 0.0), 1.0)


def _ending(facts: Facts, block: Block | None) -> tuple[Status, str | None]:
    """Status and the words it rests on.

    An error that the program caught and went on after is overruled by its end; a program that says that it
    exits does not come so far. An end before the last time step was some function's, not the run's.
    """
    if facts.end and facts.end_line > facts.time_line and not facts.exiting:
        if facts.stopped:
            return "other", facts.stopped
        return "normal", facts.converged or facts.end
    if facts.fatal:
        return "error", facts.fatal
    if block and block.severity == "fatal" and block.words:
        return "error", block.reason()
    if facts.bare or (block and block.severity == "fatal"):
        return "error", f"--> {facts.bare[0] if facts.bare else block.code if block else ''}"
    if facts.ended_by:
        return ("error" if facts.ended_by[0] == "error" else "other"), facts.ended_by[1]
    return "running", None


def _bounded(facts: Facts) -> Iterator[Message]:
    for field, (text, line, count) in facts.bounded.items():
        yield Message("note", f"bounding {field}", text, line, count)
