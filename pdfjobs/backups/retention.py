"""Which backups stay, and what goes with those that do not."""

import re
from datetime import datetime, timedelta

from pdfjobs.backups import attachments, manifest, verification
from pdfjobs.backups.diary import Diary, Shelf
from pdfjobs.backups.errors import BackupError

UNFINISHED_STAYS = timedelta(days=1)
"""Another host may be at work on it."""
OURS = re.compile(f"({manifest.NAME}|{attachments.FOLDER.rstrip('/')})/")
"""Paths of this diary: where a bucket has no prefix, others may lie beside them."""


def superfluous(names: list[str], keep: int) -> list[str]:
    """All but the newest `keep` of each kind: a staging mirror's backups drive out none of the diary itself."""
    gone = []
    for staging in (False, True):
        kind = [name for name in names if name.endswith("-staging") == staging]
        gone += sorted(kind)[:-keep]
    return gone


def apply(diary: Diary, shelf: Shelf, made: str, keep: int, now: datetime) -> list[str]:
    """Removes what is too many and what was begun and not finished; the names of the former. `made` is the newest."""
    gone = superfluous(manifest.names(shelf.store), keep)
    for name in gone:
        # First its manifest: from here on it counts as none.
        shelf.store.remove(f"{name}/{manifest.FILE}")
    old = f"{now - UNFINISHED_STAYS:%Y-%m-%dT%H.%M.%SZ}"
    for name in {*gone, *(each for each in manifest.unfinished(shelf.store) if each < old)}:
        remove(shelf, name)
    if gone:
        _forget_attachments(diary, shelf, made)
    return gone


def drop_half_made(shelf: Shelf, now: datetime) -> str:
    """Whatever broke off on its way to the store; why not, in words, where the store refuses that."""
    try:
        for half in list(shelf.store.half_made()):
            if OURS.match(half.path) and half.begun < now - UNFINISHED_STAYS:
                shelf.store.drop(half)
    except BackupError as error:
        return str(error)
    return ""


def take_back(shelf: Shelf, name: str) -> None:
    """What there is of one that came to nothing."""
    remove(shelf, name)
    for half in list(shelf.store.half_made(f"{name}/")):
        shelf.store.drop(half)


def remove(shelf: Shelf, name: str) -> None:
    for path, _size in list(shelf.store.sizes(f"{name}/")):
        shelf.store.remove(path)


def _forget_attachments(diary: Diary, shelf: Shelf, made: str) -> None:
    """Those that no backup lists any more; none while one is being made, nor while a list cannot be read, as one that
    has another key."""
    if manifest.unfinished(shelf.store):
        return
    needed = set()
    # Swift may list a file later than it has it: what was made just now counts all the same.
    for name in {*manifest.names(shelf.store), made}:
        try:
            held = manifest.read(shelf.store, name, shelf.key)
            needed |= {
                attachments.path_of(shelf, sha256)
                for sha256 in verification.listed(diary, shelf, held)
            }
        except BackupError:
            return
    for path in attachments.known(shelf) - needed:
        shelf.store.remove(path)
