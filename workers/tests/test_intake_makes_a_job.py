"""What becomes of a deck that is taken in: its place, its name, its number, and all that came with it."""

import fcntl
import os

import pytest

from pdfjobs.models import IntakeRecord, Job, Run
from workers.intake import deckfolder
from workers.tasks import intake
from workers.tests.intake_scene import DECK, MAIN, MESH, scene, tarred, tree, zipped

__all__ = ["scene"]


@pytest.mark.parametrize(
    ("name", "shown", "deck_file"),
    [
        (b"beam.inp", "beam.inp", "beam.inp"),
        (b"a.INP", "a.INP", "a.inp"),
        (b"-i.inp", "-i.inp", "i.inp"),
        (b"my 'big' \"model\".inp", "my 'big' \"model\".inp", "my_big_model.inp"),
        ("größe.inp".encode(), "größe.inp", "grosse.inp"),
        ("äöü.inp".encode(), "äöü.inp", "aou.inp"),
        ("日本.inp".encode(), "日本.inp", "deck.inp"),
        (b"gr\xf6\xdfe.inp", "größe.inp", "grosse.inp"),
        (b"two\nlines.inp", "two�lines.inp", "two_lines.inp"),
        (b"x" * 251 + b".inp", "x" * 251 + ".inp", "x" * 40 + ".inp"),
        (b"100%25.inp", "100%25.inp", "100_25.inp"),
        (b"..inp", "..inp", "deck.inp"),
    ],
)
def test_a_deck_of_any_name_is_run_under_a_safe_one(scene, name, shown, deck_file):
    path = scene.put(name)

    run = scene.take_in(path)

    assert (run.job.name, run.deck_file) == (shown, deck_file)
    assert tree(scene.folder_of(run)) == {deck_file: DECK}
    assert run.folder == f"{run.job.number}_{deck_file.removesuffix('.inp')}"
    assert (scene.incoming(), os.listdir(scene.hot)) == ([], [])
    assert list(IntakeRecord.objects.values_list("state", "name")) == [("taken", shown)]


def test_what_an_earlier_run_left_is_put_aside_and_what_the_deck_reads_stays(scene):
    deck = b"*HEADING\nx\n*INCLUDE, INPUT=a.dat\n*STEP\n*END STEP\n"
    stays = {"a.dat": MESH, "a.rin": b"restart", "b.log": b"b", "in": {"a.log": b"c"}}
    folder = scene.put_folder(
        "case", {"a.inp": deck, **{k: v for k, v in stays.items() if k != "in"}}
    )
    files = {"a.log": b"1", "a.sta": b"2", "a.frd": b"3", "earlier_a.sta": b"4", "in/a.log": b"c"}
    scene.put_folder("case", {**files, ".pdfjobs/run-1.json": b"5", "earlier.pdfjobs": b"6"})

    run = scene.take_in(folder)

    assert tree(scene.folder_of(run)) == {
        "a.inp": deck,
        **stays,
        "earlier_a.log": b"1",
        "earlier_a.sta_": b"2",
        "earlier_a.frd": b"3",
        "earlier_a.sta": b"4",
        "earlier.pdfjobs_": {"run-1.json": b"5"},
        "earlier.pdfjobs": b"6",
    }
    assert sorted(run.job.deck["files"]) == sorted(tree(scene.folder_of(run)))


@pytest.mark.parametrize("name", [".pdfjobs", "a.log"])
def test_a_link_or_folder_where_our_own_files_go_is_put_aside(scene, name):
    folder = scene.put_folder("case", {"a.inp": DECK, "b/c": b""})
    (folder / name).symlink_to("b")

    run = scene.take_in(folder)

    assert not os.path.lexists(scene.folder_of(run) / name)
    assert ("link", "b") in tree(scene.folder_of(run)).values()


def test_a_deck_whose_safe_name_is_another_files_gets_a_number(scene):
    files = {"a b.inp": MAIN.replace(b"mesh.inp", b"a_b.inp"), "a_b.inp": MESH}

    run = scene.take_in(scene.put_folder("case", files))

    assert tree(scene.folder_of(run)) == {"a_b_2.inp": files["a b.inp"], "a_b.inp": MESH}
    assert [i["state"] for i in run.job.deck["includes"]] == ["found"]


@pytest.mark.parametrize(
    ("files", "name"),
    [
        ({"m.inp": MAIN, "mesh.inp": MESH}, "m.inp"),
        ({"m.inp": MAIN.replace(b"=mesh", b"=./mesh"), "mesh.inp": DECK}, "m.inp"),
        ({"a.inp": DECK, "case.inp": DECK}, "case.inp"),
        ({"a.inp": DECK, "b.inp": DECK, "job.toml": b'deck = "b.inp"'}, "b.inp"),
        ({"a.inp": DECK, "notes.inp": b"hello"}, "a.inp"),
        ({"inner/in/a.inp": DECK, ".DS_Store": b""}, "a.inp"),
        ({"a.inp": MESH, "b.inp": DECK}, "b.inp"),
    ],
)
def test_the_deck_of_a_folder_is_found(scene, files, name):
    run = scene.take_in(scene.put_folder("case", files))

    assert run.job.name == name


def test_a_sidecar_beside_wins_over_one_inside(scene):
    scene.put("case.zip.job.toml", b'project = "outer"')
    path = scene.put("case.zip", zipped({"a.inp": DECK, "job.toml": b'project = "inner"'}))

    assert scene.take_in(path).job.project == "outer"


def test_a_sidecar_in_an_archive_is_read(scene):
    path = scene.put("case.zip", zipped({"c/a.inp": DECK, "c/a.inp.job.toml": b"cores = 3"}))

    assert scene.take_in(path).cores == 3


def test_the_text_of_a_deck_reaches_the_database_without_what_it_refuses(scene):
    deck = b"*HEADING\ntitle \xff\n*INCLUDE, INPUT=m\xff\xe4.inp\n*STEP\n*END STEP\n"

    job = Job.objects.get(pk=scene.take_in(scene.put("a.inp", deck)).job.pk)

    assert job.title.startswith("title ")
    assert job.deck["includes"][0]["name"] == "mÿä.inp"


@pytest.mark.parametrize("count", [1, 2])
def test_a_name_dropped_again_makes_a_job_of_its_own(scene, count):
    runs = [scene.take_in(scene.put("a.inp", DECK + b"** %d\n" % n)) for n in range(count + 1)]

    decks = [tree(scene.folder_of(run))["a.inp"] for run in runs]
    assert decks == [DECK + b"** %d\n" % n for n in range(count + 1)]


def test_a_deck_that_is_offered_twice_makes_one_job(scene):
    path = scene.put("a.inp")
    now = path.lstat()
    offer = ("a.inp", now.st_dev, now.st_ino, now.st_size, now.st_mtime_ns)

    assert intake.take_in("hotfolder", *offer) is not None
    assert intake.take_in("hotfolder", *offer) is None
    assert Run.objects.count() == 1


def test_a_deck_that_has_changed_since_it_settled_waits(scene):
    path = scene.put("a.inp")
    now = path.lstat()

    assert intake.take_in("hotfolder", "a.inp", now.st_dev, now.st_ino, 1, now.st_mtime_ns) is None
    assert (IntakeRecord.objects.count(), path.exists()) == (0, True)


def test_two_at_once_do_not_touch_each_others_work(scene):
    path = scene.put("case.tgz", tarred())
    record = IntakeRecord.objects.create(
        root="hotfolder", path=path.name, name=path.name, state="claimed", number=1
    )
    home = scene.instance.incoming / "1"
    (home / "unpacking").mkdir(parents=True)
    with (home / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)

        assert intake.carry_on(record) is None
        assert sorted(os.listdir(home)) == ["lock", "unpacking"]

    record.refresh_from_db()
    assert record.state == "claimed"


@pytest.mark.parametrize("path", ["../a.inp", "in/a.inp", "", ".", "..", "/etc/passwd"])
def test_only_direct_children_of_a_hot_folder_are_drops(scene, path):
    with pytest.raises(ValueError, match="not a drop"):
        intake.take_in("hotfolder", path, 1, 1, 1, 1)


def test_a_deck_may_begin_with_a_long_preamble_of_comments(tmp_path):
    deck = tmp_path / "commented.inp"
    deck.write_text(
        "** exported by a pre-processor\n" * 4000
        + "*HEADING\na \x1b[1mbold\x1b[0m one\n*NODE\n1,0,0,0\n"
    )

    found = deckfolder.read_deck(deck, tmp_path)

    assert (found.facts.solver, found.facts.nodes) == ("calculix", 1)
