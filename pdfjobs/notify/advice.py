"""A safe thing to do, in one sentence, about a cause or an early warning."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

CAUSES = {
    "licence": gettext_lazy("Nothing is wrong with the deck: run it again when a licence is free."),
    "missing file": gettext_lazy("Put the missing file in its place, then run it again."),
    "input error": gettext_lazy("Correct the deck at the line above, then run it again."),
    "singular matrix": gettext_lazy("Look for a part that is not held, then run it again."),
    "no convergence": gettext_lazy(
        "Look at the last converged step before a restart with smaller increments."
    ),
    "time step too small": gettext_lazy("Look at the element that holds the time step down."),
    "negative volume": gettext_lazy("Look at the element that turned inside out, and its load."),
    "energy error": gettext_lazy("Look where the energy comes from before it runs again."),
    "floating point error": gettext_lazy(
        "Look at the last values in its plots before it runs again."
    ),
    "out of memory": gettext_lazy("Run it again with more memory, or on more hosts."),
    "out of disk": gettext_lazy("Make room on the disk first; then restart from the last file."),
    "wall limit": gettext_lazy("Restart from the last file with a longer wall limit."),
    "killed by user": gettext_lazy("Nothing: somebody stopped it."),
    "killed by system": gettext_lazy("Ask why the system ended it, then run it again."),
    "MPI failure": gettext_lazy(
        "Run it again; when it fails anew, leave out the host that failed."
    ),
    "crash": gettext_lazy(
        "Run it again once; when it fails at the same place, tell the solver's vendor."
    ),
}
"""By cause of an end; the words of `workers/parsers/causes.py`."""
CLEAN_STOP = {
    "ls-dyna": gettext_lazy(
        "a file d3kil with “sw1.” in the run folder writes a restart file and ends it"
    ),
    "abaqus": gettext_lazy("“abaqus terminate job=…” ends it"),
    "radioss": gettext_lazy(
        "a file RUN_0001.ctl with “/STOP” in the run folder writes a restart file and ends it"
    ),
    "openfoam": gettext_lazy("“stopAt writeNow;” in controlDict writes the last time and ends it"),
    "ansys": gettext_lazy(
        "a file named after the job with the ending abt and “nonlinear” in it ends it"
    ),
    "cfx": gettext_lazy("“cfx5stop -directory …” ends it with its results"),
}
"""By solver: how it ends without losing what it has."""


def after(cause: str) -> str:
    """Of a run that failed."""
    return str(CAUSES.get(cause) or _("Read the last lines of its log on its page."))


def meanwhile(level: str, rule: str, solver: str) -> str:
    """Of a run that goes on under an early warning."""
    if rule == "wall limit":
        return _("Extend its wall limit, or have it write a restart file before.")
    if level != "red":
        return _("Nothing yet: it runs on. Look at the curve when you are at your desk.")
    clean = CLEAN_STOP.get(solver.lower())
    if not clean:
        return _("It is likely lost; stopping it saves cores and licences.")
    form = _("It is likely lost; stopping it saves cores and licences. Clean stop: {how}.")
    return form.format(how=clean)
