"""Rows of the log viewer as HTML; by hand, since a template took most of the time of the whole page."""

from collections.abc import Iterable
from html import escape

from django.utils.safestring import SafeString

from pdfjobs.logs.logview import Piece, ShownRow
from pdfjobs.wording import SEVERITY_WORDS


def markup(rows: Iterable[ShownRow], address: str, asked: str) -> SafeString:
    """Each row leads to itself in the viewer at `address`, with `asked` behind its place; all of the file is escaped."""
    page, more = escape(address), f"&amp;{escape(asked)}" if asked else ""
    # Only escaped text and what is written here: safe.
    return SafeString("".join(_row(row, page, more) for row in rows))  # nosec B703 # escaped above


def _row(row: ShownRow, page: str, more: str) -> str:
    numbered = row.line is not None and not row.goes_on
    place = f"line={row.line}" if numbered else f"at={row.at}"
    number = str(row.line) if numbered else "↳" if row.goes_on else "·"
    severity = escape(row.severity)
    kinds = "row" + (f" is-{severity}" if severity else "") + " is-target" * row.is_target
    line = "" if row.line is None else f' data-line="{row.line}"'
    word = escape(SEVERITY_WORDS.said(row.severity))
    said = f' aria-label="{word}, {row.line}"' if severity else ""
    said += ' aria-current="true"' * row.is_target
    return (
        f'<div class="{kinds}" data-at="{row.at}"{line}>'
        f'<a class="ln" href="{page}?{place}{more}"{said}>{number}</a>'
        f"<code>{''.join(map(_piece, row.pieces))}</code></div>\n"
    )


def _piece(piece: Piece) -> str:
    kind, text = piece
    if kind == "hit":
        return f"<mark>{escape(text)}</mark>"
    return f'<i class="d-{escape(kind)}">{escape(text)}</i>' if kind else escape(text)
