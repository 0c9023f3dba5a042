"""Which faults pass by themselves (a full disk, a locked database, a server that restarts), and when to try again."""

import redis

FIRST_WAIT_S, LONGEST_WAIT_S = 2.0, 3600.0
PASSING_BY_NAME = frozenset({"OperationalError", "InterfaceError"})
"""Every database driver calls them so, and Django passes them on under the same names."""
PASSING_REFUSALS = ("MISCONF", "OOM", "READONLY", "LOADING", "TRYAGAIN", "MASTERDOWN")
"""How the queue server says that it cannot write now; any other refusal is our mistake."""


def may_pass(fault: BaseException) -> bool:
    """Whether the same task may succeed later with nobody's help."""
    if isinstance(fault, redis.ResponseError):
        return str(fault).startswith(PASSING_REFUSALS)
    if isinstance(fault, OSError | redis.ConnectionError | redis.TimeoutError):
        return True
    return any(kind.__name__ in PASSING_BY_NAME for kind in type(fault).__mro__)


def wait_s(tries: int, luck: float) -> int:
    """Seconds until the next try: twice as long each time, an hour at last.

    `luck`, from 0 to 1, spreads over a quarter to either side, so that what failed together does not come back
    together.
    """
    longest: float = min(FIRST_WAIT_S * 2 ** min(tries - 1, 20), LONGEST_WAIT_S)
    return max(1, round(longest * (0.75 + 0.5 * luck)))


def kind_of(fault: BaseException) -> str:
    """What went wrong, in one line without the place: "No space left on device", "database is locked"."""
    words = (fault.strerror if isinstance(fault, OSError) else None) or str(fault).strip()
    return (words.splitlines() or [""])[0][:100] or type(fault).__name__
