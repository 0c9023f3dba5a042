"""Two states of a folder that differ have two digests, however they differ."""

import os
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watcher.digest import MODULUS, digest_of, digest_of_many

NAMES = st.binary(min_size=1, max_size=12).map(os.fsdecode)
# Python hashes -1 as it does -2, and so does a digest: the last two nanoseconds of 1969, and two of each 73 years before.
TIMES = st.integers(-(2**63), 2**63).filter(lambda ns: hash(ns) != hash(ns + 1))
STAMPS = st.tuples(st.integers(0, 2**64 - 1), st.integers(0, 2**63 - 1), TIMES)


@given(st.lists(st.tuples(NAMES, STAMPS), max_size=20))
def test_a_folders_digest_is_the_sum_of_its_files(files):
    one_by_one = sum(digest_of(name, stamp) for name, stamp in files) % MODULUS

    assert digest_of_many(files) == digest_of_many(reversed(files)) == one_by_one


@given(NAMES, STAMPS, st.lists(st.tuples(NAMES, STAMPS), unique_by=lambda file: file[0]))
def test_another_stamp_is_another_digest(name, stamp, others):
    others = [file for file in others if file[0] != name]
    before = digest_of_many([*others, (name, stamp)])

    for place in range(3):
        changed = list(stamp)
        changed[place] += 1
        assert digest_of_many([*others, (name, tuple(changed))]) != before
    assert digest_of_many(others) != before


@pytest.mark.parametrize("count", [2, 3])
def test_stamps_that_changed_places_do_not_cancel(count):
    """As when logs are rotated. With a plain sum of hashes one in ten of these are equal."""
    equal = []
    for n in range(5000):
        names = [f"beam_{n}.sta.{place}" for place in range(count)]
        stamps = [
            (10_000 + 3 * n + place, n * 7919 + place, 10**18 + n * 10**9 + place)
            for place in range(count)
        ]
        digests = [digest_of_many(zip(order, stamps, strict=True)) for order in permutations(names)]
        equal += [n] * (len(set(digests)) != len(digests))

    assert equal == []
