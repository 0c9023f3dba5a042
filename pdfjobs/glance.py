"""What people write, as plain words, for lists: found by a few expressions in microseconds, where `markdown.plain` parses.

It knows the marks that people type, not all of Markdown: what it does not know stays as it was typed.
"""

import re
from html import unescape

MARKS = re.compile(r"[*_`~\[\\#>|&<+=-]")
"""A text without any of these has no mark."""
BEGINNINGS = re.compile(r"^ {0,3}[-+=*_`~#>|:]", re.MULTILINE)
"""Of a line that may be more than its words."""
HELD = "\ue000"
"""Stands for what is kept letter by letter while marks are taken away."""
# Each begins with the letter that it looks for, and looks back from there: that way most of a text is passed over fast.
LITERAL = re.compile(r"`(?<!``)(`?)(?!`) ?([^`\n]{1,300}?) ?`\1(?!`)|\\([!-/:-@\[-`{-~])")
LINES = re.compile(
    r"^ {0,3}(?:(?:`{3,}|~{3,})[^\n]*\n?|([-*_])(?: *\1){2,} *(?:\n|$)|=+ *(?:\n|$)|\|?(?: *:?-+:? *\|)+[-: |]*(?:\n|$)|#{1,6} +)",
    re.MULTILINE,
)
"""Fences, rules, rulers of tables, and the marks in front of heads."""
QUOTED = re.compile(r"^ {0,3}(?:> ?)+", re.MULTILINE)
BULLETS = re.compile(r"^( *)[*+](?= )", re.MULTILINE)
ROWS = re.compile(r"^ {0,3}\| *(.*?) *\| *$", re.MULTILINE)
LINKS = re.compile(r"!?\[([^\[\]]{0,300})\]\(([^()\s]{0,500})(?: +\"[^\"\n]{0,200}\")?\)")
ADDRESSES = re.compile(r"<((?:https?|mailto):[^<>\s]{1,500})>")
STRONG = re.compile(
    r"([*_~])(?<![\w*][*_~])\1(\*?)(?![\s*_~])(.{1,200}?)(?<![\s*_~])\1\1\2(?![\w*])", re.DOTALL
)
EMPHASIS = re.compile(r"([*_])(?<![\w*_][*_])(?![\s*_])([^*_]{1,300}?)(?<!\s)\1(?!\w)")


def without_marks(text: str, most: int) -> str:
    """The words of the text's beginning, at most so many characters, with what makes a list or a paragraph of them."""
    shown = text[:most]
    if MARKS.search(shown):
        shown = _bare(shown)
    shown = shown.strip()
    return shown if len(text) <= most else f"{shown[: most - 1]}…"


def cut(text: str, most: int) -> str:
    """At most so many characters; the last one says that there are more."""
    return text if len(text) <= most else f"{text[: most - 1]}…"


def _bare(text: str) -> str:
    held: list[str] = []

    def hold(found: re.Match[str]) -> str:
        held.append(found[2] or found[3])
        return HELD

    # To look for a letter costs a tenth of what an expression costs that does not find it.
    if "`" in text or "\\" in text:
        text = LITERAL.sub(hold, text.replace(HELD, ""))
    if BEGINNINGS.search(text):
        text = LINES.sub("", text)
        text = QUOTED.sub("", text)
        text = BULLETS.sub(r"\1-", text)
        text = ROWS.sub(r"\1", text)
    if "](" in text:
        text = LINKS.sub(lambda found: found[1] or found[2], text)
    if "<" in text:
        text = ADDRESSES.sub(r"\1", text)
    if "**" in text or "__" in text or "~~" in text:
        text = STRONG.sub(r"\3", text)
    if "*" in text or "_" in text:
        text = EMPHASIS.sub(r"\2", text)
    if "&" in text:
        text = unescape(text)
    kept = iter(held)
    return re.sub(HELD, lambda _: next(kept, ""), text) if held else text
