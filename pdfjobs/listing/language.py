"""What people type into the search: words, `-word`, `field:value`."""

from dataclasses import dataclass

from pdfjobs.listing.words import AROUND, FIELDS, cut

SYNONYMS = {"owner": "user", "error": "message", "assessment": "review", "id": "number"}
"""Other names of fields."""
MOST_WORDS = 10


@dataclass(frozen=True)
class Word:
    """The beginning of a word that a job must have, or must not."""

    start: str
    field: str = ""
    """One of `FIELDS`; empty for anywhere."""
    wanted: bool = True


def understand(text: str) -> list[Word]:
    """The words of a search, in small letters, without the punctuation around them."""
    found = [_word(part) for part in text.lower().split()[:MOST_WORDS]]
    return [word for word in found if word.start]


def _word(part: str) -> Word:
    wanted = not (part.startswith("-") and len(part) > 1)
    part = part if wanted else part[1:]
    name, colon, value = part.partition(":")
    name = SYNONYMS.get(name, name)
    if colon and value and name in FIELDS:
        return Word(_start(value), name, wanted)
    return Word(_start(part), wanted=wanted)


def _start(text: str) -> str:
    return cut(text.strip(AROUND)) or cut(text)
