"""A report as lines for a reader at a terminal."""

from typing import Any

FACTS = (
    ("version", "solver_version"),
    ("title", "title"),
    ("reason", "status_reason"),
    ("cause", "cause"),
    ("started", "started_at"),
    ("ended", "ended_at"),
    ("progress", "progress"),
    ("time", "time"),
    ("end time", "end_time"),
    ("cycle", "cycle"),
    ("time step", "time_step"),
    ("left [s]", "eta_s"),
    ("wall time [s]", "wall_time_s"),
    ("cpu time [s]", "cpu_time_s"),
    ("cores", "cores"),
    ("nodes", "nodes"),
    ("elements", "elements"),
)
MESSAGES_SHOWN = 10


def summary(facts: dict[str, Any]) -> list[str]:
    """The facts of a file, or the reason why there are none."""
    if "error" in facts:
        return [facts["path"], f"  {facts['error']}"]
    status = facts["status"] or "no word of the status"
    lines = [facts["path"], f"  {facts['solver']} {facts['role']}: {status}"]
    lines += [f"  {label:<14} {facts[key]}" for label, key in FACTS if facts[key] is not None]
    lines.append(f"  {'warnings':<14} {facts['warnings']}, errors {facts['errors']}")
    for message in facts["messages"][:MESSAGES_SHOWN]:
        lines.append(f"  line {message['line']} ({message['count']}x): {message['text']}")
    if len(facts["messages"]) > MESSAGES_SHOWN:
        lines.append(f"  and {len(facts['messages']) - MESSAGES_SHOWN} more messages")
    for name, series in facts["series"].items():
        span = f"{series['n']} points, {series['first']} to {series['last']}"
        lines.append(f"  {name:<22} {span} {series['unit'] or ''}".rstrip())
    return lines


def screenful(lines: list[str], columns: int, rows: int) -> list[str]:
    """What of the lines fits a terminal, each without control characters and cut to its width."""
    plain = ["".join(c if c.isprintable() else " " for c in line) for line in lines]
    shown = (
        plain if len(plain) <= rows else [*plain[: rows - 1], f"  … {len(plain) - rows + 1} more"]
    )
    return [line if len(line) <= columns else line[: columns - 1] + "…" for line in shown]
