"""Where each warning and error stands: every one is marked, at its line, whatever the split and the restarts."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pdfjobs.points.chunks import Points
from workers.logplaces import STEP, Places
from workers.parsers.messages import Messages
from workers.tests.logcorpus import head_of, name_of, own_logs, parser_of, shared_logs
from workers.tests.parsing import cut

LOGS = [*own_logs(), *shared_logs()]
BYTES_READ = 4_000_000


def marks_of(kind, chunks):
    parser = kind()
    marks = [mark for chunk in chunks for mark in parser.feed(chunk).marks]
    return marks + parser.finish().marks, parser.report()


@pytest.mark.parametrize("path", LOGS, ids=name_of)
def test_as_many_lines_are_marked_as_messages_are_counted(path):
    """A log of several runs counts those of the last one, and marks all."""
    data = head_of(path, BYTES_READ)

    marks, report = marks_of(parser_of(path), [data])

    lines = data.count(b"\n") + 1
    severities = [severity for _, severity in marks]
    said = (report.warnings, report.errors)
    marked = (severities.count("warning"), len(severities) - severities.count("warning"))
    kept = {(m.line, m.severity) for m in report.messages if m.severity != "note"}
    assert all(1 <= line <= lines for line, _ in marks)
    assert kept <= set(marks)
    assert (marked[0] >= said[0] and marked[1] >= said[1]) or report.role in PRINTED


PRINTED = {"dat"}
"""Roles whose file prints totals that count more than it shows."""


@settings(max_examples=60)
@given(path=st.sampled_from(LOGS), places=st.lists(st.integers(0, 150_000), max_size=12))
def test_any_split_marks_the_same_lines(path, places):
    data = head_of(path, 150_000)
    kind = parser_of(path)

    assert marks_of(kind, cut(data, places))[0] == marks_of(kind, [data])[0]


def test_marks_end_at_their_limit_and_begin_again_with_a_further_run(monkeypatch):
    monkeypatch.setattr("workers.parsers.messages.MARKS_KEPT", 2)
    messages = Messages()
    for line in (1, 2, 3):
        messages.add("warning", None, "again", line)
    messages.add("note", None, "no mark", 4)
    again = Messages(messages.state, messages._marks)
    again.add("warning", None, "again", 5)
    again.add("error", None, "first", 6)
    fresh = again.afresh()
    fresh.add("warning", None, "again", 7)

    assert fresh.take_marks() == [(1, "warning"), (2, "warning"), (6, "error"), (7, "warning")]
    assert fresh.take_marks() == []


LINES = st.lists(st.integers(0, 3 * STEP), max_size=8)


@settings(max_examples=60)
@given(lines=LINES, places=st.lists(st.integers(0, 8 * STEP), max_size=8))
def test_places_are_those_of_the_lines_however_they_are_read(lines, places):
    data = b"\n".join(b"x" * length for length in lines)
    begins = [0] + [at + 1 for at, byte in enumerate(data) if byte == 10]
    noted, wanted = 0, []
    for number, begin in enumerate(begins, 1):
        if begin // STEP > noted:
            noted = begin // STEP
            wanted.append((float(begin), float(number)))

    points: Points = {}
    reading, offset = Places(), 0
    for chunk in cut(data, places):
        reading.feed(chunk, offset, points)
        reading = Places(reading.state)
        offset += len(chunk)

    assert points.get("place.line", []) == wanted
    assert reading.state["lines"] == data.count(b"\n")
