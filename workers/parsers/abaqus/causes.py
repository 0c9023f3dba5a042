"""Why an Abaqus run failed, in the words of its messages."""

from workers.parsers.causes import Table, find_cause
from workers.parsers.report import Report

CAUSES: Table = (
    # Process terminated by external request (SIGTERM or SIGINT received).
    (r"(?i)terminated by (?:an )?(?:external request|(?:the )?user)|SIGTERM or SIGINT", "killed by user"),
    # Abaqus Error: Error checking out Abaqus license.      FlexNet Licensing error:-4,132
    (
        r"(?i)checking out abaqus license|licensing error|insufficient licenses"
        r"|license (?:server|manager).*(?:down|error|not|fail)|failed to .*licens|licens\w* .*(?:denied|expired)"
        r"|time limit of in queue",
        "licence",
    ),
    # The request was for 12 GB of memory, which cannot be allocated.
    (
        r"(?i)memory.{0,60}(?:exceed|insufficient|not enough|cannot be|could not be|unable|too small)"
        r"|(?:insufficient|not enough|unable to allocate|cannot allocate|out of).{0,40}memory",
        "out of memory",
    ),
    (r"(?i)(?:insufficient|not enough|out of|no).{0,20}disk space|writing .{0,40}disk.{0,20}full", "out of disk"),
    # Abaqus Error: The following file(s) could not be located: plate.inp
    (
        r"(?i)could not be located|(?:unable to|cannot|can not|could not|failed to) (?:be )?(?:find|open|locate)"
        r"|file .{0,200}(?:does not exist|not found|cannot be found)|no such file",
        "missing file",
    ),
    # TIME INCREMENT REQUIRED IS LESS THAN THE MINIMUM SPECIFIED
    (
        r"(?i)time increment required is less than|(?:stable )?time increment .{0,60}(?:too small|is zero)",
        "time step too small",
    ),
    # The elements contained in element set ErrElemExcessDistortion-Step1 have distorted excessively.
    # The ratio of deformation speed to wave speed exceeds 1.0000 in at least one element.
    (
        r"(?i)excessive(?:ly)? (?:element )?distort|distort(?:ed|ing|ion) (?:excessively|so much)"
        r"|excessive distortion.{0,80}(?:error|terminat)|deformation speed to wave speed"
        r"|(?:negative|zero)(?: or (?:negative|zero))? (?:element )?(?:volume|jacobian|area)|turns? inside out",
        "negative volume",
    ),
    (r"(?i)energy (?:balance )?error|energy .{0,40}(?:not a number|exceeds)", "energy error"),
    (r"(?i)floating point (?:exception|error)|SIGFPE", "floating point error"),
    (r"(?i)too many (?:attempts|increments)|fixed time increment is too large|did not converge", "no convergence"),
    # The executable explicit_dp aborted with system error code 15.            (a signal's number)
    (r"(?i)system error code (?:9|15)\b", "killed by system"),
    (r"(?i)system error code (?:8|136)\b", "floating point error"),
    # *** ABAQUS/standard rank 0 terminated by signal 6 (Aborted)
    # The executable standard.exe aborted with system error code 1073741819.
    (
        r"(?i)segmentation (?:fault|violation)|terminated by signal|system error code|internal error"
        r"|access violation|executable \S+ aborted",
        "crash",
    ),
    # vumat.for(12): error #5082: Syntax error, found '*' when expecting one of: <LABEL> …
    (r"\(\d+\): (?:catastrophic |internal )?error\b|: (?:fatal )?error LNK\d+:", "input error"),
    (
        r"(?i)\d+ FATAL ERRORS|Input File Processor exited|EXECUTION IS TERMINATED"
        r"|Problem during (?:compilation|linking)",
        "input error",
    ),
    (r"(?i)zero pivot|numerical singularity|singular matrix|matrix .{0,40}singular", "singular matrix"),
)  # fmt: skip


def name_cause(report: Report, *others: str | None) -> Report:
    """The report with its cause, where it ended other than normally; unknown, where its words tell none."""
    if report.status in ("error", "other"):
        found = find_cause(CAUSES, report.messages, report.status_reason, others)
        if found:
            report.cause, report.cause_text, report.cause_line = found
        else:
            report.cause, report.cause_text = "unknown", report.status_reason
    return report
