"""Old releases, which take room."""

import shutil
from pathlib import Path

from host import Host


def prune(host: Host, keep: int) -> list[str]:
    """Removes all but the newest `keep`; never the one that runs, the one before it, or one that a process came from."""
    stay = {name for name in (host.current(), host.before()) if name}
    names = host.names()
    for name in names:
        if len(stay) < keep or _is_used(host.releases / name):
            stay.add(name)
    gone = [name for name in names if name not in stay]
    for name in gone:
        (host.releases / name / ".complete").unlink()  # half of it is none
        shutil.rmtree(host.releases / name)
    return gone


def _is_used(folder: Path) -> bool:
    """By the recorder of a long run, say."""
    words = f"{folder}/".encode()
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if words in (process / "cmdline").read_bytes():
                return True
        except OSError:
            continue  # it has ended
    return False
