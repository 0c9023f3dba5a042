"""What CalculiX's messages tell of why a run failed; words as the sources of ccx 2.8 to 2.22 print them."""

from workers.parsers.causes import Found, Table, find_cause
from workers.parsers.report import Message

#  *ERROR: increment size smaller than minimum
#  *ERROR in e_c3d: nonpositive jacobian
#  *ERROR in openfile: could not open file bar.inp       *ERROR in readinput: cannot open file bar.msh
#  *ERROR: solution seems to diverge; please try automatic incrementation; program stops
#  *ERROR in u_calloc: error allocating memory
#  *ERROR reading *SOLID SECTION: nonexistent material   *ERROR in calinput: no material was assigned
TABLE: Table = (
    (
        r"(?:could not|cannot) (?:be )?open(?:ed)?\b|file .*(?:does not exist|could not be)",
        "missing file",
    ),
    (r"error allocating memory|(?:m|re|c)alloc fail|not enough memory", "out of memory"),
    (r"nonpositive [Jj]acobian|negative [Jj]acobian", "negative volume"),
    (r"(?i:singular (?:matrix|system)|zero pivot)", "singular matrix"),
    (
        r"increment size smaller than (?:minimum|one millionth)|too small increment",
        "time step too small",
    ),
    (
        r"too many cutbacks|solution seems to diverge|[Tt]he solution diverged|max\. # of increments"
        r"|max\. # of|too many iterations|no convergence|did not converge|could not converge",
        "no convergence",
    ),
    (r"(?i:\bnan\b|not a number)", "floating point error"),
    # All else that ccx calls an error in the deck, or in what it makes of it before the first iteration.
    (r"\*ERROR reading \*", "input error"),
    #  *ERROR in orifice: no dynamic viscosity defined
    #  *ERROR in preinitialnet: node 6 belongs to more than 2 network elements, yet no initial pressure was assigned
    (r"\*ERROR.*(?:\bno\b.* (?:defined|assigned)|\bnot (?:defined|assigned|allowed)|does not (?:exist|contain))", "input error"),
    (r"\*?ERROR in (?:calinput|allocation|allocont|gen3delem|mafillsm|cascade|\w*input\w*)\b", "input error"),
)  # fmt: skip


def cause(
    messages: list[Message], reason: str | None, killed: str | None, *, began: bool
) -> Found | None:
    """Of a run that failed; `began`: whether it had come to its first iteration."""
    found = find_cause(TABLE, messages, reason, (killed,))
    if found is None and not began:
        first = next((one for one in messages if one.severity == "error"), None)
        return Found("input error", first.text[:200], first.line) if first else None
    return found
