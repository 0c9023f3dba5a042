"""Finds words that people would see and that no translator gets to see: in templates, pages and scripts."""

import re
from collections.abc import Iterator
from html.parser import HTMLParser

from django.template.base import Lexer, TokenType

NAMES = {"pdfjobs", "csv", "png", "shift"}
"""Of the program, of file formats and of a key: the same in every language."""
ATTRIBUTES = ("title", "aria-label", "placeholder", "alt", "label", "data-label")
SILENT = ("code", "kbd", "pre", "script", "style")
TAG = "\ue000"
WORD = re.compile(r"[^\W\d_]{2,}")
ARGUMENT = re.compile(r"\|(?:default|default_if_none|pluralize|add|join)(?::[\"']([^\"']*)[\"'])?")

STRING = re.compile(
    r"//[^\n]*|/\*.*?\*/"
    r"|(?P<text>\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])*'|`(?:\\.|[^`\\])*`)",
    re.DOTALL,
)
SHOWN = re.compile(
    r"\b(?:textContent|innerText|title|placeholder|ariaLabel)\s*=[^=]"
    r"|\blabel:|\b(?:say|alert|confirm|prompt|fillText)\("
    r"|setAttribute\(\"(?:title|aria-label|placeholder)\","
)
"""Code before a literal, in its line, after which people read it."""
SENTENCE = re.compile(
    r"[A-Z][a-z]+,? [a-z]|[a-z]{2,} [a-z]{2,} [a-z]{2,}|[a-z]{2,}:? \$\{|\} [a-z]{2,}"
)
"""What reads like one wherever it stands."""
CODE = re.compile(r"[#\[\]>=()|&]|^use strict|^\.|px |^[a-z]+(?:-[a-z]+)+$|^[a-z]+(?:, [a-z]+)+$")
"""Selectors, fonts, class names."""
ASKED = re.compile(r"(?:createElement|querySelector(?:All)?|closest|matches|get)\($")


def in_template(source: str) -> list[str]:
    """Texts between tags and in attributes that are not marked, and words given to filters."""
    parts, until = [], ""
    for token in Lexer(source).tokenize():
        if token.token_type == TokenType.TEXT:
            parts.append("" if until else token.contents)
            continue
        name = token.contents.split(" ")[0]
        if token.token_type == TokenType.BLOCK and not until:
            until = f"end{name}" if name in ("blocktranslate", "comment") else ""
        elif name == until:
            until = ""
        parts.append(TAG)
        if token.token_type == TokenType.VAR:
            words = list(ARGUMENT.finditer(token.contents))
            parts += [f"<i>{match[1] or 's'}x</i>" for match in words if _is_said(match)]
    return in_page("".join(parts))


def _is_said(match: "re.Match[str]") -> bool:
    return "pluralize" in match[0] or bool(WORD.search(match[1] or ""))


def in_script(source: str) -> list[str]:
    """Literals that people read, or that read like words for people."""
    return [text for line, text in _literals(source) if _is_read(line, text)]


def _literals(source: str) -> Iterator[tuple[str, str]]:
    """With what stands before each in its line."""
    for match in STRING.finditer(source):
        if match["text"]:
            begin = source.rfind("\n", 0, match.start()) + 1
            yield source[begin : match.start()], match["text"][1:-1]


def _is_read(line: str, text: str) -> bool:
    said = re.sub(r"\$\{[^{}]*(?:\}|$)", "${}", text)
    if ASKED.search(line) or CODE.search(said.replace("${}", "")):
        return False
    return bool(SENTENCE.search(said) or (SHOWN.search(line) and _words(said)))


def in_page(html: str) -> list[str]:
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return [text for text in reader.found if _words(text)]


def _is_shown(attribute: str) -> bool:
    return attribute in ATTRIBUTES or attribute.startswith("data-word-")


def _words(text: str) -> list[str]:
    return [word for word in WORD.findall(text) if word.lower() not in NAMES]


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self._silent: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in SILENT:
            self._silent.append(tag)
        self.found += [value for name, value in attrs if _is_shown(name) and value]

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found += [value for name, value in attrs if _is_shown(name) and value]

    def handle_endtag(self, tag: str) -> None:
        if self._silent and self._silent[-1] == tag:
            self._silent.pop()

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self.found.append(" ".join(data.split()))
