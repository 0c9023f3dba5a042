"""The kernel's limits are read as it tells them, and the advice on them helps."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watcher.limits import Limits, Use, advice

DEBIAN = Limits(192_536, 16_384, 128)


def test_this_kernels_limits_are_read():
    limits = Limits.read()

    assert {type(limits.max_user_watches), type(limits.max_queued_events)} == {int}
    assert limits.max_user_instances > 0


def test_a_limit_that_cannot_be_read_is_none(tmp_path):
    (tmp_path / "max_user_watches").write_text("8192\n")
    (tmp_path / "max_queued_events").write_text("many\n")

    assert Limits.read(tmp_path) == Limits(8192, None, None)
    assert advice(Limits.read(tmp_path), Use(watches=100)) == []


@pytest.mark.parametrize(
    ("use", "sentences"),
    [
        (Use(watches=0), []),
        (Use(watches=150_000), []),
        (
            Use(watches=190_000),
            [
                "190,000 of the kernel's 192,536 watches are held by this watcher: run `sysctl "
                "fs.inotify.max_user_watches=524288` and, for it to last, put "
                "`fs.inotify.max_user_watches = 524288` in /etc/sysctl.d."
            ],
        ),
        (
            Use(watches=192_000, refused=100_000),
            [
                "The kernel has no watch left of the 192,536 that this user's processes may hold "
                "for 100,000 folders, polled instead: run `sysctl "
                "fs.inotify.max_user_watches=1048576` and, for it to last, put "
                "`fs.inotify.max_user_watches = 1048576` in /etc/sysctl.d; "
                "292,000 watches take about 286 MB of its memory."
            ],
        ),
        (
            Use(watches=10, overflows=1, instance_refused=True),
            [
                "The kernel's queue of 16,384 events overflowed once, and what it lost was found "
                "by looking again, which is slower: run `sysctl "
                "fs.inotify.max_queued_events=65536` and, for it to last, put "
                "`fs.inotify.max_queued_events = 65536` in /etc/sysctl.d, then restart the watcher.",
                "The kernel has no inotify instance left of the 128 that this user's processes may "
                "hold, so folders are polled: run `sysctl fs.inotify.max_user_instances=512` and, "
                "for it to last, put `fs.inotify.max_user_instances = 512` in /etc/sysctl.d.",
            ],
        ),
    ],
)
def test_advice_says_what_is_wrong_and_what_to_run(use, sentences):
    assert advice(DEBIAN, use) == sentences


def test_without_known_limits_advice_names_none():
    unknown = Limits(None, None, None)

    watches, events = advice(unknown, Use(watches=0, refused=1, overflows=12))

    assert watches.startswith("The kernel has no watch left for 1 folder, polled instead: run ")
    assert events.startswith("The kernel's queue overflowed 12 times, and what it lost was found")


LIMIT = st.none() | st.integers(1, 2**29)


@given(
    st.builds(Limits, LIMIT, LIMIT, LIMIT),
    st.builds(Use, st.integers(0, 10**7), st.integers(1, 10**7), st.integers(1, 99), st.just(True)),
)
def test_whatever_is_advised_is_more_than_there_is_and_enough(limits, use):
    """A limit of a million that other processes use up must not be "raised" to half of that."""
    advised = dict(re.findall(r"sysctl fs\.inotify\.(\w+)=(\d+)", " ".join(advice(limits, use))))

    assert set(advised) == {"max_user_watches", "max_queued_events", "max_user_instances"}
    for name, value in advised.items():
        assert int(value) > (getattr(limits, name) or 0)
    assert int(advised["max_user_watches"]) >= use.watches + use.refused
