"""What intake asks of a dropped case folder, and what it makes ready in it: the deck of an OpenFOAM case is all of it."""

import os
import re
from pathlib import Path

from django.conf import settings

from workers.errors import RefusedDropError
from workers.intake import archives
from workers.intake.deckfolder import OURS, FoundDeck
from workers.solversteps import application_of

EARLIER = "earlier"
"""Folder for the logs that came along: at the top they would be read as this run's."""
_LOG = re.compile(r"log|log[.-].+|.+\.log")
# libs ("/tmp/evil.so"), libs loads (./lib/mine.so)
_OWN_LIBRARY = re.compile(r"\blibs loads .*[/\\]", re.DOTALL)


def name_of(content: Path, dropped: Path) -> str:
    """The case's: its folder's; for an archive that holds the case without a folder, the archive's without ending."""
    if (
        content.parent != dropped.parent.parent
    ):  # where archives are unpacked, beside the folder of the drop
        return content.name
    name = dropped.name
    ending = next((one for one in archives.ENDINGS if name.lower().endswith(one)), "")
    return name[: len(name) - len(ending)] or name


def check(deck: FoundDeck) -> None:
    """Refuses a case whose application the settings do not allow, or that brings libraries of its own."""
    solver, application = deck.facts.solver, application_of(deck.facts.to_json())
    configured = settings.PDFJOBS.solvers[solver]
    where = f"{deck.reader.folder}/{deck.file.name}"
    if not configured.applications:
        return
    if not application:
        raise RefusedDropError(
            f"{where} names no application, so nobody knows what to start; write: application icoFoam;"
        )
    if not configured.allows(application):
        raise RefusedDropError(
            f'{where} names the application "{ascii(application)[1:-1][:100]}", which the settings do not allow'
            f" (solvers.{solver}.applications)."
        )
    for words in deck.facts.runs_code:
        if _OWN_LIBRARY.search(words):
            raise RefusedDropError(
                f"{where}: {ascii(words)[1:-1][:200]}; a case may load libraries of the installation only, by name."
            )


def cores(deck: FoundDeck, wanted: int | None) -> int:
    """As many as the case is cut into, where it can be and more than one is wanted; else one.

    `wanted` is what its sidecar says; RefusedDropError where the case says another number.
    """
    said = deck.facts.controls.get("numberOfSubdomains")
    parts = said if isinstance(said, int) and said > 0 else 1
    if wanted is not None and wanted > 1 and parts not in (1, wanted):
        raise RefusedDropError(
            f"The sidecar says cores = {wanted}, but system/decomposeParDict numberOfSubdomains {parts};"
            " make them the same and drop it again."
        )
    most = settings.PDFJOBS.launcher.cores if wanted is None else wanted
    return parts if parts <= most else 1


def earlier(content: Path) -> dict[str, str]:
    """Logs of an earlier run that came along, and where to: name, new name."""
    aside = {}
    for path in sorted(content.iterdir()):
        name = path.name
        if name == OURS:
            aside[name] = _free(content, f"earlier{name}")
        elif _LOG.fullmatch(name) and path.is_file():
            aside[name] = f"{_free(content, EARLIER)}/{name}"
    return aside


def _free(content: Path, name: str) -> str:
    while os.path.lexists(content / name):
        name += "_"
    return name
