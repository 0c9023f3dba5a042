"""Distinguished names, so that two of the same thing are equal."""

import re

_BETWEEN = re.compile(r"\s*(?<!\\)([,+=])\s*")


def normal(name: str) -> str:
    """Case and blanks between the parts say nothing."""
    return _BETWEEN.sub(r"\1", name.strip()).lower()
