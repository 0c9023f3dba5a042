"""Why runs of LS-DYNA fail, in the words of its messages."""

from workers.parsers.causes import Found, Table, find_cause
from workers.parsers.ls_dyna.facts import LogFacts
from workers.parsers.report import Cause, Message, Status

CAUSES: Table = (
    # *** kill file detected - terminating ****     *** termination due to sense switch: stop ***
    (r"kill file|sense switch|ctrl-c", "killed by user"),
    (r"process killed \(SIG(?:TERM|KILL)\)", "killed by system"),
    (r"process killed \(SIGINT\)", "killed by user"),
    (
        r"(?i)licen[cs]e (?:error|server|manager|expired|check)|check ?out .*licen[cs]e"
        r"|licen[cs]e .*(?:fail|denied|not available|not found|unable|invalid)"
        r"|(?:no|obtain|valid|find).{0,30} licen[cs]e",
        "licence",
    ),
    (
        r"(?i)(?:insufficient|not enough|out of|exceed\w*|increase|additional) memory",
        "out of memory",
    ),
    (
        r"(?i)memory (?:allocation|is (?:insufficient|exceeded))|memory=\S* ?too small"
        r"|words short|increase the memory|recommended memory",
        "out of memory",
    ),
    (r"(?i)disk (?:space|full)|error writing|write error", "out of disk"),
    # negative volume in brick element        complex sound speed in solid element
    (r"(?i)negative volume|complex sound speed|negative jacobian", "negative volume"),
    # termination due to out-of-range velocities       termination due to mass increase
    (r"(?i)out[- ]of[- ]range|\bnan\b|not[- ]a[- ]number", "energy error"),
    (
        r"(?i)terminat.*(?:mass|energy ratio|energy)|(?:mass (?:increase|scaling)|added mass) .*exceed",
        "energy error",
    ),
    (
        r"(?i)time ?step.{0,40}(?:too small|below|less than|drop)|minimum time ?step",
        "time step too small",
    ),
    # 60109 (IMP+109) terminating: MF2 Initialization error 0
    (
        r"(?i)singular|zero pivot|not positive[- ]definite|ill[- ]conditioned|\bMF2 \w+ error",
        "singular matrix",
    ),
    (
        # 60315 (IMP+315) nonlinear solver failed to find equilibrium
        r"(?i)(?:not|fail\w*|no|without|lack of).{0,30}converge|find equilibrium|convergence (?:failure|not|problem)"
        r"|equilibrium search|implicit time step is being terminated",
        "no convergence",
    ),
    (
        r"(?i)(?:can ?not|could not|unable to|fail\w* to|error) (?:find |open)\w*.{0,30}(?:file|include)"
        r"|(?:file|include).{0,200}(?:not found|does not exist|not exist|cannot be opened)"
        r"|opening.{0,20} file|no such file",
        "missing file",
    ),
    (
        r"(?i)floating (?:point )?(?:exception|divide|invalid|overflow)|SIGFPE",
        "floating point error",
    ),
    # 10246 (KEY+246) line contains improperly formatted data: keyword, structure and initialisation phases
    (r"\d+ \((?:KEY|STR|INI)\+\d+\)", "input error"),
    (r"input data failed with|input phase completed with|fatal errors", "input error"),
)


def cause_of(facts: LogFacts, status: Status, messages: list[Message]) -> Found | None:
    """The cause of an end that is not normal, its line where the words stand in a line of their own."""
    if status not in ("error", "other"):
        return None
    said = {
        words: line
        for words, line in (
            (facts.stopped, facts.stopped_line),
            (facts.killed, facts.killed_line),
            (facts.crashed, facts.crashed_line),
            (facts.licence, facts.licence_line),
        )
        if words
    }
    reason = facts.killed if status == "other" and not facts.finished and not facts.failed else None
    errors = [one for one in messages if one.severity in ("error", "fatal")]
    judged = errors or [one for one in messages if one.severity == "warning"]
    found = find_cause(CAUSES, [] if status == "other" else judged, reason, tuple(said))
    if found is None:
        return _unnamed(facts, said)
    line = found.line or next(
        (at for words, at in said.items() if words.startswith(found.text)), None
    )
    return found._replace(line=line)


def _unnamed(facts: LogFacts, said: dict[str, int | None]) -> Found | None:
    """An end that none of the tables names."""
    words = next(iter(said), facts.failed)
    cause: Cause = "crash" if facts.crashed and not facts.failed else "unknown"
    return Found(cause, words[:200], said.get(words)) if words else None
