"""The promise of `Parser`: how the bytes were cut changes neither report nor points.

On our own samples and on the shared ones; PDFJOBS_LONG=1 tries many more places.
"""

import json
import os

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from workers.parsers import PARSERS
from workers.parsers.calculix import CalculixDat
from workers.parsers.report import MESSAGES_KEPT
from workers.tests.logcorpus import head_of, name_of, own_logs, parser_of, shared_logs
from workers.tests.parsing import cut, outcome, read, small_state

LONG = bool(os.environ.get("PDFJOBS_LONG"))
LOGS = own_logs()
ALL_LOGS = [*LOGS, *shared_logs()]
BYTES_READ = 20_000_000 if LONG else 150_000
"""Of a long log; each is a file of its own up to there."""
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
        b" *** Warning 30131 (INI+131)\n     Part ID=  1 has no mass\n",
        b"     100 t 1.0000E-03 dt 9.99E-06 write d3plot file            01/01/26 00:00:00\n",
        b"***WARNING: A ZERO PIVOT\n            AT NODE 1\n",
        b"--> FOAM FATAL ERROR: \nno such field\n\nFOAM exiting\n",
        b"[1] Time = 1e-05s\n",
        b"1^^^ USER INFORMATION MESSAGE 9024 (FEA)\n     ^^^ words\n",
        b" *** USER FATAL MESSAGE 9137 (SEKRRS)\n     words\n",
        b" ERROR ID :         1\n ** ERROR IN INPUT FORMAT\n",
        b" *** ERROR ***   CP =       1.000   TIME= 00:00:01\n words\n",
        b" *************************\n *        ERROR          *\n *************************\n",
    ]
)


CHECKS = settings(max_examples=1000 if LONG else 40, suppress_health_check=[HealthCheck.too_slow])
PLACES = st.lists(st.integers(0, BYTES_READ), max_size=12)


@CHECKS
@given(path=st.sampled_from(ALL_LOGS), places=PLACES)
def test_any_split_of_a_sample_gives_the_same_report_and_points(path, places):
    data = head_of(path, BYTES_READ)
    parser_type = parser_of(path)

    assert outcome(parser_type, cut(data, places)) == outcome(parser_type, [data])


@pytest.mark.parametrize("path", ALL_LOGS, ids=name_of)
def test_each_log_may_come_in_pieces_of_a_few_lines(path):
    """A prime number of bytes, so that pieces end everywhere in lines; the state goes through JSON."""
    data = head_of(path, BYTES_READ)
    parser_type, size = parser_of(path), max(len(data) // 40, 97) | 1

    pieces = [data[at : at + size] for at in range(0, len(data), size)]

    assert outcome(parser_type, pieces) == outcome(parser_type, [data])


@pytest.mark.parametrize("path", LOGS, ids=name_of)
def test_each_sample_read_at_once_is_as_read_line_by_line(path):
    """In pieces that are never whole lines, so that no parser may take several at once."""
    data = path.read_bytes()
    lines = data.splitlines(keepends=True)
    pieces = [piece for line in lines for piece in (line[:-1], line[-1:])]

    assert repr(read(parser_of(path), *pieces)) == repr(read(parser_of(path), data))


@pytest.mark.parametrize("path", LOGS, ids=name_of)
def test_lines_may_end_as_windows_ends_them(path):
    data = path.read_bytes().replace(b"\r\n", b"\n")
    windows = data.replace(b"\n", b"\r\n")

    assert repr(read(parser_of(path), windows)) == repr(read(parser_of(path), data))


@CHECKS
@given(
    path=st.sampled_from(ALL_LOGS),
    places=st.lists(st.integers(0, BYTES_READ), max_size=6),
    count=st.sampled_from([1, 50, 5000]),
)
def test_nul_bytes_anywhere_in_a_sample_say_nothing(path, places, count):
    """So a hole may be passed over unread."""
    data = head_of(path, BYTES_READ)
    parser_type = parser_of(path)

    assert outcome(parser_type, [(b"\0" * count).join(cut(data, places))]) == outcome(
        parser_type, [data]
    )


@CHECKS
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


def smallest(paths, least, each):
    """The smallest logs of each parser that have so many bytes; all of them in the long form."""
    kept: dict[str, list] = {}
    for path in sorted(paths, key=lambda path: path.stat().st_size):
        if path.stat().st_size > least:
            kept.setdefault(parser_of(path).name, []).append(path)
    return [path for found in kept.values() for path in (found if LONG else found[:each])]


@pytest.mark.parametrize("path", smallest(LOGS, 0, 2), ids=name_of)
def test_a_small_sample_may_come_byte_by_byte(path):
    data = path.read_bytes()[: BYTES_READ if LONG else 2500]
    parser_type = parser_of(path)

    assert outcome(parser_type, [bytes([b]) for b in data]) == outcome(parser_type, [data])


@pytest.mark.parametrize("parser_type", PARSERS, ids=lambda parser: parser.name)
def test_the_state_stays_small_however_many_messages_and_rows_come(parser_type):
    """Lines of its own samples, each with other numbers and words every time, and other solvers' messages."""
    awkward = "\N{PILE OF POO}ä\x01" * 200
    own = b"\n".join(head_of(path, BYTES_READ) for path in LOGS if parser_of(path) is parser_type)
    lines = own.decode("latin-1").splitlines()
    parser = parser_type()
    for number in range(400):
        at = number * 31 % max(len(lines), 1)
        text = "\n".join(
            [
                f" *ERROR in r{number}: {awkward}\n        {number}{awkward}",
                f" *WARNING reading *STEP: {number}\n CalculiX Version {awkward}, Copyright(C)",
                f"  {number}  {number}  1  1  0  0.1E+01  0.1E+01  0.1E+01  0.1E+01",
                f"slurmstepd: error: {awkward} CANCELLED AT {awkward}\nAborted {awkward}",
                f"program stops{awkward}",
                f" stonewall energy...............   1.0 wall# {number}\n[license/error] {awkward}",
                f"forrtl: severe ({number}): {awkward}",
                *(f"{line} {number} {awkward}" for line in lines[at : at + 3]),
                *lines[at : at + 12],
                *(line.replace("1", str(number)) for line in lines[at : at + 12]),
                *(line.replace("e", f"e{number}") for line in lines[at : at + 12]),
            ]
        )
        parser.feed(text.encode() + b"\n")
        if number % 40 == 0:
            small_state(parser)

    small_state(parser)
    assert len(parser.report().messages) <= MESSAGES_KEPT


LONG_LINES = {
    "text": b"x" * 100_000,
    "progress": b" 50%|#####     |\r" * 8000,
    "not UTF-8": b"\xff\xfe" * 50_000,
    "quotes": b'"' * 100_000,
    "one of its own": b" *ERROR in e_c3d: " + b"9" * 100_000,
}


@pytest.mark.parametrize("long", LONG_LINES.values(), ids=LONG_LINES)
@pytest.mark.parametrize("path", smallest(LOGS, 1000, 1), ids=name_of)
def test_a_long_line_in_a_sample_keeps_the_state_small_and_the_facts_after_it_right(path, long):
    data = path.read_bytes()
    parser_type = parser_of(path)
    lines = data.splitlines(keepends=True)
    half = len(lines) // 2
    before, after = b"".join(lines[:half]), b"".join(lines[half:])
    short = b" *ERROR in e_c3d: " + b"9" * 5000 if long.startswith(b" *E") else b"x"
    pieces = [before, *[long[at : at + 30_000] for at in range(0, len(long), 30_000)], b"\n", after]
    whole = [before + short + b"\n" + after]

    facts = [facts_of(parser_type, each) for each in (pieces, whole)]

    assert facts[0] == facts[1]


def facts_of(parser_type, chunks):
    """Report and points, without texts of messages: those of a cut line differ."""
    report, points = outcome(parser_type, chunks)
    facts = json.loads(report)
    facts["messages"] = [each["line"] for each in facts["messages"]]
    del facts["cause_text"]
    return facts, points
