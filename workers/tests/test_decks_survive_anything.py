"""Decks as bad disks, bad shares and bad luck leave them: each reader reads them all and raises nothing."""

import io
import json
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workers.decks import READERS
from workers.tests import (
    test_decks_mapdl,
    test_decks_other_solvers,
    test_decks_pam_crash,
    test_decks_readers,
)
from workers.tests.mutants import mutant

DECKS = [
    text.encode()
    for module in (
        test_decks_readers,
        test_decks_mapdl,
        test_decks_other_solvers,
        test_decks_pam_crash,
    )
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


PIECES = [
    *(b"*NODE\n", b"*ELEMENT_SHELL\n", b"*INCLUDE\na\n", b"*INCLUDE, INPUT=a\n", b"/NODE\n", b"/SHELL/1\n", b"#include a\n"),
    *(b"BEGIN BULK\n", b"INCLUDE 'a\n", b"'\n", b"GRID,1\n", b"SOL 101\n", b"nblock,3,,5\n", b"EBLOCK,19\n", b"SOLVE\n", b"a=b=c\n"),
    *(b"/INPUT,a\n", b"SOLVER= EULER\n", b"MESH_FILENAME= a\n", b"CONFIG_LIST= (a, a)\n", b"NPOIN= x\n", b"<febio_spec>", b"</"),
    *(b'<x from="a"/>', b"<Include>a</Include>", b"<Control>", b"</Control>", b"{", b"}", b"(", b";", b'#include "a"\n', b"#calc \"1/0\";"),
    *(b"endTime 1e999;", b"*PARAMETER\n", b"R a 1\n", b"*END\n", b"*STEP\n*STATIC\n", b",,,\n", b"1,nan,inf\n", b"\0", b"\xff\n", b"\n"),
    *(b"*INSTANCE, PART=P\n", b"*PART, NAME=P\n", b"/BEGIN\na\n", b"/RUN/a/1\n-1\n", b"TSTEP,1,9,9e999\n", b"TIME,1e400\n", b"LSSOLVE,1,1e9\n"),
    *(b"/INPUT\n", b"*SET,a,9e99\n", b"/TITLE,%a%%\n", b"/CLEAR\n", b"*CREATE\n", b"LSWRITE,\n", b"ANTYPE\n", b"*USE\n"),
    *(b"connectivity\n", b"coordinates\n 3 9\n", b"end option\n", b"time step\n 1e300\n", b"auto load\n 9e99\n", b"continue\n", b"include\n"),
    *(b"DEBUT()\n", b"a=DEFI_LIST_REEL(VALE=(0,1e999),", b"STAT_NON_LINE(INST_FIN=1e308, LIST_INST=a", b")\n", b"INCLUDE(DONNEE='a')\n", b"F comm a D 1\n"),
    *(b"F mail a D 20\n", b"COOR_3D\n", b"HEXA8\n", b"FINSF\n", b"Simulation\n", b"Simulation Type=Transient\n", b"Timestep Intervals = 9 1e300\n"),
    *(b"Timestep Sizes = 1e300 1\n", b"Mesh = a\n", b"Solver 1 :: x = y\n", b"INCLUDE a\n", b"End\n", b"END\n", b"$a=1e300*1e300\n", b"\\\n", b"!a\n"),
    *(b"/file/read-journal a\n", b"it 99999999999999999\n", b"/solve/set/time-step 1e300\n", b"/solve/dti 999999999999999\n", b"(ti-menu-load-string \"it 5\")\n"),
    *(b"FLOW: a\n", b"ANALYSIS TYPE:\n", b"Option = Transient\n", b"EXPRESSIONS:\n", b"a = a*b\n", b"b = a+a [ms]\n", b"TIME DURATION:\n", b"Total Time = a\n"),
]  # fmt: skip


@pytest.mark.parametrize("reader", READERS, ids=lambda reader: reader.solver)
@settings(max_examples=60)
@given(pieces=st.lists(st.sampled_from(PIECES) | st.binary(max_size=20), max_size=25))
def test_nothing_a_user_writes_makes_a_reader_raise(reader, pieces):
    deck = b"".join(pieces)

    facts = reader.read(io.BytesIO(deck), lambda name, source: io.BytesIO(deck))

    reader.claims(deck)
    kept = json.dumps(facts.to_json(), allow_nan=False, ensure_ascii=False).encode()
    assert (len(kept) < 1 << 20, b"\\u0000" in kept) == (True, False)
