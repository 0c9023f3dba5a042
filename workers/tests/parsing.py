"""A parser fed with a log, whole or in pieces."""

import json
from itertools import pairwise

from workers.parsers import claimant
from workers.parsers.report import HEAD_BYTES, MESSAGES_KEPT

STATE_BYTES = 64_000


def read(parser_type, *chunks):
    """Report and points of the log that comes in these chunks, as text or bytes."""
    parser, points = parser_type(), {}
    for chunk in chunks:
        _add(parser.feed(_bytes(chunk)), points)
    _add(parser.finish(), points)
    return parser.report(), points


def report_of(parser_type, *chunks):
    return read(parser_type, *chunks)[0]


def points_of(parser_type, *chunks):
    return read(parser_type, *chunks)[1]


def claimed_report(log):
    """The report of the one parser that claims the log."""
    parser_type = claimant(_bytes(log)[:HEAD_BYTES])
    assert parser_type, "no parser, or more than one, claims it"
    return report_of(parser_type, log)


def outcome(parser_type, chunks):
    """Report and points, with all that is promised on the way; the state goes through JSON after every chunk.

    As text, since nan is not equal to itself.
    """
    points = {}
    parser = parser_type()
    for chunk in chunks:
        _add(parser.feed(chunk), points)
        parser = parser_type(json.loads(small_state(parser)))
    growing = parser.report()
    assert len(growing.messages) <= MESSAGES_KEPT
    json.dumps(growing.to_json(), allow_nan=False)
    _add(parser.finish(), points)
    return json.dumps(parser.report().to_json(), allow_nan=False), repr(points)


def small_state(parser):
    state = json.dumps(parser.state, allow_nan=False)
    assert len(state) <= STATE_BYTES, f"state of {len(state)} bytes"
    return state


def cut(data, places):
    """The pieces of the log between these places; those behind its end are counted from its begin again."""
    places = [0, *sorted(place % (len(data) + 1) for place in places), len(data)]
    return [data[a:b] for a, b in pairwise(places)]


def _bytes(text):
    return text.encode() if isinstance(text, str) else text


def _add(news, points):
    for name, added in news.points.items():
        points.setdefault(name, []).extend(added)
