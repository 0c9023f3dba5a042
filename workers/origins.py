"""Where the run lies that another one goes on from, as far as its log names a place.

Pure: `verify` asks the same question of a fresh reading, and must get the same answer, whichever of the two runs
was seen first.
"""

import posixpath

from pdfjobs import names
from workers import parsers


def origin(
    solver: str, base: str, folder: str, stem: str, continues: str | None
) -> dict[str, str] | None:
    """Folder and stem (both as stored) of the run whose restart file or name `continues` is.

    `folder` and `stem` are those of the run that says so, as stored; `base` is the path of the root that both lie
    under. None where the words name no file, one of the run's own, or one outside the root.
    """
    if not continues or any(c.isspace() or c in '*"' or c == "\0" for c in continues):
        return None
    named = posixpath.join(base, names.from_stored(folder), continues.replace("\\", "/"))
    inside, name = posixpath.split(posixpath.normpath(named))
    if not inside.startswith(base.rstrip("/") + "/"):
        return None
    try:
        inside = names.to_stored(inside[len(base.rstrip("/")) + 1 :])
        its = names.to_stored(parsers.solver(solver).stem(name))
    except UnicodeEncodeError:  # a text that no name can be
        return None
    return None if (inside, its) == (folder, stem) else {"folder": inside, "stem": its}
