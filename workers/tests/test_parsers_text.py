import json
import math
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workers.parsers.text import LINE_BYTES, Lines, decode, duration_s, fortran_float, integer


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1.5D-3", 0.0015),
        ("0.1E+01", 1.0),
        ("1.234-101", 1.234e-101),
        ("-1.234+101", -1.234e101),
        (" .5 ", 0.5),
        ("-3.", -3.0),
        ("+7", 7.0),
        ("2q2", 200.0),
        ("1e999", math.inf),
        ("Infinity", math.inf),
        ("-inf", -math.inf),
        ("", None),
        ("-", None),
        (".", None),
        ("1.5.2", None),
        ("1_000", None),
        ("E+01", None),
        ("0x10", None),
        ("nanny", None),
    ],
)
def test_a_fortran_field_is_a_number_or_none(text, value):
    assert fortran_float(text) == value


@pytest.mark.parametrize("text", ["****", "*", "NaN", "nan", "-NaN"])
def test_an_overflowed_field_is_nan(text):
    assert math.isnan(fortran_float(text))


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_printed_number_is_read_back(value):
    assert fortran_float(repr(value)) == value
    assert fortran_float(f"{value:.16E}".replace("E", "D")) == value


@given(st.text())
def test_no_text_makes_the_numbers_raise(text):
    fortran_float(text)
    duration_s(text)
    integer(text)


@pytest.mark.parametrize(
    ("text", "value"),
    [("12", 12), (" -3 ", -3), ("+4", 4), ("*****", None), ("1.0", None), ("9" * 5000, None)],
)
def test_an_integer_field_is_a_whole_number_or_none(text, value):
    assert integer(text) == value


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("00:00:57", 57),
        ("1:02:03", 3723),
        ("02:03", 123),
        ("1-02:03:04", 93784),
        ("0:00:01.5", 1.5),
        ("61 sec", 61),
        ("3 hrs 20 mins", 12000),
        ("1 h, 2 min, 3 s", 3723),
        ("2d", 172800),
        ("5 seconds.", 5),
        ("57.3", 57.3),
        ("soon", None),
        ("3 apples", None),
        ("", None),
    ],
)
def test_a_duration_is_seconds_or_none(text, seconds):
    assert duration_s(text) == seconds


@pytest.mark.parametrize(
    ("raw", "text"), [(b"Tr\xc3\xa4ger", "Träger"), (b"Tr\xe4ger", "Träger"), (b"\xff\xfe", "ÿþ")]
)
def test_bytes_that_are_not_utf_8_are_latin_1(raw, text):
    assert decode(raw) == text


def all_lines(chunks):
    lines, taken = Lines(), []
    for chunk in chunks:
        taken += lines.feed(chunk)
        lines = Lines(json.loads(json.dumps(lines.state)))
    return taken + list(lines.finish()), lines.number, lines.cut


def test_lines_are_numbered_and_lose_their_ends():
    assert all_lines([b"one\r\n\ntwo\0\0\nthr", b"ee"]) == (
        [(1, "one"), (2, ""), (3, "two"), (4, "three")],
        4,
        0,
    )


def test_a_long_line_is_cut_and_counted():
    fits, long = b"x" * LINE_BYTES, b"y" * (LINE_BYTES + 1)

    taken, number, cut = all_lines([fits + b"\n" + long + b"\nend"])

    assert taken == [(1, fits.decode()), (2, long.decode()[:-1]), (3, "end")]
    assert (number, cut) == (3, 1)


@pytest.mark.parametrize(("before", "kept"), [("", 4096), ("x", 4095)])
def test_a_line_is_cut_between_characters(before, kept):
    taken, _, cut = all_lines([(before + "ä" * 5000 + "\n").encode()])

    assert (taken, cut) == ([(1, before + "ä" * kept)], 1)


@pytest.mark.parametrize("length", [LINE_BYTES - 1, LINE_BYTES, LINE_BYTES + 1, 3 * LINE_BYTES])
def test_a_long_line_is_counted_however_it_comes(length):
    data = b"x" * length + b"\n"
    pieces = [data[at : at + 999] for at in range(0, len(data), 999)]

    assert all_lines(pieces) == all_lines([data]) == all_lines([data[:-1], b"\n"])
    assert all_lines(pieces)[2] == (length > LINE_BYTES)


@pytest.mark.parametrize(
    ("data", "lines"),
    [
        (b"10%\r20%\r100%\ndone\n", [(1, "10%"), (1, "20%"), (1, "100%"), (2, "done")]),
        (b"\r10%\r\r20%\r\ndone", [(1, "10%"), (1, "20%"), (2, "done")]),
        (b"one\r\r\n\r\r\n\rthree\n", [(1, "one"), (2, ""), (3, "three")]),
        (b"one\r\n\r\nthree\r\n", [(1, "one"), (2, ""), (3, "three")]),
        (b"one\n90%\r", [(1, "one"), (2, "90%")]),
        (b"\r", []),
    ],
    ids=repr,
)
def test_a_carriage_return_begins_the_line_anew(data, lines):
    """Every text is a line of its own, under the number that `grep -n` gives."""
    one_by_one = [bytes([byte]) for byte in data]

    assert all_lines([data])[0] == all_lines(one_by_one)[0] == lines
    assert all_lines([data])[1] == all_lines(one_by_one)[1]


def test_progress_without_a_newline_is_read_as_it_comes_and_hides_nothing():
    """Slurm's last words stand behind the bars of a tool that never ends its line."""
    lines, texts = Lines(), []
    for number in range(20_000):
        texts += lines.feed(b"\r %d/20000 [#####     ]" % number)
    texts += lines.feed(b"\rslurmstepd: error: *** JOB 1 CANCELLED AT 2022-04-14T16:17:16 ***\n")

    assert len(texts) == 20_001
    assert texts[-1] == (1, "slurmstepd: error: *** JOB 1 CANCELLED AT 2022-04-14T16:17:16 ***")
    assert lines.cut == 0


def test_a_state_without_a_word_of_carriage_returns_is_taken_up():
    lines = Lines({"number": 3, "cut": 1, "rest": "aGFs"})

    assert list(lines.feed(b"f\n")) == [(4, "half")]


def test_a_file_without_newlines_stays_small():
    lines = Lines()
    for _ in range(200):
        assert list(lines.feed(b"\xff" * 100_000)) == []

    assert len(json.dumps(lines.state)) < 12_000


@given(
    st.lists(
        st.sampled_from([b"a", b"\n", b"\r", b"\r\n", b"\0", b"\xe4", b"\xc3\xa4", b"z" * 5000])
    ),
    st.lists(st.integers(0, 20_000), max_size=6),
)
def test_any_cut_gives_the_same_lines(pieces, cuts):
    data = b"".join(pieces)
    places = [0, *sorted(cuts), len(data)]
    chunks = [data[a:b] for a, b in pairwise(places)]

    assert all_lines(chunks) == all_lines([data])
