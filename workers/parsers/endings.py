"""How a log ends when not the solver but the machine or the batch system ended the run."""

import re

# slurmstepd: error: *** JOB 42189 ON clr1247 CANCELLED AT 2022-04-14T16:17:16 DUE TO TIME LIMIT ***
# (seen glued to the end of a progress line, so it is looked for anywhere in the line)
_KILLED = re.compile(
    r"slurmstepd: error: .*?(?:CANCELLED AT \S+.*|oom_kill.*|[Oo]ut [Oo]f [Mm]emory.*)"
    r"|\bOut of memory: Kill.*"
    r"|\boom-kill event.*"
)
_KILLERS = ("slurmstepd:", "Out of memory", "oom-kill")
"""One of them is in every line that `_KILLED` finds; most lines of a log have none."""

# realloc(): invalid next size        free(): invalid pointer         Segmentation fault
# Program received signal SIGSEGV: Segmentation fault - invalid memory reference.
_CRASHED = re.compile(
    r"^(?:(?:free|malloc|realloc|calloc|munmap_chunk)\w*\(\): .+"
    r"|double free or corruption.*|corrupted (?:size|double-linked).*"
    r"|\*\*\* stack smashing detected \*\*\*.*"
    r"|(?:.*: line \d+: +\d+ )?(?:Segmentation fault|Bus error|Floating point exception|Aborted)\b.*"
    r"|Program received signal SIG.*|forrtl: severe .*)"
)


def killed_words(line: str) -> str | None:
    """The words that say who killed the run, if the line has them."""
    if not any(word in line for word in _KILLERS):
        return None
    found = _KILLED.search(line)
    return found.group().strip() if found else None


def crash_words(line: str) -> str | None:
    """The words with which the C library, the Fortran runtime or the shell reports a crash."""
    return line.strip() if _CRASHED.match(line) else None
