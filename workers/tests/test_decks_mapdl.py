"""The reader of MAPDL scripts on small decks of our own, written from the manual."""

import pytest

from workers.decks.facts import Step
from workers.tests.deckreading import named, read

MAPDL = """/COM,ANSYS RELEASE 2021 R2           BUILD 21.2
/TITLE, Ring
/PREP7
tend=4
CDREAD,DB,ring,cdb
/INPUT,loads,dat
N,1,0,0,0 $ N,2,1,0,0
/SOLU
ANTYPE,TRANS
NLGEOM,ON
TIME,tend/2
NSUBST,10,100,5
SOLVE
TIME,tend
SOLVE   ! second
/SYS,rm -f x
*USE,report
"""


def test_a_mapdl_deck():
    files = {
        "ring.cdb": "NBLOCK,6,SOLID\n(3i9,6e21.13e3)\n 10 0 0 1. 2. 3.\n 90 0 0 1. 2. 3.\nN,R5.3,LOC,       -1,\n"
        "EBLOCK,19,SOLID\n(19i9)\n"
        + " 1" * 8
        + " 10"
        + " 1" * 10
        + "\n 7 8\n"
        + " 1" * 8
        + " 8 0 2"
        + " 3" * 8
        + "\n-1\n",
        "loads.dat": "F,1,FX,3\n",
    }

    facts = read("ansys", MAPDL, files)

    assert (facts.title, facts.solver_version, facts.nodes, facts.elements) == (
        "Ring",
        "2021 R2",
        4,
        2,
    )
    assert facts.steps == [Step("TRANS", 2.0, None, True), Step("TRANS", 2.0, None, True)]
    assert facts.end_time == 4.0
    assert named(facts) == [
        ("ring.cdb", 5, "", "found"),
        ("loads.dat", 6, "", "found"),
        ("report.mac", 17, "", "missing"),
    ]
    assert facts.runs_code == ["/SYS runs a command of the system"]


@pytest.mark.parametrize(
    ("numbers", "steps"),
    [("1,5,2", 3), ("1,5", 5), ("5,1", 1), ("1,nan", 1), ("1,5,nan", 5), ("1,1e9", 1), ("", 1)],
)
def test_mapdl_solves_as_many_load_step_files_as_are_asked_for(numbers, steps):
    assert read("ansys", f"LSSOLVE,{numbers}\n").step_count == steps


@pytest.mark.parametrize(
    ("deck", "title", "nodes", "elements", "end_time"),
    [
        ("*SET,n,4\n/TITLE,beam of %n*2% and %m%\n", "beam of 8 and %m%", 0, 0, None),
        ("part='arm'\n/TITLE,%part%\n", "arm", 0, 0, None),
        ("N,1\nN,R5.3,LOC,-1,\nE,1,2\nEN,2,1\n", None, 1, 2, None),
        ("N,1\nE,1\n/CLEAR\nN,1\nN,2\n/CLEAR\n", None, 2, 0, None),
        ("N,1\nN,9\nFILL\nE,1,2\nEGEN,8,1,1\n", None, 0, 0, None),
        ("TIME,2\nLSWRITE,1\nTIME,5\nLSWRITE,2\nLSSOLVE,1,2\n", None, 0, 0, 5.0),
        ("TIME,2\nSOLVE\nFINISH\n/SOLU\nANTYPE,MODAL\nSOLVE\n", None, 0, 0, 2.0),
        ("TIME,2\nSOLVE\n/CLEAR,NOSTART\n", None, 0, 0, 2.0),
    ],
)
def test_a_mapdl_deck_means_what_its_commands_leave(deck, title, nodes, elements, end_time):
    facts = read("ansys", deck)

    found = (facts.title, facts.nodes, facts.elements, facts.end_time)
    assert found == (title, nodes, elements, end_time)


def test_mapdl_names_its_files_by_what_is_set_before():
    deck = "/FILNAME,arm\n/INPUT,,cdb\n*CREATE,load,mac\nF,1\n*END\n*USE,load\n/INPUT,load,mac\nI=3\nCDREAD,DB,'m%I%',cdb\n*USE,post\n/INPUT\n"

    facts = read("ansys", deck)

    assert [name for name, *_ in named(facts)] == ["arm.cdb", "m3.cdb", "post.mac"]
