"""What people type into the search: words, `-word`, `field:value`, `field:one,another`."""

from dataclasses import dataclass

from pdfjobs.listing.words import AROUND, FIELDS, cut, small

SYNONYMS = {
    **{"owner": ("user",), "id": ("number",), "message": ("error", "warning")},
    **dict.fromkeys(("assessment", "analysis", "result"), ("review",)),
}
"""Other names of fields; those of the pages' filters among them."""
MOST_WORDS = 10
MOST_VALUES = 20


@dataclass(frozen=True)
class Word:
    """What a job must have a word of that begins so, or must not."""

    starts: tuple[str, ...]
    """One of them is enough."""
    fields: tuple[str, ...] = ("",)
    """Some of `FIELDS`; an empty one is anywhere."""
    wanted: bool = True


def understand(text: str) -> list[Word]:
    """The words of a search, in small letters, with and without the punctuation in front of them."""
    return [_word(part) for part in small(text).split()[:MOST_WORDS]]


def _word(part: str) -> Word:
    wanted = not (part.startswith("-") and len(part) > 1)
    part = part if wanted else part[1:]
    name, colon, value = part.partition(":")
    fields = SYNONYMS.get(name, (name,) if name in FIELDS else ())
    if colon and value and fields:
        values = [each for each in value.split(",")[:MOST_VALUES] if each] or [value]
        return Word(tuple(s for each in values for s in _starts(each)), fields, wanted)
    return Word(_starts(part), wanted=wanted)


def _starts(text: str) -> tuple[str, ...]:
    ways = [cut(text.strip(AROUND)), cut(text.rstrip(AROUND)), cut(text)]
    return tuple(dict.fromkeys(way for way in ways[:2] if way)) or (ways[2],)
