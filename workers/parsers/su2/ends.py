"""How an SU2 run ended, why, and how far it is."""

from workers.parsers.causes import Table, find_cause
from workers.parsers.report import Message, Report, Status
from workers.parsers.su2.columns import Rows
from workers.parsers.su2.facts import Facts

CAUSES: Table = (
    (r"(?i)unable to open|there is no (?:mesh|geometry|restart|solution|config\w*) file|cannot open|not found", "missing file"),
    (r"(?i)\bNaN\b", "floating point error"),
    (r"(?i)Residual > 10\^20|has diverged", "no convergence"),
    (r"(?i)negative (?:volume|area)|orientation|degenerate", "negative volume"),
    (r"(?i)singular|zero pivot", "singular matrix"),
    (r"(?i)out of memory|allocat", "out of memory"),
    (r"(?i)interrupt signal", "killed by user"),
    (
        r"(?i)option|config|invalid|unknown|not (?:implemented|supported|available|defined|compatible|allowed)"
        r"|does not (?:match|exist|have)|must be|required|marker|mesh|need|missing",
        "input error",
    ),
)  # fmt: skip


def ending_of(facts: Facts) -> tuple[Status, str | None]:
    """Status and the words it rests on.

    Out of iterations before convergence is the end that the deck asks for, so it is normal; the answer's worth is
    told by a note (domain: "a normal exit without an answer").
    """
    error = facts.error or facts.error_exit
    if error:
        return "error", error
    if facts.interrupted:
        return "other", facts.interrupted
    if facts.success:
        return "normal", facts.success
    if facts.killed:
        return "other", facts.killed
    return ("error", facts.crashed) if facts.crashed else ("running", None)


def end_time_of(facts: Facts, rows: Rows) -> float | None:
    """Iterations or time steps asked for, where these are what the log's time counts."""
    if rows.last.get("time") is not None:
        return None
    steps, outer = facts.limits.get("physical time-steps"), facts.limits.get("outer iterations")
    inner = facts.limits.get("solver subiterations") or facts.limits.get("iterations")
    if steps and steps > 1:
        return float(steps)
    found = outer if rows.inner is None and outer else inner
    return float(found) if found else None


def progress_of(status: Status, time: float | None, end_time: float | None) -> float | None:
    if status == "normal":
        return 1.0
    if time is None or not end_time:
        return None
    return min(max((time + 1) / end_time, 0.0), 1.0)


def tell_cause(report: Report, facts: Facts) -> None:
    said = facts.error or facts.interrupted
    asked = [Message("error", None, said, facts.error_line or 0)] if said else []
    found = find_cause(CAUSES, asked, report.status_reason, (facts.crashed,))
    report.cause, report.cause_text, report.cause_line = found or ("unknown", None, None)
