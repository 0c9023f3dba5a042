"""Decks that people hand in without a way to the hot folder: they go through it all the same.

A deck is made ready under a hidden name in the hot folder, said to be its person's, and appears there at once and
whole. Whoever drops a file by hand can say neither: the row is written by this module alone.
"""

import errno
import json
import os
import secrets
import shutil
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.core.files import File
from django.db import IntegrityError
from django.utils.translation import gettext as _

from pdfjobs import names
from pdfjobs.models import IntakeRecord
from pdfjobs.services import intake
from pdfjobs.services.errors import RefusedError

SIDECAR_ENDING = ".job.toml"
TEMPORARY_ENDINGS = ("~", ".tmp", ".part", ".partial", ".filepart", ".crdownload", ".swp")
"""What the watcher takes for a file that is not there yet."""
HIDDEN = ".upload-"
STALE_S = 24 * 3600.0
LONGEST_NAME = 200
"""Bytes; its sidecar's name must fit the disk too."""
SPARE_BYTES = 200 * 2**20
"""Left free on the disk."""
COPY_BYTES = 2**20


@dataclass(frozen=True)
class Wishes:
    """What a person says beside the deck, as a sidecar can."""

    project: str = ""
    info: str = ""
    base_runs: tuple[int, ...] = ()
    deck: str = ""
    """Which file of several is the deck."""

    def as_toml(self) -> str:
        """A sidecar; empty where nothing is said."""
        said = {name: value for name, value in vars(self).items() if value}
        return "".join(f"{name} = {_toml(value)}\n" for name, value in said.items())


def hand_in_file(
    name: str, content: "File[bytes]", size: int, *, owner: str, wishes: Wishes
) -> IntakeRecord:
    """One file, a deck or an archive, becomes a drop; RefusedError says why not."""
    check_name(name)
    check_space(size)
    made = hidden_place()
    try:
        _keep(content, made)
        return hand_over(made, name, owner=owner, wishes=wishes)
    finally:
        made.unlink(missing_ok=True)


def hand_in_folder(
    name: str, files: Iterable[tuple[str, "File[bytes]", int]], *, owner: str, wishes: Wishes
) -> IntakeRecord:
    """Several files, by their paths in a folder, become one drop."""
    check_name(name)
    listed = list(files)
    check_space(sum(size for _path, _content, size in listed))
    made = hidden_place()
    made.mkdir()
    try:
        for path, content, _size in listed:
            place = made.joinpath(*_inner_parts(path))
            place.parent.mkdir(parents=True, exist_ok=True)
            if os.path.lexists(place):
                raise RefusedError(_("Two of the files are called %(name)s.") % {"name": path})
            _keep(content, place)
        return hand_over(made, name, owner=owner, wishes=wishes)
    finally:
        shutil.rmtree(made, ignore_errors=True)


def hand_over(made: Path, name: str, *, owner: str, wishes: Wishes) -> IntakeRecord:
    """Lets what lies under a hidden name in the hot folder appear as the drop `name`, its sidecar first.

    1. refuses a name that is taken, also by a sidecar that waits for its deck;
    2. puts the sidecar there; 3. says whose the drop is; 4. gives it its name.
    """
    check_name(name)
    final = Path(settings.INSTANCE.hotfolder / name)
    beside = final.with_name(name + SIDECAR_ENDING)
    if os.path.lexists(final) or os.path.lexists(beside):
        raise _taken(name)
    said = wishes.as_toml()
    info = made.lstat()
    drop = intake.Drop(
        *("hotfolder", name, info.st_dev, info.st_ino, info.st_size, info.st_mtime_ns), owner
    )
    try:
        record = intake.note_upload(drop)
    except IntegrityError as error:
        raise _taken(name) from error
    try:
        if said:
            _put_sidecar(said, beside)
        try:
            _appear(made, final)
        except OSError:
            beside.unlink(missing_ok=True)
            raise
    except OSError as error:
        intake.forget_upload(record)
        if error.errno in (errno.EEXIST, errno.ENOTEMPTY, errno.ENOTDIR):
            raise _taken(name) from error
        raise
    return record


def check_name(name: str) -> None:
    """RefusedError for a name that no drop may have."""
    form = ""
    if name in ("", ".", "..") or "/" in name or "\\" in name or names.readable(name) != name:
        form = _("“%(name)s” is no file name that can be taken.")
    elif name.startswith("."):
        form = _("“%(name)s” is a hidden file; give it a name without the leading dot.")
    elif name.lower().endswith(TEMPORARY_ENDINGS):
        form = _("“%(name)s” looks like a half-written file; give it its final name.")
    elif name.endswith(SIDECAR_ENDING):
        form = _("“%(name)s” is a sidecar; say here what it would say.")
    elif len(os.fsencode(name)) > LONGEST_NAME:
        form = _("“%(name)s” is too long a name; shorten it to 200 bytes.")
    if form:
        raise RefusedError(form % {"name": names.readable(name)[:80]})


def check_space(size: int) -> None:
    """RefusedError for what is larger than allowed, or than the disk can take."""
    most = settings.PDFJOBS.web.max_upload_bytes
    if size > most:
        raise RefusedError(
            _(
                "Larger than the %(most)s bytes that may be uploaded; put it into the hot folder itself."
            )
            % {"most": f"{most:,}"}
        )
    if shutil.disk_usage(settings.INSTANCE.hotfolder).free < size + SPARE_BYTES:
        raise RefusedError(
            _("There is no room on the diary's disk for this; tell whoever runs it.")
        )


def hidden_place() -> Path:
    """A new hidden name in the hot folder; those that a killed process left there long ago are cleared away."""
    hot: Path = settings.INSTANCE.hotfolder
    for left in hot.glob(f"{HIDDEN}*"):
        try:
            if time.time() - left.lstat().st_mtime > STALE_S:
                shutil.rmtree(left) if left.is_dir() else left.unlink()
        except OSError:
            continue
    return hot / f"{HIDDEN}{secrets.token_hex(8)}"


def _keep(content: "File[bytes]", place: Path) -> None:
    """The bytes under their new name; no second copy of those that lie on the same disk already."""
    path = getattr(content, "temporary_file_path", None)
    if path is not None:
        try:
            os.link(path(), place)
        except OSError:  # another file system
            pass
        else:
            place.chmod(0o644)
            return
    with place.open("xb") as file:
        for chunk in content.chunks(COPY_BYTES):
            file.write(chunk)


def _inner_parts(path: str) -> list[str]:
    parts = path.split("/")
    for part in parts:
        if part in ("", ".", "..") or "\\" in part or names.readable(part) != part:
            raise RefusedError(
                _("“%(name)s” is no path inside a folder.") % {"name": names.readable(path)[:80]}
            )
    return parts


def _put_sidecar(said: str, beside: Path) -> None:
    half = hidden_place()
    half.write_text(said, encoding="utf-8")
    try:
        _appear(half, beside)
    finally:
        half.unlink(missing_ok=True)


def _appear(made: Path, final: Path) -> None:
    """Gives a thing its name unless that is taken: FileExistsError and the like."""
    if made.is_dir():
        if os.path.lexists(final):
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(final))
        made.rename(final)
        return
    os.link(made, final)
    made.unlink()


def _taken(name: str) -> RefusedError:
    return RefusedError(
        _(
            "A drop called %(name)s is on its way already; wait until it is taken in, or give yours another name."
        )
        % {"name": names.readable(name)}
    )


def _toml(value: object) -> str:
    """JSON's strings and lists are TOML's, but for the character DEL."""
    given = list(value) if isinstance(value, tuple) else value
    return json.dumps(given, ensure_ascii=False).replace("\x7f", "\\u007f")
