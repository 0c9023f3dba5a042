"""Finds the deck in what was dropped, and refuses what no solver should be given."""

import errno
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

from workers.decks import READERS, reader_for, readers_of
from workers.decks.facts import DeckFacts, Opener, Stream
from workers.decks.reader import HEAD_BYTES, DeckReader
from workers.errors import RefusedDropError
from workers.intake.archives import DEEPEST

NOT_THE_DROP = frozenset({"__MACOSX", ".DS_Store", "Thumbs.db", "desktop.ini"})
"""What desktop systems add to folders and archives."""
CASE_FOLDERS = sorted({reader.folder for reader in READERS if reader.folder})
OURS = ".pdfjobs"
RESULTS = (".log", ".dat", ".frd", ".sta", ".cvg", ".12d", ".rout")
"""What a solver begins anew under the deck's stem; `.rin`, `.eig` and the like are read by decks and stay."""


@dataclass(frozen=True)
class FoundDeck:
    """A deck, its reader and what that says."""

    file: Path
    reader: type[DeckReader]
    facts: DeckFacts


def shown(path: Path | str) -> str:
    """A path's last part for a message."""
    return ascii(Path(path).name)[1:-1]


def check_tree(folder: Path, most: int) -> None:
    """Refuses a folder with links that leave it, special files, unreadable parts or too many entries."""
    top = os.path.realpath(folder)
    for count, entry in enumerate(_walk(folder), 1):
        if count > most:
            raise RefusedDropError(
                f"The folder has more than {most} entries (intake.max_members); drop only what the run needs."
            )
        mode = entry.lstat().st_mode
        where = ascii(str(entry.relative_to(folder)))[1:-1][:200]
        if stat.S_ISLNK(mode):
            # Not resolve(): that raises for links in a circle.
            leaves = not Path(os.path.realpath(entry)).is_relative_to(top)
            if leaves or entry.readlink().is_absolute():
                raise RefusedDropError(
                    f"{where} is a link that is absolute or leaves the folder; put the file itself there."
                )
        elif not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):
            raise RefusedDropError(
                f"{where} is neither a file nor a folder; drop the folder without it."
            )


def _walk(folder: Path) -> Iterator[Path]:
    """Every entry below; a loop, since folders may be nested deeper than Python calls functions."""
    waiting = [(folder, 0)]
    while waiting:
        inner, depth = waiting.pop()
        if depth > DEEPEST:
            raise RefusedDropError(
                f"The folder has folders nested more than {DEEPEST} deep; drop only what the run needs."
            )
        try:
            entries = sorted(os.scandir(inner), key=lambda entry: entry.name)
        except PermissionError as error:
            raise RefusedDropError(
                f"The folder {shown(inner)} cannot be read ({error.strerror});"
                " give the service's user read permission and drop it again."
            ) from error
        for entry in entries:
            yield Path(entry.path)
            if entry.is_dir(follow_symlinks=False):
                waiting.append((Path(entry.path), depth + 1))


def inner_folder(folder: Path) -> Path:
    """The folder itself, or the one folder that is all it holds, as archives of a folder have it."""
    while True:
        entries = [e for e in os.scandir(folder) if e.name not in NOT_THE_DROP]
        if len(entries) != 1 or not entries[0].is_dir(follow_symlinks=False):
            return folder
        if entries[0].name in CASE_FOLDERS:
            return folder  # a case with little in it
        folder = Path(entries[0].path)


def read_head(file: Path) -> bytes:
    """The first bytes, enough for a long preamble of comments; RefusedDropError when the file may not be read."""
    return read_whole(file, HEAD_BYTES)


def read_whole(file: Path, most: int, name: str = "") -> bytes:
    """At most so many bytes of a plain file; RefusedDropError, calling it `name`, when it is none or may not be read."""
    name = name or shown(file)
    flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK
    try:
        with os.fdopen(os.open(file, flags), "rb") as opened:
            return opened.read(most)
    except PermissionError as error:
        raise RefusedDropError(
            f"{name} cannot be read ({error.strerror}); give the service's user read permission and drop it again."
        ) from error
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise RefusedDropError(
                f"{name} is a symbolic link; put the file itself there."
            ) from error
        if error.errno in (errno.EISDIR, errno.ENXIO):
            raise RefusedDropError(f"{name} is no file; put a file there.") from error
        raise


def read_deck(file: Path, folder: Path, *, to_start: bool = True, solver: str = "") -> FoundDeck:
    """Reads one deck, of that solver where it is known; RefusedDropError says why a file is none.

    One that is to be started must be of a solver with a command.
    """
    head = read_head(file)
    if not head:
        raise RefusedDropError(
            f"{shown(file)} is empty (0 bytes); write the deck again and drop it again."
        )
    reader = reader_for(name_in(file, folder), head, solver)
    if reader is None:
        raise RefusedDropError(f"{shown(file)} {_why_no_deck(head)}")
    if to_start and reader.solver not in settings.PDFJOBS.solvers:
        raise RefusedDropError(
            f"{shown(file)} is a deck of no solver that the diary knows how to start: it is written for {reader.solver}."
            f" Name the command in pdfjobs.toml ([solvers.{reader.solver}]) and drop it again."
        )
    with file.open("rb") as deck:
        return FoundDeck(file, reader, reader.read(deck, opener(folder)))


def name_in(file: Path, folder: Path) -> str:
    """`beam.inp`, or `system/controlDict` for the deck of a case folder."""
    inner = file.parent.name
    return f"{inner}/{file.name}" if file.parent != folder and inner in CASE_FOLDERS else file.name


def _why_no_deck(head: bytes) -> str:
    if b"\0" in head:
        return "is not a text file, so it is no deck; drop the deck that the pre-processor writes."
    return (
        "is a deck of no solver that the diary knows: its first lines are those of none of"
        f" {', '.join(sorted({reader.solver for reader in READERS}))}; see README.md, Add a solver."
    )


def find_deck(folder: Path, likely: str, wanted: str = "", *, to_start: bool = True) -> FoundDeck:
    """The deck of a folder: the one named, else the only one, else the one that includes the others.

    `likely` is the dropped thing's name without ending; it decides between equals.
    """
    if wanted:
        file = folder / wanted
        if wanted != name_in(file, folder) or not file.is_file():
            raise RefusedDropError(
                f'The sidecar names the deck "{shown(wanted)}", but the folder has no such file.'
            )
        return read_deck(file, folder, to_start=to_start)
    files = files_in(folder)
    claimed = [(file, reader_of(file, folder)) for file in files]
    known = [(file, reader) for file, reader in claimed if reader]
    startable = [file for file, reader in known if reader.solver in settings.PDFJOBS.solvers]
    chosen = startable if to_start and startable else [file for file, _ in known]
    decks = [read_deck(file, folder, to_start=to_start) for file in chosen]
    if not decks:
        for file in files:
            if readers_of(name_in(file, folder)):
                read_deck(file, folder, to_start=to_start)  # says what is wrong with it
        raise RefusedDropError(
            f"No deck in it: none of its {len(files)} files is a deck of a solver that the diary knows."
            " Put the deck at the top of the folder."
        )
    mains = mains_of(decks, likely)
    if len(mains) > 1:
        raise RefusedDropError(
            "Several decks in it: "
            + ", ".join(shown(deck.file) for deck in mains[:10])
            + f'. Name one in a sidecar: deck = "{shown(mains[0].file)}".'
        )
    return mains[0]


def files_in(folder: Path) -> list[Path]:
    """The files in which a deck may be, sorted: those at the top, and in the inner folders that some solvers' cases have.

    RefusedDropError names the folder that may not be read.
    """
    try:
        found = _files_at_top(folder)
        for inner in (folder / name for name in CASE_FOLDERS):
            if inner.is_dir() and not inner.is_symlink():
                files = _files_at_top(inner)
                found += [file for file in files if readers_of(name_in(file, folder))]
    except PermissionError as error:
        raise RefusedDropError(
            f"The folder {shown(error.filename or folder)} cannot be read ({error.strerror});"
            " give the service's user read permission and drop it again."
        ) from error
    return found


def _files_at_top(folder: Path) -> list[Path]:
    return [
        Path(entry.path)
        for entry in sorted(os.scandir(folder), key=lambda entry: entry.name)
        if entry.is_file(follow_symlinks=False) and entry.name not in NOT_THE_DROP
    ]


def reader_of(file: Path, folder: Path, solver: str = "") -> type[DeckReader] | None:
    name = name_in(file, folder)
    return reader_for(name, read_head(file), solver) if readers_of(name, solver) else None


def mains_of(decks: list[FoundDeck], likely: str) -> list[FoundDeck]:
    """Those that no other includes; of several the ones that say what is solved, or are called like the whole."""
    included = {os.path.normpath(each.name) for deck in decks for each in deck.facts.includes}
    mains = [deck for deck in decks if deck.file.name not in included] or decks
    for narrower in (
        [deck for deck in mains if deck.facts.steps or deck.facts.end_time is not None],
        [deck for deck in mains if deck.file.stem == likely],
    ):
        if len(mains) > 1 and narrower:
            mains = narrower
    return mains


def refuse_outside(deck: FoundDeck) -> None:
    """Refuses includes that are absolute or leave the deck's folder: a deck must not read what is not its own."""
    for include in deck.facts.includes:
        if include.state == "unread":
            raise RefusedDropError(
                f"{shown(deck.file)} has too many or too large includes to look at each"
                f" ({len(deck.facts.includes)} so far); join them (or allow it: intake.allow_outside_includes)."
            )
        if include.state == "outside":
            raise RefusedDropError(
                f"{shown(include.source or deck.file)}, line {include.line}: the include"
                f' "{ascii(include.name)[1:-1][:200]}" is absolute or leaves'
                " the deck's folder. Put the file beside the deck and drop both as a folder or archive"
                " (or allow it: intake.allow_outside_includes)."
            )


def free_stem(folder: Path, stem: str, ending: str, deck: str) -> str:
    """The stem, or it with a number where another file of the folder has the name that the deck would get."""
    count, free = 1, stem
    while free + ending != deck and os.path.lexists(folder / (free + ending)):
        count += 1
        free = f"{stem}_{count}"
    return free


def earlier(folder: Path, stem: str, deck: FoundDeck) -> dict[str, str]:
    """What came along from an earlier run and would be overwritten or taken for this run's: name, new name.

    Files that the deck includes stay as they are.
    """
    included = {os.path.normpath(include.name) for include in deck.facts.includes}
    aside = {}
    for name in [OURS, *(stem + ending for ending in RESULTS)]:
        if os.path.lexists(folder / name) and name not in included:
            new = f"earlier{name}" if name == OURS else f"earlier_{name}"
            while os.path.lexists(folder / new):
                new += "_"
            aside[name] = new
    return aside


def opener(folder: Path) -> Opener:
    """Opens includes by their names in the deck, inside `folder` only."""
    top = Path(os.path.realpath(folder))

    def open_include(name: str, source: str) -> Stream | None:
        try:
            path = Path(os.path.realpath(top / name))
            if not path.is_relative_to(top) or not path.is_file():
                return None
            return path.open("rb")
        except (OSError, ValueError):  # a name that no file can have, or one we may not read
            return None

    return open_include
