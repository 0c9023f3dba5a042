"""What people write, as they meant it: Markdown as HTML that can do no harm.

Job numbers written as #1000001 lead to jobs that the reader may see. Pictures are shown from the job's own attachments
alone, written as `![name](attachment:17)`, so that a text makes nobody's browser ask another host.
"""

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import nh3
from django.contrib.auth.models import User
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt
from markdown_it.rules_core import StateCore
from markdown_it.token import Token

from pdfjobs import access, attachmentstore
from pdfjobs.models import Job

MOST_NUMBERS = 200
"""Job numbers of a text that are looked up."""
MOST_CHARACTERS = 30_000
"""A longer text is shown as it was typed: some that are made to be slow cost the square of their length."""
NUMBER = re.compile(r"(?<![\w#/&])#([0-9]{1,18})(?!\w)")
ATTACHMENT = re.compile(r"attachment:([0-9]{1,18})")
TAGS = frozenset(
    [
        "a",
        "blockquote",
        "br",
        "code",
        "del",
        "em",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "hr",
        "img",
        "li",
        "ol",
        "p",
        "pre",
        "s",
        "strong",
        "table",
        "tbody",
        "td",
        "th",
        "thead",
        "tr",
        "ul",
    ]
)
ATTRIBUTES = {
    "a": {"href", "title"},
    "img": {"src", "alt", "title"},
    "ol": {"start"},
}


@dataclass(frozen=True)
class Around:
    """What a text may point to."""

    jobs: Mapping[int, str] = field(default_factory=dict)
    """Address by number."""
    files: Mapping[int, str] = field(default_factory=dict)
    """Address of each attachment, by its id."""
    pictures: Collection[int] = ()
    """Those of the attachments that can be shown."""


def around(job: Job, user: User, texts: Iterable[str]) -> Around:
    """What this person's reading of the job's texts may point to; two queries."""
    numbers = sorted({int(each) for text in texts for each in NUMBER.findall(text)})[:MOST_NUMBERS]
    seen = access.visible(user).filter(number__in=numbers).values_list("number", flat=True)
    files = list(job.attachments.all())
    return Around(
        jobs={number: reverse("job", args=[number]) for number in (seen if numbers else ())},
        files={each.pk: reverse("attachment", args=[job.number, each.pk]) for each in files},
        pictures={each.pk for each in files if each.media_type in attachmentstore.PICTURES},
    )


def rendered(text: str, beside: Around) -> SafeString:
    """The text as HTML."""
    if not text.strip():
        return mark_safe("")  # nosec B308 # nh3 cleaned it
    if len(text) > MOST_CHARACTERS:
        return format_html("<pre>{}</pre>", text)
    return mark_safe(_cleaned(_parser().render(text, {"around": beside}), beside))  # nosec B308, B703 # nh3 cleaned it


def plain(text: str) -> str:
    """The text's words without its marks, each block on lines of its own; where there is no room for HTML."""
    if len(text) > MOST_CHARACTERS:
        return text
    blocks: list[str] = []
    begin, row = "", None
    for token in _parser().parse(text, {"around": Around()}):
        if token.type == "list_item_open":
            begin = f"{token.info}{token.markup} " if token.info else "- "
        elif token.type == "tr_open":
            row = list[str]()
        elif token.type == "tr_close":
            blocks.append(" | ".join(row or ()))
            row = None
        elif token.type in ("inline", "fence", "code_block"):
            words = _words(token)
            if row is not None:
                row.append(words)
            else:
                blocks.append(begin + words)
            begin = ""
    return "\n".join(blocks)


def _words(token: Token) -> str:
    if token.children is None:
        return token.content.rstrip("\n")
    breaks = ("softbreak", "hardbreak")
    return "".join("\n" if each.type in breaks else each.content for each in token.children)


@cache
def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": False, "breaks": True, "linkify": True})
    parser.enable(["table", "strikethrough", "linkify"])
    if parser.linkify is not None:
        # Else beam.in and run.sh would be hosts.
        parser.linkify.set({"fuzzy_link": False, "fuzzy_email": False})
    parser.core.ruler.push("job_numbers", _link_numbers)
    parser.core.ruler.push("attachments", _place_attachments)
    return parser


def _link_numbers(state: StateCore) -> None:
    """Turns #1000001 into a link where that job may be seen; not within links and code."""
    jobs = state.env["around"].jobs
    if not jobs:
        return
    for block in state.tokens:
        depth, children = 0, []
        for token in block.children or ():
            depth += token.nesting if token.type in ("link_open", "link_close") else 0
            if token.type == "text" and not depth:
                children += _with_links(token, jobs)
            else:
                children.append(token)
        if block.children:
            block.children = children


def _with_links(token: Token, jobs: Mapping[int, str]) -> list[Token]:
    parts: list[Token] = []
    done = 0
    for match in NUMBER.finditer(token.content):
        address = jobs.get(int(match[1]))
        if address is None:
            continue
        parts += [
            _text(token.content[done : match.start()]),
            Token("link_open", "a", 1, attrs={"href": address}),
            _text(match[0]),
            Token("link_close", "a", -1),
        ]
        done = match.end()
    return [*parts, _text(token.content[done:])] if parts else [token]


def _place_attachments(state: StateCore) -> None:
    """Gives the job's own pictures their address; any other becomes its words, as a link where it has an address."""
    beside: Around = state.env["around"]
    for block in state.tokens:
        children: list[Token] = []
        for token in block.children or ():
            if token.type == "link_open":
                href = str(token.attrs.get("href", ""))
                if match := ATTACHMENT.fullmatch(href):
                    token.attrs["href"] = beside.files.get(int(match[1]), "")
            children += _picture(token, beside) if token.type == "image" else [token]
        if block.children:
            block.children = children


def _picture(token: Token, beside: Around) -> list[Token]:
    source = str(token.attrs.get("src", ""))
    match = ATTACHMENT.fullmatch(source)
    if match and int(match[1]) in beside.pictures:
        token.attrs["src"] = beside.files[int(match[1])]
        return [token]
    address = beside.files.get(int(match[1]), "") if match else source
    words = _text(token.content or source)
    if not address:
        return [words]
    opening = Token("link_open", "a", 1, attrs={"href": address})
    return [opening, words, Token("link_close", "a", -1)]


def _text(content: str) -> Token:
    return Token("text", "", 0, content=content)


def _cleaned(html: str, beside: Around) -> str:
    """Once more, by a second library and without trust in the first."""
    shown = {beside.files[each] for each in beside.pictures}

    def kept(tag: str, attribute: str, value: str) -> str | None:
        if (tag, attribute) == ("img", "src"):
            return value if value in shown else None
        if (tag, attribute) == ("a", "href") and value.startswith("data:"):
            return None
        return value

    more: dict[str, Any] = {
        "url_schemes": {"http", "https", "mailto", "data"},
        "link_rel": "nofollow noopener",
    }
    return nh3.clean(html, tags=set(TAGS), attributes=ATTRIBUTES, attribute_filter=kept, **more)
