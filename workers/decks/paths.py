"""File names as decks write them, as paths from the deck's folder."""

import re

_DRIVE = re.compile(r"[A-Za-z]:")


def leaves_folder(name: str) -> bool:
    """Whether the name is absolute or climbs out of the folder it is read from."""
    parts = name.replace("\\", "/").split("/")
    if (not parts[0] and len(parts) > 1) or _DRIVE.match(name):
        return True
    depth = 0
    for part in parts:
        depth += {"": 0, ".": 0, "..": -1}.get(part, 1)
        if depth < 0:
            return True
    return False


def is_absolute(name: str) -> bool:
    """Whether the name says its own place, on Unix or Windows."""
    return name.startswith(("/", "\\")) or _DRIVE.match(name) is not None


def folder_of(path: str) -> str:
    """The folder part of a path from the deck's folder: "" for the deck's own folder."""
    return path.replace("\\", "/").rpartition("/")[0]


def joined(folder: str, name: str) -> str:
    """The path of a name in a folder; an absolute name stays itself."""
    if not folder or is_absolute(name):
        return name
    return f"{folder.rstrip('/')}/{name}"
