"""A deck of a few lines, read by its solver's reader."""

import io

from workers.decks import READERS

BY_SOLVER = {reader.solver: reader for reader in READERS}


def read(solver, deck, files=None):
    """Facts of the deck, as text or bytes; `files` holds the text of what it includes."""

    def open_include(name, source):
        return io.BytesIO(files[name].encode()) if files and name in files else None

    data = deck if isinstance(deck, bytes) else deck.encode("latin-1")
    return BY_SOLVER[solver].read(io.BytesIO(data), open_include)


def named(facts):
    return [(each.name, each.line, each.source, each.state) for each in facts.includes]
