"""Decks of jobs are summed up once a version, and handed in again as they were handed in first."""

import os

import pytest

from pdfjobs import queue
from pdfjobs.decks.deckcards import summary_of
from pdfjobs.models import BaseRun, DeckCards, History, IntakeRecord, Job, Run
from pdfjobs.services import decksummary
from workers import tasks
from workers.decks.cards import VERSION
from workers.tasks import deckcards, runagain
from workers.tests.intake_scene import DECK, MAIN, MESH, scene, tree

__all__ = ["scene"]


@pytest.fixture
def asked(monkeypatch):
    """What was asked of the queue."""
    sent = []
    monkeypatch.setattr(queue, "make_room", lambda *_: True)
    monkeypatch.setattr(
        queue, "send", lambda *words, **values: sent.append((words[0], words[1], values))
    )
    return sent


def end(job):
    Run.objects.filter(job=job).update(finished=True)
    return Job.objects.get(pk=job.pk)


def handed_in(scene, job):
    """The drop that running the job's deck again makes."""
    before = set(os.listdir(scene.hot))
    runagain.hand_in(end(job), "mara")
    return sorted(name for name in set(os.listdir(scene.hot)) - before)


def test_a_deck_is_summed_up_with_its_includes(scene, asked):
    run = scene.take_in(scene.put_folder("beam", {"main.inp": MAIN, "mesh.inp": MESH}))

    deckcards.ask(run)
    deckcards.keep(run.job)

    assert asked == [("backlog", "workers.tasks.keep_cards", {"job_id": run.job_id})]
    summary = summary_of(run.job)
    assert [mesh[:3] for mesh in summary["meshes"]] == [["node numbers", "", 1], ["nodes", "", 1]]
    assert summary["includes"] == [["mesh.inp", "found"]]


def test_the_sweep_asks_for_what_is_missing_or_was_read_by_an_earlier_reader(scene, asked):
    runs = [scene.take_in(scene.put(f"beam{n}.inp")) for n in range(4)]
    for run in runs[:2]:
        deckcards.keep(run.job)
    DeckCards.objects.filter(job=runs[1].job).update(reader_version=VERSION - 1)
    (scene.folder_of(runs[3]) / runs[3].deck_file).unlink()

    deckcards.ask_for_missing(list(Run.objects.select_related("job")))

    assert [values["job_id"] for _, _, values in asked] == [runs[1].job_id, runs[2].job_id]


def test_a_deck_that_is_gone_or_a_link_leaves_what_was_kept(scene):
    run = scene.take_in(scene.put("beam.inp"))
    deckcards.keep(run.job)
    kept = summary_of(run.job)
    deck = scene.folder_of(run) / run.deck_file
    deck.unlink()

    deckcards.keep(run.job)
    deck.symlink_to("/etc/passwd")
    deckcards.keep(run.job)
    deck.unlink()
    os.mkfifo(deck)
    deckcards.keep(run.job)

    assert summary_of(run.job) == kept


def test_a_deck_that_no_reader_foresaw_is_noted_and_not_read_again(scene, asked, monkeypatch):
    def stumble(*_):
        raise ValueError("unforeseen")

    run = scene.take_in(scene.put("beam.inp"))
    monkeypatch.setattr(deckcards, "read_cards", stumble)

    deckcards.keep(run.job)
    deckcards.ask_for_missing(list(Run.objects.select_related("job")))

    assert summary_of(run.job) is None and asked == []
    assert decksummary.unread([run.job_id], VERSION) == set()


def test_a_deck_is_handed_in_again_with_its_job_as_base_run_and_the_person_as_owner(scene):
    first = scene.take_in(scene.put("beam one.inp"))
    Job.objects.filter(pk=first.job_id).update(project="bumper")

    names = handed_in(scene, first.job)
    second = scene.take_in(scene.hot / "beam one.inp")

    assert names == ["beam one.inp", "beam one.inp.job.toml"]
    job = second.job
    assert (job.name, job.owner, job.project) == ("beam one.inp", "mara", "bumper")
    assert list(job.base_runs.values_list("number", flat=True)) == [first.job.number]
    assert set(Job.objects.values_list("family", flat=True)) == {first.job.number}
    assert tree(scene.folder_of(second) / second.deck_file) == DECK
    assert tree(scene.folder_of(first) / first.deck_file) == DECK
    row = History.objects.get(job=first.job, field="run again")
    assert (row.actor, row.note) == ("mara", "handed in as beam one.inp")


def test_a_folder_comes_again_with_its_includes_and_without_results(scene):
    first = scene.take_in(scene.put_folder("wing", {"main.inp": MAIN, "mesh.inp": MESH}))
    (scene.folder_of(first) / "main.frd").write_bytes(b"results")

    (name, _) = handed_in(scene, first.job)
    second = scene.take_in(scene.hot / name)

    assert tree(scene.folder_of(second)) == {"main.inp": MAIN, "mesh.inp": MESH}
    assert BaseRun.objects.get().number == first.job.number


def test_two_at_once_get_names_of_their_own(scene):
    first = scene.take_in(scene.put("beam.inp"))

    assert handed_in(scene, first.job) == ["beam.inp", "beam.inp.job.toml"]
    assert handed_in(scene, first.job) == ["beam-2.inp", "beam-2.inp.job.toml"]


def test_what_is_not_there_any_more_is_told_and_leaves_nothing_behind(scene):
    first = scene.take_in(scene.put("beam.inp"))
    deck = scene.folder_of(first) / first.deck_file
    deck.unlink()

    gone = handed_in(scene, first.job)
    deck.symlink_to("/etc/passwd")
    linked = handed_in(scene, first.job)

    assert (gone, linked) == ([], [])
    notes = list(History.objects.filter(field="run again").values_list("note", flat=True))
    assert len(notes) == 2 and all(note.startswith("not handed in: ") for note in notes)
    assert not IntakeRecord.objects.filter(state="arriving").exists()


def test_the_tasks_of_a_job_that_is_gone_do_nothing(db):
    tasks.keep_cards(99)
    tasks.run_again(99, "mara")
