"""No bytes whatever make a parser raise, grow or run away.

A few thousand mutants here; `make fuzz` (PDFJOBS_LONG=1) tries a million on every core, PDFJOBS_SEED another million.
"""

import os
import random
import re
import signal
import sys
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import pytest

from workers.parsers import PARSERS, by_name, claimant
from workers.parsers.report import HEAD_BYTES
from workers.tests.logcorpus import head_of, own_logs, parser_of, shared_logs
from workers.tests.mutants import mutant, window
from workers.tests.parsing import cut, outcome, small_state

LONG = bool(os.environ.get("PDFJOBS_LONG"))
MUTANTS, BATCH = (1_000_000, 1000) if LONG else (800, 400)
PER_PARSER = 50
SEED = int(os.environ.get("PDFJOBS_SEED", "0"))
INPUT_S = 5
"""A mutant has at most 80 kB; one that takes a thousand times as long as others is a fault."""


def corpus():
    """Bytes of each parser's logs, by its name."""
    logs: dict[str, list[bytes]] = {}
    for path in [*own_logs(), *shared_logs()]:
        logs.setdefault(parser_of(path).name, []).append(head_of(path, 400_000))
    return logs


@pytest.fixture(scope="module")
def logs():
    return corpus()


def too_long(number, frame):
    raise TimeoutError


def try_one(chance, logs, everything, parser_type):
    own = logs.get(parser_type.name) or everything
    origin = chance.choice(own if chance.random() < 0.9 else everything)
    data = mutant(chance, window(chance, origin, chance.choice((800, 3000, 12_000))), everything)
    claimant(data[:HEAD_BYTES])
    cuts = [chance.randrange(len(data) + 1) for _ in range(chance.choice((0, 0, 1, 3)))]
    in_pieces = outcome(parser_type, cut(data, cuts))
    if cuts and chance.random() < 0.3:
        assert in_pieces == outcome(parser_type, [data]), f"differs when cut at {cuts}"


def try_many(seed, count, names, logs, signalled=True):
    """Tries so many mutants; what went wrong, each with the seed that makes it again."""
    everything = [data for each in logs.values() for data in each]
    faults = []
    previous = signal.signal(signal.SIGALRM, too_long) if signalled else None
    for number in range(count):
        name = names[number % len(names)]
        chance = random.Random(f"{seed} {number} {name}")
        if signalled:
            signal.setitimer(signal.ITIMER_REAL, INPUT_S)
        try:
            try_one(chance, logs, everything, by_name(name))
        except BaseException as error:
            if isinstance(error, KeyboardInterrupt):
                raise
            faults.append(f"{name}, seed {seed} {number}: {error!r:.300}")
        finally:
            if signalled:
                signal.setitimer(signal.ITIMER_REAL, 0)
        if len(faults) > 20:
            break
    if signalled:
        signal.signal(signal.SIGALRM, previous)
    return faults


@pytest.mark.parametrize("parser_type", PARSERS, ids=lambda parser: parser.name)
def test_mutants_of_a_parsers_logs_raise_nothing_and_keep_it_small(parser_type, logs):
    faults = try_many(SEED, PER_PARSER, [parser_type.name], logs, signalled=False)

    assert faults == []


@pytest.mark.parametrize("parser_type", PARSERS, ids=lambda parser: parser.name)
def test_a_line_without_an_end_is_no_burden(parser_type):
    parser = parser_type()
    for _ in range(20):
        parser.feed(b"1.0 x= " * 60_000)
    parser.feed(b"\n")
    parser.finish()

    small_state(parser)


@pytest.mark.parametrize("parser_type", PARSERS, ids=lambda parser: parser.name)
def test_a_number_of_thousands_of_digits_is_no_fault(parser_type, logs):
    """Python refuses to convert those; each kind of line comes again, with one number after the other so long."""
    kinds = set()
    for data in logs[parser_type.name]:
        outcome(parser_type, [b"".join(with_long_numbers(data, kinds))])


def with_long_numbers(data, kinds):
    for line in data.splitlines(keepends=True):
        yield line
        if (kind := re.sub(rb"[\d\s.+-]+", b"", line)) not in kinds:
            kinds.add(kind)
            for one in list(re.finditer(rb"\d+", line))[:8]:
                yield line[: one.start()] + b"9" * 5000 + line[one.end() :]


@pytest.mark.parametrize("parser_type", PARSERS, ids=lambda parser: parser.name)
def test_random_bytes_are_claimed_by_none(parser_type):
    chance = random.Random(1)

    assert not any(parser_type.claims(chance.randbytes(HEAD_BYTES)) for _ in range(50))
    assert not parser_type.claims(b"")


_kept: dict[str, list[bytes]] = {}


def try_batch(seed):
    _kept.update(_kept or corpus())
    return try_many(seed, BATCH, [parser.name for parser in PARSERS], _kept)


@pytest.mark.timeout(6 * 3600 if LONG else 60)
def test_mutants_on_every_core_raise_nothing_and_take_no_long_time():
    faults, done = [], 0
    context = get_context("spawn")
    with ProcessPoolExecutor(os.cpu_count(), mp_context=context) as pool:
        seeds = range(SEED * 1_000_003 + 1, SEED * 1_000_003 + 1 + MUTANTS // BATCH)
        for found in pool.map(try_batch, seeds):
            faults += found
            done += BATCH
            if done % 20_000 == 0:
                sys.stderr.write(f"{done} mutants, {len(faults)} faults\n")
            if len(faults) > 50:
                pool.shutdown(cancel_futures=True)
                break

    assert faults == []
