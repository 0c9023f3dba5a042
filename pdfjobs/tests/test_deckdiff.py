"""Two sums of decks become a difference at keyword level."""

from pdfjobs.decks.deckcards import pack, unpack
from pdfjobs.decks.deckdiff import Change, Value, compare, compare_facts
from pdfjobs.decks.meshdiff import MeshChange, mesh_changes


def deck(**parts):
    empty = {"solver": "ls-dyna", "ordered": False, "parameters": {}, "groups": {}, "fields": {}}
    return empty | {"cards": [], "meshes": [], "box": [], "includes": [], "left_out": {}} | parts


MATERIAL = {
    "groups": {"*MAT_ELASTIC": "material"},
    "fields": {"*MAT_ELASTIC": [["MID", "RO", "E"]]},
}


def test_a_changed_field_is_named_and_equal_numbers_are_none():
    before = deck(cards=[["*MAT_ELASTIC", "5", [[5, 7.85e-9, 210000]]]], **MATERIAL)
    after = deck(cards=[["*MAT_ELASTIC", "5", [[5.0, 7.85e-9, 200000.0]]]], **MATERIAL)

    found = compare(before, after)

    (group,) = found.groups
    assert (group.name, group.changes) == (
        "material",
        [Change("changed", "*MAT_ELASTIC", "5", [Value("E", 210000, 200000.0)])],
    )
    assert not compare(before, before)


def test_blanks_behind_the_last_value_change_nothing():
    filled = deck(cards=[["*MAT_ELASTIC", "5", [[5, "", 2], ["", ""], []]]], **MATERIAL)

    assert not compare(filled, deck(cards=[["*MAT_ELASTIC", "5", [[5, "", 2, ""]]]], **MATERIAL))
    assert compare(filled, deck(cards=[["*MAT_ELASTIC", "5", [["", 5, 2]]]], **MATERIAL))


def test_order_means_nothing_and_equals_among_namesakes_go_first():
    one, two, three = (["*LOAD", "", [[n]]] for n in (1, 2, 3))

    found = compare(deck(cards=[one, two]), deck(cards=[three, two, one]))

    assert [change for group in found.groups for change in group.changes] == [
        Change("added", "*LOAD", "", [Value("", None, 3)])
    ]


def test_in_a_script_order_counts():
    lines = [["D", "", [[n]]] for n in (1, 2)]

    found = compare(deck(ordered=True, cards=lines), deck(ordered=True, cards=lines[::-1]))

    assert [change.kind for group in found.groups for change in group.changes] == [
        "added",
        "removed",
    ]


def test_options_are_compared_by_their_names():
    found = compare(
        deck(cards=[["*STEP", "step 1", [["INC=100"]]]]),
        deck(cards=[["*STEP", "step 1", [["AMPLITUDE=RAMP", "INC=200"]]]]),
    )

    assert found.groups[0].changes[0].values == [
        Value("INC", "100", "200"),
        Value("AMPLITUDE", None, "RAMP"),
    ]


def test_parameters_and_includes_differ_by_name():
    found = compare(
        deck(parameters={"t": 1, "s": 2}, includes=[["a.k", "found"]]),
        deck(parameters={"t": 1.5, "s": 2}, includes=[["b.k", "found"]]),
    )

    assert found.parameters == [Value("t", 1, 1.5)]
    assert found.includes == [Value("a.k", "found", None), Value("b.k", None, "found")]


def test_a_mesh_differs_by_its_counts_never_by_its_nodes():
    before = deck(meshes=[["nodes", "", 9, "a"], ["shell elements", "12", 4210, "b"]])
    after = deck(meshes=[["nodes", "", 9, "c"], ["shell elements", "12", 4455, "d"]])

    assert mesh_changes(before, after) == [
        MeshChange("count", "shell elements", "12", 4210, 4455),
        MeshChange("moved", "nodes", "", 9, 9),
    ]


def test_a_renumbered_mesh_is_said_to_be_that_alone():
    numbers, shells = ["node numbers", "", 9], ["shell elements", "1", 4]
    before = deck(meshes=[["nodes", "", 9, "a"], [*numbers, "x"], [*shells, "p"]])
    after = deck(meshes=[["nodes", "", 9, "a"], [*numbers, "y"], [*shells, "q"]])

    assert mesh_changes(before, after) == [MeshChange("renumbered", "nodes", "", None, None)]


def test_decks_whose_cards_nobody_reads_are_compared_by_their_facts():
    found = compare_facts(
        {"title": "a", "controls": {"DT": 1}}, {"title": "a", "controls": {"DT": 2}}
    )

    assert found == [Value("DT", 1, 2)]


def test_a_sum_is_laid_down_and_read_again_as_it_was():
    assert unpack(pack(deck(parameters={"ä": 1.5}))) == deck(parameters={"ä": 1.5})
