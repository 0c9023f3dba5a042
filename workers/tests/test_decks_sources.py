"""Lines, rows and includes of decks, however the chunks fall."""

import io
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workers.decks import sources
from workers.decks.arithmetic import value_of
from workers.decks.facts import DeckFacts, Include
from workers.decks.sources import LINE_BYTES, DeckText, Sources


def lines_of(raw):
    text = DeckText(io.BytesIO(raw), "")
    found = []
    while (line := text.line()) is not None:
        found.append(line)
    return found


def stack(files, levels=3):
    facts = DeckFacts("any")
    opened = {name: io.BytesIO(raw) for name, raw in files.items()}
    return facts, Sources(opened[""], lambda name, source: opened.get(name), facts, levels)


@pytest.mark.parametrize(
    ("raw", "lines"),
    [
        (b"", []),
        (b"\n", [b""]),
        (b"a", [b"a"]),
        (b"a\r\nb\n", [b"a", b"b"]),
        (b"\xef\xbb\xbfa\nb", [b"a", b"b"]),
        (b"x" * 20_000 + b"\ny", [b"x" * LINE_BYTES, b"y"]),
    ],
)
@pytest.mark.parametrize("chunk", [1, 7, 4096, 1 << 20])
def test_lines_are_those_of_the_file_however_it_is_read(raw, lines, chunk, monkeypatch):
    monkeypatch.setattr(sources, "CHUNK_BYTES", max(chunk, 3))  # a byte order mark stays whole

    assert lines_of(raw) == lines


ROWS = st.lists(
    st.sampled_from(
        [b"1,2,3", b"  1  2", b"", b"   ", b"** c", b"  ** c", b"*NODE", b"  *END", b"$ c", b"a*b", b"\r", b"$", b"*", b"#include x"]
    ),
    max_size=30,
)  # fmt: skip


@given(
    ROWS,
    st.booleans(),
    st.integers(3, 40),
    st.sampled_from([(b"*", b"**"), (b"*", b"$"), (b"$", b"#")]),
)
def test_rows_are_counted_as_one_by_one(lines, ends, chunk, signs):
    keyword, comment = signs
    raw = b"\n".join(lines) + (b"\n" if ends else b"")
    passed, number = 0, 0
    for line in io.BytesIO(raw):
        text = line.strip()
        if text.startswith(keyword) and not text.startswith(comment):
            break
        if line.startswith(b"#include"):
            break
        is_comment = (text if keyword == comment[:1] else line).startswith(comment)
        passed += bool(text) and not is_comment
        number += 1
    before = sources.CHUNK_BYTES
    sources.CHUNK_BYTES = chunk
    try:
        text = DeckText(io.BytesIO(raw), "")
        counted = text.rows(keyword, comment, b"#include")
    finally:
        sources.CHUNK_BYTES = before

    assert (counted, text.number) == (passed, number)


def test_includes_come_in_their_place_and_say_where_they_stand():
    facts, deck = stack({"": b"1\nI\n2\n", "a/x": b"3\nI\n4", "a/y": b"5\n"})
    names = iter(["x", "y"])
    found = []

    for line in deck:
        if line == b"I":
            deck.include(next(names), ("b", "a", deck.folder))
        else:
            found.append((line, deck.source, deck.number))

    assert found == [
        (b"1", "", 1), (b"3", "a/x", 1), (b"5", "a/y", 1), (b"4", "a/x", 3), (b"2", "", 3),
    ]  # fmt: skip
    assert facts.includes == [Include("x", 2, ""), Include("y", 2, "a/x")]


@pytest.mark.parametrize(
    ("name", "folders", "state"),
    [
        ("x", ("",), "found"),
        ("x", ("/data", ""), "found"),
        ("no", ("/data", ""), "outside"),
        ("no", ("",), "missing"),
        ("../x", ("a",), "missing"),
        ("../x", ("",), "outside"),
        ("/x", ("", "a"), "outside"),
        ("C:\\x", ("",), "outside"),
        ("", ("",), "missing"),
    ],
)
def test_an_include_is_looked_for_in_each_folder_and_never_outside(name, folders, state):
    _, deck = stack({"": b"", "x": b"", "/data/x": b"", "../x": b"", "/x": b""})

    assert deck.include(name, folders).state == state


def test_an_optional_include_that_is_not_there_is_not_named():
    facts, deck = stack({"": b"", "x": b""})

    assert [deck.include(name, optional=True).state for name in ("x", "y")] == ["found", "missing"]
    assert facts.includes == [Include("x", 0, "")]


def test_includes_end_as_deep_as_the_solver_goes_and_are_counted():
    facts = DeckFacts("any")
    deck = Sources(io.BytesIO(b"0\n"), lambda name, source: io.BytesIO(b"x\n"), facts, 2)

    depths = []
    for number, _ in enumerate(deck):
        depths.append(deck.depth)
        deck.include(str(number))

    assert (depths, facts.include_count) == ([1, 2, 3], 3)


def test_what_is_kept_of_a_deck_has_a_limit():
    facts = DeckFacts("any")
    deck = Sources(io.BytesIO(b"0\n" * 3000), lambda name, source: None, facts, 2)
    for _ in deck:
        deck.include("x" * 10_000)
        facts.note("y" * 10_000 + str(deck.number))
        facts.control(f"{deck.number}", "z" * 10_000)

    kept = facts.to_json()
    assert facts.include_count == 3000
    assert [len(kept[name]) for name in ("includes", "runs_code", "controls")] == [1001, 1, 200]
    assert [each["state"] for each in kept["includes"][999:]] == ["missing", "unread"]
    assert len(repr(kept)) < 1_000_000


@pytest.mark.parametrize("row", [b"1, 2, 3\n", b"x" * (1 << 20), b"*A\n" + b"1, 2\n" * 5000])
def test_a_deck_of_any_length_takes_a_few_chunks_of_memory(row):
    class Endless(io.RawIOBase):
        left = 16

        def read(self, size=-1):
            self.left -= 1
            return row * (size // len(row)) if self.left > 0 else b""

    tracemalloc.start()
    text = DeckText(Endless(), "")
    text.rows(b"*", b"**")
    while text.line() is not None:
        text.rows(b"*", b"**")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert peak < 8 << 20


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("TEnd/100.0", 0.05), ("2*(a+1)", 6.0), ("-a**2", -4.0), ("2*-3", -6.0), ("1.5d-3", 0.0015), ("max(a,7)", 7.0),
        ("sqrt(a*8)", 4.0), ("1/0", None), ("b", None), ("", None), ("1 2", None), ("(" * 300, None),
        ("9**9**9**9", None), ("__import__('os')", None), ("1.e400", None), ("sqrt()", None), ("sin(1,2)", None), ("a(", None),
    ],
)  # fmt: skip
def test_an_expression_has_its_value_or_none(text, value):
    assert value_of(text, {"tend": 5.0, "a": 2.0}) == pytest.approx(value)


@given(st.text(alphabet="0123456789.+-*/()eE, abst", max_size=60))
def test_no_expression_raises(text):
    value_of(text, {"a": 2.0, "b": -1.0})
