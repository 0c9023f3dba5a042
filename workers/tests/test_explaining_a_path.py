"""What `manage.py explain` says of a path in each state that it may be in."""

import json
import os
import threading
from dataclasses import replace
from io import StringIO

import pytest
from django.core.management import call_command
from rq.job import JobStatus
from rq.queue import Queue
from rq.serializers import JSONSerializer

from pdfjobs import health, heartbeat, names, queue
from pdfjobs.health.backup import Backup
from pdfjobs.health.program import Program
from pdfjobs.health.queues import Queues, Server
from pdfjobs.health.watcher import Root, Watcher
from pdfjobs.models import IntakeRecord
from workers.explaining import facts as gathering
from workers.explaining import place, watcherword
from workers.explaining.facts import gather
from workers.explaining.story import story
from workers.explaining.verdict import judge
from workers.tasks import reading
from workers.tests.conftest import SEEN, make_run

pytestmark = pytest.mark.django_db

STA = """
 SUMMARY OF JOB INFORMATION
  STEP      INC     ATT  ITRS     TOT TIME     STEP TIME      INC TIME
      1          1     1     2  0.100000E+01  0.100000E+01  0.100000E+01
"""
NEVER_HANDED_OVER = {"source": "watcher", "trouble": "", "memory": None, "memory_trouble": ""}


class Scene:
    """A service whose watcher says what the test says."""

    def __init__(self, instance, tree, queue_server):
        self.instance, self.tree, self.queue_server = instance, tree, queue_server
        self.word = dict(NEVER_HANDED_OVER)
        self.health = health.Health(
            at=0.0,
            watcher=Watcher(True, host="here", roots=(Root("tree", str(tree), "tree", "watched"),)),
            queues=Queues(Server("")),
            disks=(),
            program=Program((), None, died=False),
            backup=Backup("", None, 0.0, None),
        )

    def explain(self, path):
        self.facts = gather(str(path))
        return judge(self.facts)

    def said(self, about):
        return " ".join(words for name, words in story(self.facts) if name == about)

    def read(self, path):
        left = [path]
        while left:
            left = reading.read_turns("tree", left)


@pytest.fixture
def scene(instance, tmp_path, queue_server, monkeypatch):
    made = Scene(instance, tmp_path / "tree", queue_server)
    monkeypatch.setattr(gathering.watcherword, "ask", lambda root, path: made.word)
    monkeypatch.setattr(gathering.health, "look", lambda *_, **__: made.health)
    monkeypatch.setattr(health, "database_answers", lambda *_: True)
    monkeypatch.setattr(heartbeat, "client", lambda: queue_server)
    return made


def test_a_path_outside_names_the_roots_there_are(scene, tmp_path):
    assert scene.explain("/nowhere/beam.inp").code == "outside"
    assert scene.said("Place") == (
        "It lies in no root, so nobody looks at it. The roots are:"
        f" hotfolder ({scene.instance.hotfolder}), runs ({scene.instance.runs}),"
        f" tree ({tmp_path / 'tree'})."
    )


@pytest.mark.parametrize("name", ["beam.inp", os.fsdecode(b"bl\xe4tt\n.inp")])
def test_what_never_was_anywhere_is_said_to_have_been_nowhere(scene, name):
    for folder in (scene.instance.hotfolder, scene.tree, scene.tree / "deep"):
        assert scene.explain(folder / name).code == "never there"
        assert scene.said("Disk") == "Nothing of that name is there now."


def test_a_path_is_found_as_pages_name_it_and_by_a_link(scene, tmp_path):
    (tmp_path / "link").symlink_to(scene.tree)

    found = [place.locate(said) for said in ("tree/a/b.sta", str(tmp_path / "link/a/b.sta"))]

    assert [(one.root.name, one.relative) for one in found] == [("tree", "a/b.sta")] * 2
    assert place.locate("tree/../../etc/passwd").root is None


def test_a_root_that_is_away_is_named_before_anything_else(scene):
    scene.tree.rename(scene.tree.with_name("away"))

    verdict = scene.explain(scene.tree / "a" / "beam.sta")

    assert (verdict.code, verdict.fine) == ("root away", False)
    assert str(scene.tree) in verdict.remedy


def test_the_states_of_a_drop(scene):
    hot = scene.instance.hotfolder
    for state, reason, code in (
        ("arriving", "", "unseen"),
        ("claimed", "", "taken in"),
        ("claimed", "No room on the disk.", "waits"),
        ("refused", "No deck in it; add one.", "refused"),
        ("gone", "taken away before it had settled", "gone"),
    ):
        IntakeRecord.objects.all().delete()
        IntakeRecord.objects.create(
            root="hotfolder", path="beam.inp", name="beam.inp", state=state, reason=reason
        )
        verdict = scene.explain(hot / "beam.inp")
        assert (state, verdict.code) == (state, code)
        assert ".." not in verdict.text + scene.said("Intake")
        assert reason.rstrip(".") in verdict.text


def test_a_drop_that_settles_says_what_it_waits_for(scene):
    (scene.instance.hotfolder / "empty").mkdir()
    quiet = {"kind": "EMPTY_FOLDER", "since_s": 3.0, "in_s": 57.0, "handed_s": None}
    scene.word = {"source": "watcher", "trouble": "", "ignored": "", "settling": quiet}

    assert scene.explain(scene.instance.hotfolder / "empty").code == "settling"
    assert scene.said("Settling") == (
        "It is settling: its last change was seen 3.0 s ago; without another it is looked at in 57 s."
        " It is an empty folder: it is waited for its files for a minute."
    )


def test_a_refused_drop_is_known_by_where_it_was_moved(scene):
    stored = names.to_stored(os.fsdecode(b"20260101T000000Z_bl\xe4tter.inp"))
    IntakeRecord.objects.create(
        root="hotfolder", path="x", name="x", state="refused", reason="No deck.", kept_as=stored
    )

    verdict = scene.explain(scene.instance.rejected / names.from_stored(stored) / "x")

    assert (verdict.code, verdict.text) == (
        "refused",
        "It is no job, since intake refused it: No deck.",
    )


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("notes.txt", b"nothing to see\n", "no parser"),
        ("beam.frd", b"results", "ignored"),
        ("beam.sta", b"", "empty"),
        ("beam.sta", STA.encode(), "on its way"),
        ("beam.inp", b"*NODE\n1,0.,0.,0.\n*STEP\n*STATIC\n*END STEP\n", "deck"),
    ],
)
def test_a_file_that_nobody_has_read(scene, name, content, code):
    (scene.tree / "case").mkdir()
    (scene.tree / "case" / name).write_bytes(content)

    assert scene.explain(scene.tree / "case" / name).code == code


def test_a_log_that_lies_there_for_long_and_was_never_read(scene):
    (scene.tree / "case").mkdir()
    log = scene.tree / "case" / "beam.sta"
    log.write_text(STA)
    os.utime(log, (1_700_000_000, 1_700_000_000))

    verdict = scene.explain(log)

    assert (verdict.code, verdict.fine) == ("unread", False)
    assert scene.said("Memory") == "The watcher has never handed it over."
    assert scene.said("Parser") == "The parser calculix.sta claims it, and no other."
    assert scene.said("Diary") == "The diary has no run here."


def test_a_log_at_the_top_and_a_link_are_no_jobs(scene):
    (scene.tree / "beam.sta").write_text(STA)
    (scene.tree / "link.sta").symlink_to("beam.sta")

    assert scene.explain(scene.tree / "beam.sta").code == "at the top"
    assert scene.explain(scene.tree / "link.sta").code == "link"


def test_a_log_is_told_to_the_byte(scene):
    (scene.tree / "case").mkdir()
    log = scene.tree / "case" / "beam.sta"
    log.write_text(STA)
    scene.read("case/beam.sta")

    assert scene.explain(log).code == "read"
    assert scene.said("Log") == f"It is read to its last byte ({len(STA)} bytes)."
    with log.open("a") as file:
        file.write("more\n")
    assert scene.explain(log).code == "behind"
    assert scene.said("Log") == (
        f"{len(STA)} of its {len(STA) + 5} bytes are read"
        f" ({len(STA) / (len(STA) + 5):.1%}); 5 are not."
    )
    log.write_text("x")
    scene.explain(log)
    assert "it was cut, and is read anew" in scene.said("Log")
    log.unlink()
    assert scene.explain(log).code == "gone"
    assert scene.explain(log.parent).text.startswith("It is the folder of job ")
    assert scene.explain(scene.tree).text == "It is a root; the diary has 1 runs in it."


def test_a_folder_whose_name_differs_by_a_capital_letter_is_another(scene):
    for case in ("case/a", "Case/a", "case/b"):
        (scene.tree / case).mkdir(parents=True)
        (scene.tree / case / "beam.sta").write_text(STA)
        scene.read(f"{case}/beam.sta")

    assert scene.explain(scene.tree / "case").text.startswith("It is the folder of 2 jobs, ")
    assert {run.folder for run in scene.facts.known.below} == {"case/a", "case/b"}


def test_what_is_behind_and_old_wants_a_hand(scene):
    (scene.tree / "case").mkdir()
    log = scene.tree / "case" / "beam.sta"
    log.write_text(STA)
    scene.read("case/beam.sta")
    log.write_text(STA + "more\n")
    os.utime(log, (1_700_000_000, 1_700_000_000))

    assert (scene.explain(log).code, scene.explain(log).fine) == ("behind", False)
    scene.health = replace(scene.health, watcher=replace(scene.health.watcher, running=False))
    assert "no watcher runs" in scene.explain(log).text


def test_a_task_about_it_is_found_wherever_it_stands(scene):
    log = scene.tree / "case" / "beam.sta"
    log.parent.mkdir()
    log.write_text(STA)
    ingest_queue = Queue("ingest", connection=scene.queue_server, serializer=JSONSerializer)
    said = {"root": "tree", "paths": ["case/beam.sta"], "ticket": ""}
    task = ingest_queue.enqueue_call(queue.INGEST, kwargs=said, description="read beam.sta")

    assert scene.explain(log).code == "under way"
    assert "“read beam.sta” in the queue ingest has waited for" in scene.said("Queues")
    assert scene.explain(scene.tree / "case").code == "under way"
    assert scene.explain(scene.tree / "case 2").code == "never there"

    ingest_queue.remove(task)
    task.meta |= {"fault": "No space left on device", "tries": 3, "about": "read beam.sta"}
    task.save()
    ingest_queue.scheduled_job_registry.schedule(task, SEEN.replace(year=2126))
    verdict = scene.explain(log)
    assert (verdict.code, verdict.fine) == ("tried again", False)
    assert "No space left on device" in verdict.text
    assert "for the 3. time after: No space left on device." in scene.said("Queues")

    ingest_queue.scheduled_job_registry.remove(task)
    ingest_queue.failed_job_registry.add(task, ttl=60, exc_string="Traceback\nValueError: odd")
    task.set_status(JobStatus.FAILED)
    assert scene.explain(log).code == "failed"
    assert task.id in scene.explain(log).remedy


def test_a_diary_that_does_not_answer_is_said_so(scene, monkeypatch):
    monkeypatch.setattr(health, "database_answers", lambda *_: False)

    verdict = scene.explain(scene.tree / "beam.sta")

    assert (verdict.code, verdict.fine) == ("not known", False)
    assert scene.facts.not_asked == ["the diary: the database does not answer"]


def test_files_of_our_runs(scene):
    run = make_run(scene.instance)
    folder = scene.instance.runs / run.folder
    (folder / "deep").mkdir()
    (folder / "deep" / "beam.sta").write_text(STA)

    assert scene.explain(folder).text == f"It is the folder of job {run.job.number}."
    assert scene.explain(folder / "beam.inp").code == "no log"
    assert "lies deeper" in scene.explain(folder / "deep" / "beam.sta").text


def test_the_command_speaks_to_people_and_programs(scene):
    for words, expected in ((["--json"], None), ([], "Verdict     It is no job, since it lies in")):
        out = StringIO()
        with pytest.raises(SystemExit) as ended:
            call_command("explain", "/nowhere/beam.inp", *words, stdout=out)
        assert ended.value.code == 1
        if expected:
            assert expected in out.getvalue()
        else:
            told = json.loads(out.getvalue())
            assert told["verdict"]["code"] == "outside"
            assert [part["about"] for part in told["story"]] == ["Place", "Disk"]


def test_the_watchers_command_is_asked_and_its_complaint_told(instance, settings, tmp_path):
    said = watcherword.ask("runs", "none")
    complaint = watcherword.ask("no-such-root", "none")

    assert (said["source"], said["memory"]) == ("", None)
    assert "there is none, so nothing was ever handed over" in said["memory_trouble"]
    assert "is away" in said["trouble"]
    assert said["fs_type"]
    assert complaint["trouble"] == "watcher: no root is called no-such-root"


def test_a_watcher_that_never_answers_keeps_nobody_waiting(instance, monkeypatch):
    monkeypatch.setattr(watcherword, "PATIENCE_S", 0.0)

    assert watcherword.ask("runs", "none")["trouble"] == "no answer within 0 s"


def test_a_disk_that_never_answers_keeps_nobody_waiting(scene, monkeypatch):
    hangs = threading.Event()
    monkeypatch.setattr(place, "PATIENCE_S", 0.0)
    monkeypatch.setattr(place, "_look", lambda path: hangs.wait())

    verdict = scene.explain(scene.tree / "a" / "x")
    hangs.set()

    assert (verdict.code, verdict.fine) == ("root away", False)
    assert scene.said("Disk") == (
        "The disk does not say whether it is there: no answer within 0 s."
    )
