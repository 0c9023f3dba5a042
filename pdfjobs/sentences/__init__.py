"""Sentences that the diary keeps in English, with values in them, and says in the language of who reads them.

What is stored, compared and searched stays as it was written. Where it is shown, its form is found again and said anew;
what has no form, a solver's own words, is shown as it is.
"""

import re
from collections.abc import Callable
from functools import lru_cache

from django.utils.translation import get_language, gettext, override

Form = str | Callable[[int], str]
"""With its values' names in braces; or, where `{n}` counts, what gives the words for so many.

What stands for `{said}` is a sentence of the same kind.
"""
NAME = re.compile(r"{(\w+)}")
LONGEST = 2000
"""Letters: a longer text is no sentence of ours."""


class Sentences:
    """All of one kind; the first form that fits counts."""

    def __init__(self, *forms: Form) -> None:
        self.forms = forms
        with override(None):
            self._forms = [(_pattern(words), form) for form in forms for words in _english(form)]

    def said(self, kept: str) -> str:
        """In the language that is active now."""
        if not kept or get_language() in (None, "en"):
            return kept
        found = _found(self, kept)
        if found is None:
            return kept
        form, values = found
        words = gettext(form) if isinstance(form, str) else form(_count(values["n"]))
        return words.format(
            **{
                name: self.said(value) if name == "said" else value
                for name, value in values.items()
            }
        )

    def knows(self, kept: str) -> bool:
        return _found(self, kept) is not None

    def find(self, kept: str) -> tuple[Form, dict[str, str]] | None:
        if len(kept) > LONGEST:
            return None
        for pattern, form in self._forms:
            if match := pattern.fullmatch(kept):
                return form, match.groupdict()
        return None


@lru_cache(10_000)
def _found(sentences: Sentences, kept: str) -> tuple[Form, dict[str, str]] | None:
    """Kept, since a list shows the same few reasons again and again."""
    return sentences.find(kept)


def _english(form: Form) -> tuple[str, ...]:
    return (form,) if isinstance(form, str) else (form(1), form(2))


def _pattern(words: str) -> "re.Pattern[str]":
    text, *rest = NAME.split(words)
    made, known = re.escape(text), set[str]()
    for name, text in zip(rest[::2], rest[1::2], strict=True):
        made += (f"(?P={name})" if name in known else f"(?P<{name}>.*?)") + re.escape(text)
        known.add(name)
    return re.compile(made, re.DOTALL)


def _count(value: str) -> int:
    return int(re.sub(r"\D", "", value) or 0)
