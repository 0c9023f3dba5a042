"""However much there is to look at, everything has its turn, and a loop that has nothing to do waits."""

import pytest

from watcher.survey import SLICE_S

from .rig import STEP_S, habits


def test_a_walk_gives_way_to_other_work(rig):
    """The clock goes on with each look at it, so no step walks the whole tree."""
    for number in range(50):
        rig.write(f"{number}/log")
    rig.begin()
    rig.tick_s = SLICE_S / 4
    steps = 0

    while rig.tree.survey.scanned_at is None:
        assert rig.tree.next_due() <= rig.now
        rig.tree.step(rig.now)
        steps += 1

    assert steps > 10


def test_a_whole_scan_goes_on_however_much_else_there_is_to_look_at(make):
    rig = make(is_watched=False, habits=habits(poll_s=0.1, stats_per_s=1e6))
    for number in range(20):
        rig.write(f"{number}/log")
    rig.begin()
    rig.tick_s = 2 * SLICE_S

    for _ in range(100):
        rig.turn()
        rig.tasks.do_all()

    assert rig.tree.survey.scanned_at is not None


def test_a_tree_moved_in_keeps_no_new_folder_waiting(rig):
    rig.rest()
    outside = rig.top.parent / "archive"
    for number in range(200):
        (outside / f"{number}").mkdir(parents=True)
        (outside / f"{number}/log").touch()
    outside.rename(rig.top / "archive")
    rig.tick_s = SLICE_S / 10
    rig.turn()

    rig.write("new/a/log")
    handed = []
    for _ in range(40):
        rig.turn()
        handed += rig.tasks.paths(len(handed))
        if "new/a/log" in rig.tasks.paths():
            break

    assert "new/a/log" in rig.tasks.paths()
    assert len(rig.tree.survey.looking.folders) < 200


def test_there_is_no_scan_while_there_is_more_to_hand_over_than_can_be(rig, monkeypatch):
    monkeypatch.setattr("watcher.tree.FLOOD", 10)
    for number in range(100):
        rig.write(f"{number}/log")
    rig.tasks.is_away = True
    rig.begin()
    rig.tick_s = SLICE_S / 10

    rig.run(40.0)
    assert 10 < rig.tree.pending < 40
    rig.tick_s = 0.0
    assert rig.tree.survey.next_due() == pytest.approx(rig.now + SLICE_S)

    rig.tasks.is_away = False
    assert len(rig.rest(10.0)) == 100


def test_a_tree_out_of_reach_has_nothing_due_but_its_tickets(rig):
    """What was ready and could not go anywhere made the loop turn without a pause."""
    rig.write("a/log")
    rig.run(1.0)
    rig.append("a/log")
    rig.write("b/log")
    rig.run(STEP_S)

    rig.tree.end()
    rig.end_events()
    rig.watches = None

    for _ in range(50):
        rig.turn()
        rig.tasks.do_all()
        rig.now += 1.0
        assert rig.tree.next_due() > rig.now - 1.0
    assert rig.tree.next_due() == float("inf")
    assert sorted(rig.tasks.paths()) == ["a/log"]
