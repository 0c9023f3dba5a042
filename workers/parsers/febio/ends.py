"""How a FEBio run ended, and why."""

from workers.parsers.causes import Table, find_cause
from workers.parsers.febio.facts import Facts
from workers.parsers.report import Message, Report, Status

#  N O R M A L   T E R M I N A T I O N
NORMAL = "N O R M A L   T E R M I N A T I O N"
ERROR = "E R R O R   T E R M I N A T I O N"

CAUSES: Table = (
    (r"(?i)negative jacobian|zero or negative volume|inverted element", "negative volume"),
    (r"(?i)zero diagonal|singular|zero pivot|linear solver failed", "singular matrix"),
    (r"(?i)failed allocating|memory allocation failure", "out of memory"),
    (r"(?i)nan detected|not a number", "floating point error"),
    (
        r"(?i)failed (?:to )?open|failed finding|could not (?:open|find) file|file not found",
        "missing file",
    ),
    (r"(?i)user's request", "killed by user"),
    (
        r"(?i)unrecognized|invalid (?:value|tag|attribute)|missing (?:tag|attribute)|reading the input"
        r"|parsing|model initialization failed|failed (?:reading|to initialize)|syntax",
        "input error",
    ),
    (
        r"(?i)max\. nr|failed to converge|diverging uncontrollably|no convergence"
        r"|maximum number of (?:iterations|reformations)|max nr of|RVE problem",
        "no convergence",
    ),
)


def ending_of(facts: Facts) -> tuple[Status, str | None]:
    """Status and the words it rests on; errors alone say nothing, since a step is tried again."""
    if facts.ended and facts.ended.startswith(NORMAL):
        return "normal", facts.ended
    if facts.killed:
        return "other", facts.killed
    if facts.user_stop and facts.ended:
        return "other", facts.user_stop
    stopped = facts.ended or facts.fatal or facts.crashed or facts.gave_up
    return ("error", stopped) if stopped else ("running", None)


def tell_cause(report: Report, facts: Facts) -> None:
    """The error since the last converged step, or what the log says of its giving up."""
    said = [
        Message("fatal", None, text, line or 0)
        for text, line in (
            (facts.user_stop, facts.user_stop_line),
            (facts.last_error, facts.last_error_line),
            (facts.gave_up, facts.gave_up_line),
            (facts.failed, facts.failed_line),
        )
        if text
    ]
    if report.status == "other":
        said = said[:1] if facts.user_stop else []
    for messages in [[one] for one in said] or [[]]:
        found = find_cause(CAUSES, messages, report.status_reason, (facts.crashed,))
        if found:
            report.cause, report.cause_text, report.cause_line = found
            return
    report.cause = "unknown"
