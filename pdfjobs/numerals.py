"""Numbers as addresses give them."""


def whole_number(text: str | None) -> int | None:
    """A number from 0 on that a query string gives; None for anything else."""
    text = text or ""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None
