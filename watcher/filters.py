"""Which names are worth a notice: no hidden files, no copies in progress, nothing a hint says to leave out."""

import fnmatch
import functools
import re
from collections.abc import Callable, Iterable

SIDECAR_SUFFIX = ".job.toml"
"""`beam.inp.job.toml` says how to run the deck `beam.inp`; it is no deck of its own."""

TEMPORARY_SUFFIXES = ("~", ".tmp", ".part", ".partial", ".filepart", ".crdownload", ".swp")
"""What editors, browsers and copy programs call a file that is not there yet."""

NAMES_KEPT = 10_000


def is_noise(name: str) -> bool:
    """A hidden or temporary name; rsync writes to `.beam.inp.AbC123` before it renames."""
    return name.startswith(".") or name.lower().endswith(TEMPORARY_SUFFIXES)


def deck_of(name: str) -> str:
    """The deck that a direct child of the hot folder is about: itself, or for a sidecar the deck beside it."""
    deck = name.removesuffix(SIDECAR_SUFFIX)
    return deck or name


def unworthy(patterns: Iterable[str]) -> Callable[[str], object]:
    """A predicate on a file's name: `is_noise`, or one of these globs, as fnmatch knows them, matches.

    A scan asks it a million times: the globs are one expression, and run folders hold files of the same names.
    """
    globs = [fnmatch.translate(pattern) for pattern in patterns]
    if not globs:
        return is_noise
    match = functools.lru_cache(NAMES_KEPT)(re.compile("|".join(globs)).match)
    return lambda name: is_noise(name) or match(name)


def why_unworthy(path: str, patterns: Iterable[str] = ()) -> str:
    """In words why a file is left out: what `unworthy` and `is_in_hidden_folder` decide; "" where it is not."""
    folder, _, name = path.rpartition("/")
    if is_in_hidden_folder(folder):
        return "it lies in a folder whose name begins with a dot"
    if name.startswith("."):
        return "its name begins with a dot"
    for suffix in TEMPORARY_SUFFIXES:
        if name.lower().endswith(suffix):
            return f"its name ends with {suffix}, as that of a copy in progress"
    for pattern in patterns:
        if fnmatch.fnmatch(name, pattern):
            return f"its name matches {pattern}, which never is a log"
    return ""


def is_in_hidden_folder(folders: str) -> bool:
    """True for `a/.pdfjobs/b`: what such folders hold is the service's own or somebody's scratch."""
    return folders.startswith(".") or "/." in folders
