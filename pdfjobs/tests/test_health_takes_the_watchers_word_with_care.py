"""The heartbeat as agreed with the watcher, and as no watcher should ever write it."""

import dataclasses
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pdfjobs.health.watcher import Import, Limits, Root, Watcher, read_watcher
from pdfjobs.heartbeat import Heartbeat, _word

NOW = 1_800_000_000.0
ROOT = {
    "name": "runs",
    "path": "/srv/pdfjobs/runs",
    "kind": "tree",
    "state": "mixed",
    "why": "another host may write in scratch (nfs4)",
    "age_s": 5.2,
    "pending": 3,
    "outstanding": 12,
    "oldest_s": 1.5,
    "oldest_path": "1000001_beam/beam.sta",
    "folders": 1240,
    "watches": 212,
    "polled": 1028,
    "overflows": 2,
    "rescans": 1,
    "handed": 88213,
    "scan_at": NOW - 30,
    "scan_s": 0.4,
    "import": {"done": 41, "total": 98},
}
WORD = {
    "pid": 4242,
    "host": "vm",
    "at": NOW - 1,
    "started_at": NOW - 86400,
    "rss_bytes": 61_000_000,
    "roots": [ROOT],
    "limits": {
        "watches": 212,
        "max_user_watches": 192536,
        "max_queued_events": 16384,
        "max_user_instances": 128,
    },
    "advice": ["Raise fs.inotify.max_queued_events to 131072."],
}


def heard(word, **values):
    return Heartbeat(**{"queue_server": True, "at": NOW - 1, "late": False, "word": word} | values)


def test_every_key_of_the_agreed_heartbeat_is_read():
    expected = Root(
        name="runs",
        path="/srv/pdfjobs/runs",
        kind="tree",
        state="mixed",
        why="another host may write in scratch (nfs4)",
        age_s=5.2,
        pending=3,
        outstanding=12,
        oldest_s=1.5,
        oldest_path="1000001_beam/beam.sta",
        folders=1240,
        watches=212,
        polled=1028,
        overflows=2,
        rescans=1,
        handed=88213,
        scan_at=NOW - 30,
        scan_s=0.4,
        importing=Import(41, 98),
    )

    assert read_watcher(heard(WORD), NOW) == Watcher(
        running=True,
        at=NOW - 1,
        age_s=1.0,
        pid=4242,
        host="vm",
        started_at=NOW - 86400,
        rss_bytes=61_000_000,
        roots=(expected,),
        limits=Limits(212, 192536, 16384, 128),
        advice=("Raise fs.inotify.max_queued_events to 131072.",),
    )


@pytest.mark.parametrize(
    ("values", "running"),
    [({}, True), ({"late": True}, False), ({"queue_server": False}, None)],
)
def test_without_the_queue_server_nobody_knows_whether_it_runs(values, running):
    assert read_watcher(heard(WORD, **values), NOW).running is running


@pytest.mark.parametrize("key", sorted(ROOT))
def test_a_root_without_one_of_its_keys_is_told_with_the_others(key):
    whole = dataclasses.asdict(read_watcher(heard(WORD), NOW).roots[0])
    part = {name: value for name, value in ROOT.items() if name != key}

    roots = read_watcher(heard(WORD | {"roots": [part]}), NOW).roots

    if key == "name":
        assert roots == ()
        return
    field = "importing" if key == "import" else key
    default = next(each.default for each in dataclasses.fields(Root) if each.name == field)
    assert dataclasses.asdict(roots[0]) == whole | {field: default}


def test_a_path_that_is_no_text_and_words_full_of_controls_become_readable():
    odd = ROOT | {"oldest_path": "rüm\udcff/a\nb.sta", "why": "\x1b[31mred"}

    (root,) = read_watcher(heard(WORD | {"roots": [odd]}), NOW).roots

    root.oldest_path.encode()
    assert "\n" not in root.oldest_path
    assert root.why == "�[31mred"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from([*WORD, *ROOT, *WORD["limits"], "done", "total"]), inner)
    ),
    max_leaves=30,
)


@given(word=st.dictionaries(st.sampled_from(sorted(WORD)), JSON), root=st.dictionaries(st.sampled_from(sorted(ROOT)), JSON))  # fmt: skip
def test_no_word_breaks_the_reader(word, root):
    read = read_watcher(heard({**word, "roots": [root | {"name": "runs"}, word]}), NOW)

    json.dumps(dataclasses.asdict(read), allow_nan=False).encode()


@pytest.mark.parametrize("raw", [None, b"", b"[]", b"null", b"{", b"{}", b'{"at": null}', b'{"at": true}', b'{"at": "1"}', b"\xff"])  # fmt: skip
def test_a_word_without_a_time_is_none(raw):
    assert _word(raw) is None
