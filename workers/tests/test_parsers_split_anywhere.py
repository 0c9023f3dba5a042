"""The promise of `Parser`: how the bytes were cut changes neither report nor points."""

import json
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from workers.parsers import PARSERS, claimant
from workers.parsers.calculix.tables import CalculixDat
from workers.parsers.report import HEAD_BYTES

SAMPLES = Path(__file__).parent / "samples"
LOGS = sorted(
    path
    for case in SAMPLES.glob("*/*")
    for path in case.iterdir()
    if path.name not in ("ORIGIN", "expected.json") and path.suffix != ".inp"
)
STATE_BYTES = 64_000
# What logs hold besides what their solver wrote: rubbish, kill lines, halves of lines.
FRAGMENTS = st.sampled_from(
    [
        b"\n",
        b"\r\n",
        b"\r",
        b" 50%|#####     |\r",
        b"\0" * 50,
        b"\xff\xfe\xe4",
        b" *ERROR in e_c3d: nonpositive jacobian\n        determinant in element           1\n",
        b" *WARNING",
        b" *INFO reading *STEP: nonlinear geometric\n       effects are turned on\n",
        b" Job finished\n",
        b"slurmstepd: error: *** JOB 1 ON n1 CANCELLED AT 2022-04-14T16:17:16 DUE TO TIME LIMIT ***",
        b"     1          1     1U    4  0.000000E+00  0.000000E+00  0.100000E+00\n",
        b"     1     1     1     1        0         NaN  0.1000E+03  0.0000E+00  0.1000E+03\n",
        b" largest residual force= nan in node 22 and dof 2\n",
        b" increment 99999 attempt 1 \n actual total time=1.0e-02\n convergence\n",
        b"   nodes:  999999999999999999999999999999\n",
    ]
)


def outcome(parser_type, chunks):
    """Report and points; the state goes through JSON after every chunk."""
    points: dict[str, list] = {}
    parser = parser_type()
    for chunk in chunks:
        news = parser.feed(chunk)
        for name, added in news.points.items():
            points.setdefault(name, []).extend(added)
        state = json.dumps(parser.state, allow_nan=False)
        assert len(state) <= STATE_BYTES
        parser = parser_type(json.loads(state))
    for name, added in parser.finish().points.items():
        points.setdefault(name, []).extend(added)
    # JSON text, since nan is not equal to itself.
    return json.dumps(parser.report().to_json()), repr(points)


def cut(data, places):
    places = [0, *sorted(place % (len(data) + 1) for place in places), len(data)]
    return [data[a:b] for a, b in pairwise(places)]


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(path=st.sampled_from(LOGS), places=st.lists(st.integers(0, 60_000), max_size=12))
def test_any_split_of_a_sample_gives_the_same_report_and_points(path, places):
    data = path.read_bytes()
    parser_type = claimant(data[:HEAD_BYTES])

    assert outcome(parser_type, cut(data, places)) == outcome(parser_type, [data])


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    path=st.sampled_from(LOGS),
    places=st.lists(st.integers(0, 60_000), max_size=6),
    count=st.sampled_from([1, 50, 5000]),
)
def test_nul_bytes_anywhere_in_a_sample_say_nothing(path, places, count):
    """So a hole may be passed over unread."""
    data = path.read_bytes()
    parser_type = claimant(data[:HEAD_BYTES])

    assert outcome(parser_type, [(b"\0" * count).join(cut(data, places))]) == outcome(
        parser_type, [data]
    )


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    parser_type=st.sampled_from(PARSERS),
    pieces=st.lists(FRAGMENTS | st.binary(max_size=40), max_size=30),
    places=st.lists(st.integers(0, 5000), max_size=12),
)
@example(PARSERS[0], [b" *ERROR in x: y\n", b"        more\n"], [16])
def test_any_split_of_rubbish_gives_the_same_report_and_points(parser_type, pieces, places):
    data = b"".join(pieces)

    assert outcome(parser_type, cut(data, places)) == outcome(parser_type, [data])


def test_modes_stay_modes_over_a_checkpoint():
    pieces = [
        b"\n temperatures for set N and time  0.7500000E+00\n",
        b"     E I G E N V A L U E   O U T P U T\n",
        b" temperatures for set N and time  0.3000000E+01\n",
    ]

    assert outcome(CalculixDat, pieces) == outcome(CalculixDat, [b"".join(pieces)])


@pytest.mark.parametrize("path", [path for path in LOGS if path.stat().st_size < 3000], ids=str)
def test_a_small_sample_may_come_byte_by_byte(path):
    data = path.read_bytes()
    parser_type = claimant(data[:HEAD_BYTES])

    assert outcome(parser_type, [bytes([b]) for b in data]) == outcome(parser_type, [data])


@pytest.mark.parametrize("parser_type", PARSERS, ids=lambda parser: parser.name)
def test_the_state_stays_small_however_many_messages_and_rows_come(parser_type):
    awkward = "\N{PILE OF POO}ä\x01" * 400
    parser = parser_type()
    for number in range(3000):
        text = (
            f" *ERROR in r{number}: {awkward}\n        {number}{awkward}\n"
            f" *WARNING reading *STEP: {number}\n CalculiX Version {awkward}, Copyright(C)\n"
            f"  {number}  {number}  1  1  0  0.1E+01  0.1E+01  0.1E+01  0.1E+01\n"
            f"slurmstepd: error: {awkward} CANCELLED AT {awkward}\nAborted {awkward}\n"
            f"program stops{awkward}"
        )
        parser.feed(text.encode())

    assert len(json.dumps(parser.state)) <= STATE_BYTES
    assert len(parser.report().messages) <= 500


LONG_LINES = {
    "text": b"x" * 100_000,
    "progress": b" 50%|#####     |\r" * 8000,
    "not UTF-8": b"\xff\xfe" * 50_000,
    "quotes": b'"' * 100_000,
    "one of its own": b" *ERROR in e_c3d: " + b"9" * 100_000,
}


@pytest.mark.parametrize("long", LONG_LINES.values(), ids=LONG_LINES)
@pytest.mark.parametrize("path", [path for path in LOGS if path.stat().st_size > 1000], ids=str)
def test_a_long_line_in_a_sample_keeps_the_state_small_and_the_facts_after_it_right(path, long):
    data = path.read_bytes()
    parser_type = claimant(data[:HEAD_BYTES])
    lines = data.splitlines(keepends=True)
    half = len(lines) // 2
    before, after = b"".join(lines[:half]), b"".join(lines[half:])
    short = b" *ERROR in e_c3d: " + b"9" * 5000 if long.startswith(b" *E") else b"x"
    pieces = [before, *[long[at : at + 30_000] for at in range(0, len(long), 30_000)], b"\n", after]

    assert outcome(parser_type, pieces) == outcome(parser_type, [before + short + b"\n" + after])
