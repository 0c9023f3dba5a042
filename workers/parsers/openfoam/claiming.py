"""Which logs are OpenFOAM's, by their first bytes, and of which kind of program."""

import re

from workers.parsers.openfoam.facts import is_solver

# The banner is over dictionaries too; only a program goes on with what it is.
_BANNER = re.compile(rb"F ield   .*(?:OpenFOAM|foam-extend)[^\0]*?\n *Build *: ")
_BARE = re.compile(rb"\A\s*(?:\[\d+\] ?\s*)*--> FOAM FATAL (?:IO )?ERROR")
# Using: OpenFOAM-2406 (2406) - visit www.openfoam.com                 (com, an option it does not know)
_USAGE = re.compile(rb"\A\s*Using: OpenFOAM-\S+ \(.*\n")
# Exec   : simpleFoam -parallel             See 'overInterDyMFoam -help' for usage
_COMMAND = re.compile(rb"^(?: *Exec +: |See ')(.*)", re.MULTILINE)


def claims(head: bytes, *, of_solver: bool) -> bool:
    """Whether a log that begins so is of a solver, or of a utility."""
    if not _BANNER.search(head) and not _BARE.match(head) and not _USAGE.match(head):
        return False
    found = _COMMAND.search(head)
    return is_solver(found[1].decode("latin-1") if found else "") == of_solver
