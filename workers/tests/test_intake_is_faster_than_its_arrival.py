"""On a busy machine a deck may be taken in between two steps of the worker that shows it as arriving."""

import pytest

from pdfjobs.models import IntakeRecord
from pdfjobs.services import intake as service
from workers import tasks
from workers.tasks import intake
from workers.tests.intake_scene import DECK, scene

__all__ = ["scene"]


def claimed(scene, path):
    now = path.lstat()
    service.claim(
        service.Drop("hotfolder", path.name, now.st_dev, now.st_ino, now.st_size, now.st_mtime_ns)
    )


def taken_in(scene, path):
    scene.take_in(path)


def taken_away(scene, path):
    path.unlink()


@pytest.mark.parametrize(
    ("meanwhile", "content", "states"),
    [
        (taken_in, DECK, ["taken"]),
        (taken_in, b"no deck at all\n", ["refused"]),
        (claimed, DECK, ["claimed"]),
        (taken_away, DECK, []),
    ],
    ids=["a deck", "no deck", "half way", "gone"],
)
def test_it_leaves_no_second_record(scene, monkeypatch, meanwhile, content, states):
    path = scene.put("wing.inp", content)
    owner_of = intake.owner_of

    def owner_after_that(place):
        monkeypatch.setattr(intake, "owner_of", owner_of)
        meanwhile(scene, path)
        return owner_of(place)

    monkeypatch.setattr(intake, "owner_of", owner_after_that)
    tasks.arrive("hotfolder", ["wing.inp"], [len(content)])

    assert [record.state for record in IntakeRecord.objects.all()] == states


def test_one_that_goes_on_arriving_is_shown(scene):
    scene.put("wing.inp")

    tasks.arrive("hotfolder", ["wing.inp"], [6])

    (record,) = IntakeRecord.objects.all()
    assert (record.state, record.size) == ("arriving", 6)
