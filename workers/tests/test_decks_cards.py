"""Decks are summed up: what means the same gives the same sum, what does not is found again in it."""

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pdfjobs.decks.deckdiff import compare
from workers.decks.cardreaders import CARD_READERS, read_cards
from workers.decks.cards import CARDS_KEPT, ROWS_KEPT, Cards

DYNA = b"""*KEYWORD
*PARAMETER
R     tEnd       5.0
*CONTROL_TERMINATION
     &tEnd
*MAT_024_TITLE
steel
         5   7.85E-9    210000       0.3      0.25
*PART
bumper
        12         3         5
*SECTION_SHELL
         3         2
       1.5       1.5       1.5       1.5
*NODE
       1             0.0             0.0             0.0
       2             1.0             0.0             0.0
       3             1.0             1.0             0.0
*ELEMENT_SHELL
       1      12       1       2       3       3
*END
"""
# The same, written by another hand: commas, comments, order, numbers' forms, the material's name.
DYNA_AGAIN = b"""$ written on another day
*KEYWORD
*PARAMETER
R     TEND       5.
$#   shell
*SECTION_SHELL
3,2
1.50,1.5,1.5E0,1.5
*MAT_PIECEWISE_LINEAR_PLASTICITY_TITLE
steel
5,7.850e-9,2.1e5,.3,0.25,0,0.0
*CONTROL_TERMINATION
&tend
*PART
bumper
12,3,5
*ELEMENT_SHELL
       1      12       1       2       3       3
*NODE
2,1.,0,0
       3             1.0             1.0             0.0
       1             0.0             0.0             0.0
*END
"""
INP = b"""*NODE, NSET=N
1, 0., 0., 0.
2, 1., 0., 0.
*ELEMENT, TYPE=T3D2, ELSET=BAR
1, 1, 2
*MATERIAL, NAME=STEEL
*ELASTIC
210000., .3
*SOLID SECTION, ELSET=BAR, MATERIAL=STEEL
2.5
*STEP, INC=100
*STATIC
.1, 1.
*BOUNDARY
N, 1, 3
*CLOAD
2, 1, 100.
*END STEP
"""
NASTRAN = b"""SOL 101
CEND
SUBCASE 1
  LOAD = 2
BEGIN BULK
GRID           1             0.0     0.0     0.0
GRID           2             1.0     0.0     0.0
CBAR           1     101       1       2      0.      1.      0.
PBAR         101       1     1.0     2.0     3.0     4.0
MAT1           1  2.1E+5             0.3
FORCE          2       2       0    10.0      1.      0.      0.
ENDDATA
"""
NASTRAN_AGAIN = b"""$ free fields, another order
SOL 101
CEND
SUBCASE 1
LOAD=2
BEGIN BULK
MAT1,1,210000.,,.3
FORCE,2,2,0,1.0+1,1.,0.,0.
PBAR*                101               1              1.              2.
*                     3.              4.
GRID*                  2                             1.0             0.0
*                    0.0
GRID,1,,0.,0.,0.
CBAR,1,101,1,2,0.,1.,0.
ENDDATA
"""
RADIOSS = b"""#RADIOSS STARTER
/BEGIN
beam
      2022         0
/MAT/ELAST/1
steel
             7.8E-6
              210.0                 0.3
/NODE
         1                 0.0                 0.0                 0.0
         2                 1.0                 0.0                 0.0
/SHELL/7
         1         1         2         2         2
/END
"""
FEBIO = b"""<?xml version="1.0"?><febio_spec version="4.0"><Material><material id="1" name="m" type="neo-Hookean">
<E>1.0e3</E></material></Material><Mesh><Nodes name="all"><node id="1">0,0,0</node></Nodes>
<Elements type="hex8" name="part1"><elem id="1">1,1,1,1,1,1,1,1</elem></Elements></Mesh></febio_spec>"""
SU2 = b"% a comment\nSOLVER= EULER\nMACH_NUMBER= 0.80\nMARKER_EULER= ( airfoil )\n"
MAPDL = b"/PREP7\nmp,ex,1,2.1e5\nNBLOCK,3,,2\n(3i9,6e21.13)\n 1 0 0 0. 0. 0.\n 2 0 0 1. 0. 0.\nN,R5.3,LOC,-1,\nFINISH\n"
FOAM = b"application icoFoam;\nendTime 0.5;\nfunctions { probes { type probes; } }\n"


def missing(name, source):
    return None


def summed(solver, text, opener=missing):
    return read_cards(solver, io.BytesIO(text), opener)


def said(before, after):
    """Changes as lines: "changed *ELASTIC STEEL E 210000->200000"."""
    found = compare(before, after)
    return [
        " ".join(
            [change.kind, change.keyword, change.ident]
            + [f"{value.name} {value.before}->{value.after}" for value in change.values]
        )
        for group in found.groups
        for change in group.changes
    ]


@pytest.mark.parametrize(
    ("solver", "one", "other"),
    [
        ("ls-dyna", DYNA, DYNA_AGAIN),
        ("nastran", NASTRAN, NASTRAN_AGAIN),
        (
            "calculix",
            INP,
            INP.replace(b"*NODE, NSET", b"** x\n* node,nset").replace(b"100.", b"1e2"),
        ),
        ("su2", SU2, b"MARKER_EULER=(airfoil)\nMACH_NUMBER = 8e-1 % m\nSOLVER= EULER\n"),
        (
            "radioss",
            RADIOSS,
            RADIOSS.replace(b"#RADIOSS", b"# by hand\n#RADIOSS").replace(b"210.0", b"2.1E2"),
        ),
        (
            "febio",
            FEBIO,
            FEBIO.replace(b"1.0e3", b" 1000. ").replace(b"<Mesh>", b"<!-- x --><Mesh>"),
        ),
        (
            "openfoam",
            FOAM,
            b"// x\nfunctions{probes{type probes;}}\nendTime 5e-1; application icoFoam;",
        ),
        ("ansys", MAPDL, MAPDL.replace(b"mp,", b"MP , ").replace(b"FINISH", b"fini ! done")),
    ],
)
def test_what_means_the_same_gives_no_difference(solver, one, other):
    found = compare(summed(solver, one), summed(solver, other))

    assert (found.parameters, found.meshes, said(summed(solver, one), summed(solver, other))) == (
        [],
        [],
        [],
    )


@pytest.mark.parametrize(
    ("solver", "text", "old", "new", "lines"),
    [
        (
            "ls-dyna",
            DYNA,
            b"      0.25",
            b"      0.28",
            ["changed *MAT_PIECEWISE_LINEAR_PLASTICITY 5 SIGY 0.25->0.28"],
        ),
        ("ls-dyna", DYNA, b"5.0", b"6.0", ["changed *CONTROL_TERMINATION  ENDTIM 5->6"]),
        (
            "calculix",
            INP,
            b"210000.",
            b"200000.",
            ["changed *ELASTIC STEEL E 210000->200000"],
        ),
        ("calculix", INP, b"INC=100", b"INC=50", ["changed *STEP step 1 INC 100->50"]),
        ("abaqus", INP, b"1, 100.", b"1, 150.", ["changed *CLOAD step 1 2 1 value 100->150"]),
        ("nastran", NASTRAN, b"2.1E+5", b"2.0E+5", ["changed MAT1 1 E 210000->200000"]),
        ("nastran", NASTRAN, b"LOAD = 2", b"LOAD = 3", ["changed Load subcase 1  2->3"]),
        ("radioss", RADIOSS, b"210.0", b"200.0", ["changed /MAT/ELAST 1 3.1 210->200"]),
        ("su2", SU2, b"0.80", b"0.75", ["changed MACH_NUMBER   0.8->0.75"]),
        ("febio", FEBIO, b"1.0e3", b"2e3", ["changed Material material m/E  1000->2000"]),
        ("openfoam", FOAM, b"0.5", b"0.7", ["changed system/controlDict endTime  0.5->0.7"]),
        ("ansys", MAPDL, b"2.1e5", b"2e5", ["changed MP  3 210000->200000"]),
    ],
)
def test_a_changed_value_is_found_under_its_keyword(solver, text, old, new, lines):
    assert said(summed(solver, text), summed(solver, text.replace(old, new, 1))) == lines


def test_the_mesh_is_folded_to_counts_by_part():
    more = DYNA.replace(
        b"*END\n", b"*ELEMENT_SHELL\n       2      12       1       3       2       2\n*END\n"
    )

    found = compare(summed("ls-dyna", DYNA), summed("ls-dyna", more))

    assert [(each.kind, each.part, each.before, each.after) for each in found.meshes] == [
        ("shell elements", "12", 1, 2)
    ]
    assert said(summed("ls-dyna", DYNA), summed("ls-dyna", more)) == []


def test_includes_are_read_in_their_place():
    files = {"mat.k": b"*MAT_ELASTIC\n         7     1.0       2.0       0.3\n"}

    def opener(name, source):
        return io.BytesIO(files[name]) if name in files else None

    found = summed("ls-dyna", b"*KEYWORD\n*INCLUDE\nmat.k\n*INCLUDE\ngone.k\n*END\n", opener)

    assert [card[:2] for card in found["cards"]] == [("*MAT_ELASTIC", "7")]
    assert found["includes"] == [["mat.k", "found"], ["gone.k", "missing"]]


def test_what_is_kept_of_a_deck_is_bounded():
    cards = Cards("ls-dyna")
    cards.add("*DEFINE_CURVE", "1", [[n, n] for n in range(1000)])
    for _ in range(CARDS_KEPT):
        cards.add("*LOAD", "", [[1]])

    kept = cards.to_json(summed_facts())

    assert (len(kept["cards"]), kept["left_out"]) == (CARDS_KEPT, {"*LOAD": 1})
    assert len(kept["cards"][0][2]) == ROWS_KEPT + 1


def summed_facts():
    from workers.decks.facts import DeckFacts

    return DeckFacts("ls-dyna")


@pytest.mark.parametrize("solver", sorted(CARD_READERS))
@given(data=st.data())
def test_no_reader_stumbles_over_any_bytes(solver, data):
    sample = {
        "ls-dyna": DYNA, "nastran": NASTRAN, "optistruct": NASTRAN, "calculix": INP, "abaqus": INP,
        "radioss": RADIOSS, "febio": FEBIO, "su2": SU2, "ansys": MAPDL, "openfoam": FOAM,
    }[solver]  # fmt: skip
    lines = sample.splitlines(keepends=True)
    chosen = data.draw(st.lists(st.sampled_from(lines) | st.binary(max_size=30), max_size=30))
    text = b"".join(chosen)

    found = summed(solver, text, lambda name, source: io.BytesIO(text[:50]))

    assert found["solver"] == solver
    assert not compare(found, found)
