"""The layout of a family's picture and list."""

from hypothesis import given
from hypothesis import strategies as st

from pdfjobs.family.familytree import LEAVES_KEPT, Item, drawn, listed

EDGES = st.lists(st.tuples(st.integers(1, 15), st.integers(1, 15)), max_size=40)


def places(tree):
    return {(node.number, node.folded): (node.layer, node.row) for node in tree.nodes}


def test_variants_stand_right_of_their_bases():
    tree = drawn([1, 2, 3, 4], [(1, 2), (1, 3), (2, 4), (3, 4)], 1)

    assert places(tree) == {(1, 0): (0, 0), (2, 0): (1, 0), (3, 0): (1, 1), (4, 0): (2, 0)}
    assert [line.back for line in tree.lines] == [False] * 4


def test_a_circle_is_drawn_with_one_line_back():
    tree = drawn([1, 2], [(1, 2), (2, 1)], 1)

    assert [line.back for line in tree.lines] == [False, True]


def test_many_variants_that_lead_nowhere_are_folded_but_the_job_looked_at():
    tree = drawn(range(1, 41), [(1, number) for number in range(2, 41)], 2)

    shown = sorted(node.number for node in tree.nodes if not node.folded)
    assert shown == [1, 2, *range(41 - LEAVES_KEPT, 41)]
    assert [(node.number, node.folded) for node in tree.nodes if node.folded] == [(1, 30)]


def test_the_list_has_each_job_once_below_its_lowest_base():
    assert listed([1, 2, 3, 4], [(1, 2), (1, 3), (2, 4), (3, 4)]) == [
        Item(1, 0, ()),
        Item(2, 1, ()),
        Item(4, 2, (3,)),
        Item(3, 1, ()),
    ]


@given(edges=EDGES)
def test_any_graph_is_drawn_and_listed_with_each_job_once_and_no_two_in_one_place(edges):
    edges = [edge for edge in edges if edge[0] != edge[1]]
    tree, items = drawn([1], edges, 1), listed([1], edges)

    numbers = {1, *(number for edge in edges for number in edge)}
    assert sorted(item.number for item in items) == sorted(numbers)
    assert sum(node.folded or 1 for node in tree.nodes) == len(numbers)
    assert len({(node.x, node.y) for node in tree.nodes}) == len(tree.nodes)
