"""Passwords that stand in a file of their own, which nobody else may read, or in the environment."""

import os
from pathlib import Path

from pdfjobs.table import AbsolutePath, ConfigError

PasswordFile = AbsolutePath


def read(path: Path | None, key: str, variable: str) -> str:
    """The password of the setting `key`; the environment's `variable` wins.

    Raises ConfigError for a file that cannot be read or that others may read.
    """
    if given := os.environ.get(variable):
        return given
    if path is None:
        return ""
    try:
        with path.open(encoding="utf-8") as file:
            if os.fstat(file.fileno()).st_mode & 0o077:
                raise ConfigError(f"{path}: others may read it; chmod 600 it")
            return file.read().rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(
            f"{path}: {key} cannot be read ({error}); mend it, or set {variable}"
        ) from error
