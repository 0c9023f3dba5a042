"""The small file beside a deck, `<deck>.job.toml`, in which a person may say what no deck says."""

import tomllib
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from workers.errors import RefusedDropError

ENDING = ".job.toml"
SIZE_LIMIT = 64 * 1024


class Sidecar(BaseModel):
    """The keys that a sidecar may hold."""

    model_config = ConfigDict(extra="forbid")

    project: Annotated[str, Field(max_length=200)] = ""
    info: Annotated[str, Field(max_length=20_000)] = ""
    base_runs: list[Annotated[int, Field(gt=0, lt=2**62)]] = []
    cores: Annotated[int, Field(ge=1, le=4096)] | None = None
    wall_limit_s: Annotated[float, Field(gt=0)] | None = None
    deck: Annotated[str, Field(max_length=255)] = ""
    """Which file of a dropped folder is the deck, where that is not plain."""


def parse(raw: bytes, name: str) -> Sidecar:
    """Reads a sidecar; RefusedDropError names the file, the key and what is allowed."""
    if len(raw) > SIZE_LIMIT:
        raise RefusedDropError(f"{name}: larger than {SIZE_LIMIT} bytes; that is no sidecar.")
    try:
        table = tomllib.loads(raw.decode("utf-8-sig"))
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise RefusedDropError(
            f"{name}: not valid TOML: {error}. Mend the sidecar and drop it again with the deck."
        ) from error
    try:
        return Sidecar.model_validate(table)
    except ValidationError as error:
        faults = "; ".join(
            f"{'.'.join(str(part) for part in fault['loc'])}: {fault['msg']}"
            for fault in error.errors(include_url=False)
        )
        allowed = ", ".join(Sidecar.model_fields)
        raise RefusedDropError(f"{name}: {faults}. Allowed keys: {allowed}.") from error
