"""The small file beside a deck, `<deck>.job.toml`, in which a person may say what no deck says."""

import tomllib
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from workers.errors import RefusedDropError

ENDING = ".job.toml"
SIZE_LIMIT = 64 * 1024


def _without_nul(text: str) -> str:
    if "\0" in text:
        raise ValueError("must not hold the character NUL")
    return text


Text = Annotated[str, AfterValidator(_without_nul)]


class Sidecar(BaseModel):
    """The keys that a sidecar may hold."""

    model_config = ConfigDict(extra="forbid", strict=True)

    project: Annotated[Text, Field(max_length=200)] = ""
    info: Annotated[Text, Field(max_length=20_000)] = ""
    base_runs: Annotated[list[Annotated[int, Field(gt=0, lt=2**62)]], Field(max_length=1000)] = []
    cores: Annotated[int, Field(ge=1, le=4096)] | None = None
    wall_limit_s: Annotated[float, Field(gt=0, le=1e9)] | None = None
    deck: Annotated[Text, Field(max_length=255)] = ""
    """Which file of a dropped folder is the deck, where that is not plain."""


def parse(raw: bytes, name: str) -> Sidecar:
    """Reads a sidecar; RefusedDropError names the file, the key and what is allowed."""
    if len(raw) > SIZE_LIMIT:
        raise RefusedDropError(f"{name}: larger than {SIZE_LIMIT} bytes; that is no sidecar.")
    try:
        table = tomllib.loads(raw.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise RefusedDropError(
            f"{name}: not valid TOML: {error}. Mend the sidecar and drop it again with the deck."
        ) from error
    try:
        return Sidecar.model_validate(table)
    except ValidationError as error:
        faults = "; ".join(
            f"{'.'.join(ascii(part)[:100].strip(chr(39)) for part in fault['loc'])}: {fault['msg']}"
            for fault in error.errors(include_url=False)[:10]
        )
        allowed = ", ".join(Sidecar.model_fields)
        raise RefusedDropError(
            f"{name}: {faults}. Allowed keys: {allowed}. Mend the sidecar and drop it again with the deck."
        ) from error
