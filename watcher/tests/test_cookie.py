"""The self-test says whether events arrive, and leaves nothing in the folder."""

import os
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from watchdog.events import FileSystemEventHandler
from watchdog.observers import Observer

from watcher.cookie import WAIT_S, Cookie, is_cookie
from watcher.filters import is_noise

from .waiting import wait_until


@pytest.fixture
def hotfolder(tmp_path):
    (tmp_path / "beam.inp").touch()
    return tmp_path


def lies_in(folder):
    (cookie,) = set(os.listdir(folder)) - {"beam.inp"}
    assert is_cookie(cookie)
    assert is_noise(cookie)
    return cookie


def test_real_events_are_heard(hotfolder):
    cookie = Cookie(str(hotfolder))

    class Hears(FileSystemEventHandler):
        def dispatch(self, event):
            cookie.heard(Path(os.fsdecode(event.src_path)).name)

    observer = Observer()
    observer.schedule(Hears(), str(hotfolder))
    observer.start()
    try:
        for _ in range(3):
            assert cookie.start(time.monotonic())
            wait_until(lambda: cookie.verdict(time.monotonic()) is not None)
            assert cookie.verdict(time.monotonic()) is True
            assert os.listdir(hotfolder) == ["beam.inp"]
    finally:
        observer.stop()
        observer.join()


@pytest.mark.parametrize(
    ("heard_after", "asked_after", "verdict"),
    [
        (None, 0, None),
        (None, WAIT_S, None),
        (None, WAIT_S + 0.01, False),
        (0, 0, True),
        (WAIT_S, WAIT_S, True),
        (WAIT_S + 1, WAIT_S + 1, True),  # nobody had asked: the loop was late, not the event
    ],
)
def test_the_verdict_is_known_with_the_event_or_when_its_time_is_over(
    hotfolder, heard_after, asked_after, verdict
):
    cookie = Cookie(str(hotfolder))
    assert cookie.start(100.0)
    name = lies_in(hotfolder)

    cookie.heard("beam.inp")
    if heard_after is not None:
        cookie.heard(name)

    assert cookie.verdict(100.0 + asked_after) is verdict
    left = {name, "beam.inp"} if verdict is None else {"beam.inp"}
    assert set(os.listdir(hotfolder)) == left


def test_a_verdict_stands_until_the_next_start(hotfolder):
    cookie = Cookie(str(hotfolder))
    assert cookie.verdict(0.0) is None
    cookie.start(0.0)
    late = lies_in(hotfolder)
    assert cookie.verdict(3.0) is False

    cookie.heard(late)
    assert cookie.verdict(4.0) is False

    cookie.start(60.0)
    assert cookie.verdict(60.0) is None
    cookie.heard(late)
    assert cookie.verdict(61.0) is None
    cookie.heard(lies_in(hotfolder))
    assert cookie.verdict(61.0) is True


@pytest.mark.parametrize("folder", ["missing", "beam.inp", "/proc/self"])
def test_where_nothing_can_be_written_there_is_no_verdict(hotfolder, folder):
    cookie = Cookie(str(hotfolder / folder))

    assert cookie.start(0.0) is False

    assert cookie.verdict(10.0) is None
    cookie.close()


def test_a_verdict_does_not_outlive_a_start_that_fails(hotfolder):
    folder = hotfolder / "runs"
    folder.mkdir()
    cookie = Cookie(str(folder))
    cookie.start(0.0)
    cookie.heard(os.listdir(folder)[0])
    assert cookie.verdict(0.0) is True
    folder.rmdir()

    assert cookie.start(60.0) is False

    assert cookie.verdict(70.0) is None


def test_what_killed_watchers_left_is_removed_and_nothing_else(hotfolder):
    ours = [".pdfjobs-cookie-1-1", ".pdfjobs-cookie-4194304-77", f".pdfjobs-cookie-{os.getpid()}-1"]
    others = ["beam.inp", ".pdfjobs-cookie-1", ".pdfjobs-cookie-a-1", ".pdfjobs-cookie-1-1.inp"]
    for name in ours + others:
        (hotfolder / name).touch()
    cookie = Cookie(str(hotfolder))

    assert cookie.start(0.0)
    cookie.close()

    assert sorted(os.listdir(hotfolder)) == sorted(others)
    assert [name for name in ours + others if is_cookie(name)] == ours


def test_a_cookie_that_somebody_took_away_is_no_fault(hotfolder):
    cookie = Cookie(str(hotfolder))
    cookie.start(0.0)
    (hotfolder / lies_in(hotfolder)).unlink()

    assert cookie.verdict(3.0) is False
    assert cookie.start(4.0)
    cookie.close()
    assert os.listdir(hotfolder) == ["beam.inp"]


@given(
    st.lists(
        st.one_of(
            st.tuples(st.just("start"), st.floats(0, 3)),
            st.tuples(st.just("ask"), st.floats(0, 3)),
            st.tuples(st.just("hear"), st.floats(0, 3)),
        ),
        max_size=20,
    )
)
def test_whatever_happens_one_file_lies_there_at_most_and_none_at_the_end(tmp_path_factory, steps):
    folder = tmp_path_factory.mktemp("runs")
    cookie, now = Cookie(str(folder), process=1), 0.0
    for action, seconds in steps:
        now += seconds
        if action == "start":
            assert cookie.start(now)
            assert cookie.verdict(now) is None
        elif action == "hear":
            for name in os.listdir(folder):
                cookie.heard(name)
        elif cookie.verdict(now) is not None:
            assert os.listdir(folder) == []
        assert len(os.listdir(folder)) <= 1

    cookie.close()
    assert os.listdir(folder) == []
