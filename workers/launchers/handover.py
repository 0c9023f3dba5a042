"""A run folder in the hands of the user that the solver runs as."""

import os
import pwd
import stat
from pathlib import Path

from workers.launchers.errors import LaunchError
from workers.launchers.run_folder import STATE_FOLDER


def give_folder(folder: Path, user: str) -> None:
    """Gives all in a run folder, but for `.pdfjobs`, to a user; may be called again.

    The folder itself stays ours, the user's group may write to it and its sticky bit is set: so the solver can
    make and remove its own files, but cannot put another `.pdfjobs` in the place of ours.
    Links are given, never what they point to. Raises LaunchError for an unknown user, without root's rights,
    and for a file with a second name, which may be somebody else's.
    """
    account = find_user(folder, user)
    try:
        for root, folders, files, fd in os.fwalk(folder, follow_symlinks=False):
            top = Path(root) == folder
            if top and STATE_FOLDER in folders:
                folders.remove(STATE_FOLDER)
            for name in [*folders, *files]:
                if not (top and name == STATE_FOLDER):
                    _give(fd, name, account, Path(root))
        top_fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fchown(top_fd, -1, account.pw_gid)
            mode = stat.S_IMODE(os.fstat(top_fd).st_mode)
            os.fchmod(top_fd, mode | stat.S_IRWXG | stat.S_ISVTX)
        finally:
            os.close(top_fd)
    except OSError as error:
        raise LaunchError(
            folder,
            f"cannot be given to {user} ({error.strerror})",
            "run the service as root, or leave run_as empty",
        ) from error


def find_user(place: Path, user: str) -> pwd.struct_passwd:
    try:
        return pwd.getpwnam(user)
    except KeyError as error:
        raise LaunchError(
            place, f"there is no user {user!r}", "make the user or change launcher.run_as"
        ) from error


def _give(folder_fd: int, name: str, account: pwd.struct_passwd, folder: Path) -> None:
    found = os.stat(name, dir_fd=folder_fd, follow_symlinks=False)
    if found.st_uid == account.pw_uid:
        return
    if not stat.S_ISDIR(found.st_mode) and found.st_nlink > 1:
        raise LaunchError(
            folder / name, "has a second name elsewhere", "put a copy of the file in its place"
        )
    os.chown(name, account.pw_uid, account.pw_gid, dir_fd=folder_fd, follow_symlinks=False)
