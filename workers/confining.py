"""How a run is bounded on this machine, by the settings and by what is possible here."""

import logging
import os
import pwd
import time

from django.conf import settings

from pdfjobs import confine, names
from pdfjobs.answering import check_answers
from pdfjobs.models import Run
from pdfjobs.solvercommands import SITE
from workers import rundisk
from workers.launchers import confinement, local
from workers.launchers.errors import LaunchError

PEOPLE = range(1000, 60000)
"""Numbers of people's accounts on Debian and Ubuntu; those below are the system's."""
TRY_AGAIN_S = 60.0

log = logging.getLogger(__name__)
_tried: dict[str, tuple[float, str]] = {}


def user_of(run: Run) -> str:
    """The account that a run's solver gets; "" for the service's own."""
    if os.geteuid() != 0:
        return str(settings.PDFJOBS.launcher.run_as)
    owner = _owner(run) if settings.PDFJOBS.confine.as_owner else None
    return owner or settings.PDFJOBS.launcher.run_as or confine.usual_account()


def bounds(run: Run, run_as: str) -> local.Confinement | None:
    """None where a run is not confined. Raises LaunchError where it must be and cannot."""
    said = settings.PDFJOBS.confine
    if said.mode == "never":
        return None
    why = why_not(run_as)
    bwrap = confinement.find_bwrap()
    if why or bwrap is None:
        if said.mode == "always":
            raise LaunchError(
                rundisk.home_of(run),
                f"solvers must be confined and cannot be on {os.uname().nodename}: {why}",
                'make it work, or set confine.mode = "auto"',
            )
        log.warning("solvers are not confined: %s", why)
        return None
    solver = settings.PDFJOBS.solvers.get(run.job.solver)
    network = solver.network if solver is not None else None
    var = settings.INSTANCE.var
    return local.Confinement(
        bwrap,
        memory_bytes=said.memory,
        processes=said.processes,
        scratch_bytes=said.scratch_bytes,
        network=said.network if network is None else network,
        read=(*said.read, str(var / SITE)),
        hide=_hidden((*confinement.SYSTEM, *said.read)),
        keep=tuple(said.environment),
    )


def why_not(run_as: str = "") -> str:
    """As `confinement.why_not`, tried once where it works, else now and then; the status page is told."""
    at, why = _tried.get(run_as, (0.0, "not tried"))
    if why and (not at or time.monotonic() - at > TRY_AGAIN_S):
        why = confinement.why_not(run_as)
        _tried[run_as] = (time.monotonic(), why)
        confine.tell(settings.INSTANCE.var, why)
    return why


def look() -> None:
    """Tries it at the start of the workers, so that the status can tell before the first run."""
    if settings.PDFJOBS.confine.mode != "never":
        why_not(
            settings.PDFJOBS.launcher.run_as
            or (confine.usual_account() if os.geteuid() == 0 else "")
        )


def _hidden(seen: tuple[str, ...]) -> tuple[str, ...]:
    """What must not be seen wherever it lies: the instance, all roots, the settings, the service's own code.

    A tree whose disk does not answer would keep who looks for it; it may be left out where it lies below nothing that
    is seen. Raises OSError where it does.
    """
    places = [settings.INSTANCE.var, settings.BASE_DIR]
    for tree in settings.PDFJOBS.trees:
        try:
            check_answers(tree.name, tree.path)
        except OSError:
            if any(tree.path.is_relative_to(place) for place in seen):
                raise
        else:
            places.append(tree.path)
    named = os.environ.get("PDFJOBS_CONFIG")
    return (*map(str, places), *([named] if named else []))


def _owner(run: Run) -> str | None:
    """The person that a deck belongs to, as the share wrote it; nobody for one that the service itself wrote."""
    home = rundisk.home_of(run)
    try:
        found = (home / names.from_stored(run.deck_file)).lstat()
        return pwd.getpwuid(found.st_uid).pw_name if found.st_uid in PEOPLE else None
    except (OSError, KeyError):
        return None
