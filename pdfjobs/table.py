"""What every table of `pdfjobs.toml` is made of."""

from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field


class ConfigError(Exception):
    """The settings cannot be used; the text names file, key or variable, value and what is allowed."""


class Table(BaseModel):
    """Keys with their bounds; a key that is not among them is refused."""

    # strict: "2.0" is no number and 1 no switch, here as in the watcher's reader.
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


def _is_absolute(path: Path) -> Path:
    if not path.is_absolute():
        raise ValueError("must be absolute")
    return path


AbsolutePath = Annotated[Path, Field(strict=False), AfterValidator(_is_absolute)]
