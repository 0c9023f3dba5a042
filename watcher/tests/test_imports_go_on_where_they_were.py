"""What lay there before anybody watched is handed over bit by bit, behind the news, and once."""

import pytest

from .rig import STEP_S

HOUR = 3600.0


def archive(rig, folders=40, files=5):
    """Old runs; their paths."""
    paths = [f"{run}/{file}" for run in range(folders) for file in range(files)]
    for path in paths:
        rig.write(path, age_s=2 * HOUR)
    return sorted(paths)


def test_an_import_says_how_far_it_is(rig):
    archive(rig, folders=300, files=5)
    rig.begin()

    rig.run(STEP_S)
    assert rig.state("import", "scan_at")["import"] == {"done": 160, "total": 300}
    rig.rest(5.0)
    assert rig.state("import") == {"import": None}


@pytest.mark.parametrize("is_committed", [True, False])
def test_an_import_that_is_killed_goes_on_where_it_was(make, is_committed):
    """What was on its way is handed over again only where the kill came before the memory knew."""
    rig = make()
    paths = archive(rig, folders=300, files=5)
    rig.begin()
    rig.run(STEP_S)
    half = len(rig.tasks.paths())
    assert 0 < half < len(paths)
    if not is_committed:
        rig.tasks.do_all()
        rig.tree.step(rig.now)
        rig.now += 0.2
        rig.tree.deliver(rig.tasks, rig.now)
        rig.tree.deliver(rig.tasks, rig.now)

    before = len(rig.tasks.paths())
    rig.restart()
    rig.rest(10.0)

    handed = rig.tasks.paths()
    assert sorted(set(handed)) == paths
    assert len(handed) == len(paths) + (before - half)
    assert {lane for lane, _ in rig.tasks.handed} == {"backlog"}


def test_an_import_goes_on_as_soon_as_there_is_room(rig):
    """It waited for whatever else woke the loop: half a second for every few hundred files."""
    archive(rig, folders=300, files=5)
    rig.begin()
    rig.turn()
    rounds = 0

    while rig.tree.state()["import"]:
        assert rig.tree.next_due() - rig.now <= 0.5
        rig.now = max(rig.now, rig.tree.next_due())
        rig.turn()
        rig.tasks.do_all()
        rounds += 1

    assert (rounds < 20, rig.now - 1000.0 < 2.0) == (True, True)


def test_news_do_not_wait_behind_an_import(rig):
    archive(rig, folders=300, files=5)
    rig.begin()
    rig.run(STEP_S)

    rig.write("new/log")

    assert rig.run(1.0)[-1:] == ["new/log"]
    assert rig.tasks.handed[-1] == ("ingest", ["new/log"])


def test_an_import_of_folders_emptied_meanwhile_is_no_endless_turn(rig):
    archive(rig, folders=100, files=1)
    rig.tasks.is_away = True
    rig.begin()
    rig.turn()
    for folder in range(100):
        (rig.top / f"{folder}/0").unlink()
    left = len(rig.tree.survey.looking.imports)

    rig.tree.survey.take_imports(10)

    assert left - len(rig.tree.survey.looking.imports) in (0, 10)


def test_an_import_makes_no_growing_log_wait_longer(rig):
    """Its files are read once; only logs that grow share the budget of readings."""
    archive(rig, folders=300, files=5)
    rig.begin()
    rig.write("new/log")
    rig.rest(3.0)
    assert len(rig.tasks.paths()) == 1501

    rig.append("new/log")

    assert rig.rest(0.5) == ["new/log"]
