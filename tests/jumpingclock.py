"""A clock for the processes of a test, set while they run."""

import shutil
import struct
import subprocess
from pathlib import Path

SOURCE = Path(__file__).with_name("jumping_clock.c")


class Clock:
    """What processes with its `environment` take for the time of day; their monotonic clock is the kernel's."""

    def __init__(self, folder: Path) -> None:
        compiler = shutil.which("cc")
        assert compiler, "not on this machine: a C compiler; `make test` installs gcc"
        self._file, library = folder / "clock", folder / "jumping_clock.so"
        self._file.write_bytes(bytes(8))
        words = ["-shared", "-fPIC", "-O2", "-o", str(library)]
        subprocess.run([compiler, *words, str(SOURCE), "-ldl"], check=True)
        self.environment = {"LD_PRELOAD": str(library), "JUMPING_CLOCK": str(self._file)}

    def set(self, ahead_s: int) -> None:
        """For running processes too."""
        with self._file.open("r+b") as file:
            file.write(struct.pack("=q", ahead_s))
