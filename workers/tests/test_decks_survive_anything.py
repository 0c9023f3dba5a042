"""Decks as bad disks, bad shares and bad luck leave them: each reader reads them all and raises nothing."""

import io
import json
import random

import pytest

from workers.decks import READERS
from workers.tests import test_decks_other_solvers, test_decks_readers
from workers.tests.mutants import mutant

DECKS = [
    text.encode()
    for module in (test_decks_readers, test_decks_other_solvers)
    for name, text in vars(module).items()
    if name.isupper() and isinstance(text, str)
]
MUTANTS = 150


@pytest.mark.parametrize("reader", READERS, ids=lambda reader: reader.solver)
def test_a_harmed_deck_is_read_without_raising(reader):
    chance = random.Random(reader.solver)
    for _ in range(MUTANTS):
        deck, include = (mutant(chance, chance.choice(DECKS), DECKS) for _ in range(2))

        facts = reader.read(io.BytesIO(deck), lambda name, source, text=include: io.BytesIO(text))

        assert reader.claims(deck) in (True, False)
        assert len(json.dumps(facts.to_json(), allow_nan=False)) < 1 << 21
