"""Decks handed in over the API and the page: they go the hot folder's way, in their person's name."""

import os
import tomllib
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile, TemporaryUploadedFile
from django.test import Client

from pdfjobs import names
from pdfjobs.models import IntakeRecord, Member, Project
from pdfjobs.services import intake, tokens, upload
from pdfjobs.services.errors import RefusedError
from pdfjobs.tests.web_rows import make_job

pytestmark = pytest.mark.django_db

DECK = b"*HEADING\nbeam\n"


@pytest.fixture(autouse=True)
def hot(settings, tmp_path):
    """A hot folder of the test's own, and where large uploads wait."""
    instance = type(settings.INSTANCE)(tmp_path)
    for folder in (instance.hotfolder, instance.uploads):
        folder.mkdir()
    settings.INSTANCE = instance
    settings.FILE_UPLOAD_TEMP_DIR = instance.uploads
    return instance.hotfolder


@pytest.fixture
def mara():
    return User.objects.create_user("mara")


@pytest.fixture
def api(mara):
    _token, secret = tokens.make(mara, "test", 30)
    return Client(headers={"Authorization": f"Bearer {secret}"}, enforce_csrf_checks=True)


@pytest.fixture
def closed(settings):
    def change(**web):
        made = settings.PDFJOBS.web.model_copy(update={"open_to_all": False} | web)
        settings.PDFJOBS = settings.PDFJOBS.model_copy(update={"web": made})

    return change


def deck(name="beam.inp", content=DECK):
    return SimpleUploadedFile(name, content)


def lying(hot):
    """What is in the hot folder, by path."""
    return {
        str(path.relative_to(hot)): path.read_bytes() for path in hot.rglob("*") if path.is_file()
    }


def test_a_deck_appears_whole_in_the_hot_folder_and_is_its_persons(api, hot):
    response = api.post("/api/v1/decks", {"deck": deck()})

    record = IntakeRecord.objects.get()
    assert response.status_code == 201
    assert response.json() | {"seen_at": None} == {
        "id": record.pk,
        "name": "beam.inp",
        "state": "arriving",
        "reason": "",
        "job": None,
        "seen_at": None,
    }
    assert lying(hot) == {"beam.inp": DECK}
    assert (record.owner, record.state, record.path) == ("mara", "arriving", "beam.inp")


def test_intake_takes_it_in_as_that_persons_job(api, hot):
    number = api.post("/api/v1/decks", {"deck": deck()}).json()["id"]
    info = (hot / "beam.inp").lstat()
    drop = intake.Drop(
        "hotfolder",
        "beam.inp",
        info.st_dev,
        info.st_ino,
        info.st_size,
        info.st_mtime_ns,
        "www-data",
    )

    intake.note_arriving("hotfolder", "beam.inp", info.st_size, "www-data")
    record = intake.claim(drop)

    assert (record.pk, record.owner, record.state) == (number, "mara", "claimed")


def test_another_file_that_takes_its_name_is_not_that_persons(api, hot):
    api.post("/api/v1/decks", {"deck": deck()})
    drop = intake.Drop("hotfolder", "beam.inp", 1, 2, 3, 4, "jens")

    assert intake.claim(drop).owner == "jens"


def test_a_large_deck_gets_there_without_a_second_copy(mara, hot, settings):
    large = TemporaryUploadedFile("beam.inp", "text/plain", 4, None)
    large.write(b"abcd")
    large.flush()
    number = Path(large.temporary_file_path()).stat().st_ino

    upload.hand_in_file("beam.inp", large, 4, owner="mara", wishes=upload.Wishes())
    large.close()

    assert lying(hot) == {"beam.inp": b"abcd"}
    assert (hot / "beam.inp").stat().st_ino == number
    assert list(settings.INSTANCE.uploads.iterdir()) == []


def test_what_is_said_beside_it_lies_in_a_sidecar_before_the_deck(api, hot, monkeypatch):
    order = []
    appear = upload._appear

    def spied(made, final):
        order.append(final.name)
        appear(made, final)

    monkeypatch.setattr(upload, "_appear", spied)
    info = 'quote " back\\slash\n<b>ü\x7f😀</b>'
    api.post(
        "/api/v1/decks",
        {"deck": deck(), "project": "rotor", "info": info, "base_runs": "7, 5"},
    )

    assert order == ["beam.inp.job.toml", "beam.inp"]
    assert tomllib.loads(lying(hot)["beam.inp.job.toml"].decode()) == {
        "project": "rotor",
        "info": info,
        "base_runs": [5, 7],
    }


def test_several_files_are_one_drop_with_their_paths(api, hot):
    response = api.post(
        "/api/v1/decks",
        {
            "deck": [deck("main.inp"), deck("mesh.inc", b"mesh")],
            "folder": "beam",
            "paths": ["main.inp", "parts/mesh.inc"],
            "main": "main.inp",
        },
    )

    assert response.status_code == 201
    assert lying(hot) == {
        "beam/main.inp": DECK,
        "beam/parts/mesh.inc": b"mesh",
        "beam.job.toml": b'deck = "main.inp"\n',
    }
    assert IntakeRecord.objects.get().inode == intake.signed((hot / "beam").lstat().st_ino)


@pytest.mark.parametrize(
    "path",
    ["../beam.inp", "/etc/passwd", "a/../../b", "", "a//b", "./a", "a/.", "a\\b", "a\nb", "a\0b"],
)
def test_no_path_leads_out_of_the_folder(mara, hot, path):
    files = [("main.inp", deck(), 3), (path, deck(), 3)]

    with pytest.raises(RefusedError):
        upload.hand_in_folder("beam", files, owner="mara", wishes=upload.Wishes())

    assert lying(hot) == {}
    assert list(hot.iterdir()) == []
    assert IntakeRecord.objects.count() == 0


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("../beam.inp", "is no file name"),
        ("..", "is no file name"),
        ("", "is no file name"),
        ("a/b", "is no file name"),
        ("a\\b", "is no file name"),
        ("a\0b", "is no file name"),
        ("a\nb", "is no file name"),
        ("a\u202eb", "is no file name"),
        (".beam.inp", "hidden"),
        ("beam.inp.part", "half-written"),
        ("beam.inp~", "half-written"),
        ("beam.inp.job.toml", "sidecar"),
        ("x" * 201, "too long"),
        ("ü" * 101, "too long"),
    ],
)
def test_a_name_that_no_drop_may_have_is_refused_with_words(hot, name, said):
    with pytest.raises(RefusedError, match=said):
        upload.hand_in_file(name, deck(), 3, owner="mara", wishes=upload.Wishes())

    assert list(hot.iterdir()) == []


def test_a_hostile_name_in_the_request_stays_in_the_hot_folder(api, hot, tmp_path):
    for name in ("../../outside.inp", "/outside.inp", "..\\outside.inp"):
        file = deck("beam.inp")
        file._name = name
        api.post("/api/v1/decks", {"deck": file})
        for lies in hot.iterdir():
            assert lies.name == "outside.inp"
            lies.unlink()
        IntakeRecord.objects.all().delete()

    assert not (tmp_path / "outside.inp").exists()
    assert not (tmp_path.parent / "outside.inp").exists()


@pytest.mark.parametrize("taken", ["beam.inp", "beam.inp.job.toml"])
def test_a_name_that_is_on_its_way_is_not_taken_over(api, hot, taken):
    (hot / taken).write_bytes(b"first")

    response = api.post("/api/v1/decks", {"deck": deck(), "info": "mine"})

    assert response.status_code == 409
    assert "A drop called beam.inp is on its way already" in response.json()["detail"]
    assert lying(hot) == {taken: b"first"}
    assert IntakeRecord.objects.count() == 0


def test_a_link_in_the_place_of_the_name_is_not_followed(api, hot, tmp_path):
    target = tmp_path / "target"
    (hot / "beam.inp").symlink_to(target)

    assert api.post("/api/v1/decks", {"deck": deck()}).status_code == 409
    assert not target.exists()


def test_who_cannot_put_it_there_leaves_nothing_behind(api, hot, monkeypatch):
    def full(made, final):
        if final.name == "beam.inp":
            raise OSError(28, "No space left on device")
        Path(made).rename(final)

    monkeypatch.setattr(upload, "_appear", full)
    with pytest.raises(OSError, match="No space"):
        upload.hand_in_file("beam.inp", deck(), 3, owner="mara", wishes=upload.Wishes("p"))

    assert list(hot.iterdir()) == []
    assert IntakeRecord.objects.count() == 0


def test_what_a_killed_process_left_is_cleared_away(hot):
    old, young = hot / f"{upload.HIDDEN}1", hot / f"{upload.HIDDEN}2"
    (old / "inner").mkdir(parents=True)
    young.touch()
    os.utime(old, (1, 1))

    upload.hidden_place()

    assert [path.name for path in hot.iterdir()] == [young.name]


def test_more_than_may_be_uploaded_is_refused_before_it_is_read(api, hot, closed):
    closed(max_upload_bytes=10)

    small = api.post("/api/v1/decks", {"deck": deck(content=b"x" * 11)})
    large = api.post(
        "/api/v1/decks", b"", content_type="application/octet-stream", CONTENT_LENGTH=str(2 * 2**20)
    )

    assert (small.status_code, small.json()["error"]) == (409, "refused")
    assert (large.status_code, large.json()["error"]) == (413, "too_large")
    assert list(hot.iterdir()) == []


def test_a_stranger_cannot_make_the_service_read_much(client, mara):
    body = {"content_type": "application/octet-stream", "CONTENT_LENGTH": str(2 * 2**20)}

    assert client.post("/login/", b"", **body).status_code == 413
    client.force_login(mara)
    assert client.post("/upload/", b"", **body).status_code != 413


def test_a_project_needs_a_member(api, hot, mara, closed):
    closed()
    project = Project.objects.create(name="rotor")
    sent = {"project": "rotor"}
    assert api.post("/api/v1/decks", {"deck": deck(), **sent}).status_code == 403
    Member.objects.create(project=project, user=mara, role="viewer")
    assert api.post("/api/v1/decks", {"deck": deck(), **sent}).status_code == 403
    assert list(hot.iterdir()) == []
    Member.objects.update(role="member")
    assert api.post("/api/v1/decks", {"deck": deck(), **sent}).status_code == 201
    assert api.post("/api/v1/decks", {"deck": deck("other.inp")}).status_code == 201


def test_one_follows_ones_own_drops_alone(api, client, closed):
    number = api.post("/api/v1/decks", {"deck": deck()}).json()["id"]
    closed()
    client.force_login(User.objects.create_user("jens"))

    assert client.get(f"/api/v1/decks/{number}").status_code == 404
    IntakeRecord.objects.update(state="taken", job=make_job(owner="mara"))
    answer = api.get(f"/api/v1/decks/{number}").json()
    assert (answer["state"], answer["job"]) == ("taken", 1000001)


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ({}, "deck"),
        ({"base_runs": "seven"}, "base_runs: “seven” is no job number."),
        ({"info": "x" * 10_001}, "info: "),
        ({"info": "x\0y"}, "info: "),
    ],
)
def test_what_cannot_be_used_is_said(api, hot, sent, said):
    response = api.post("/api/v1/decks", ({"deck": deck()} | sent) if sent else {})

    assert (response.status_code, response.json()["error"]) == (422, "invalid")
    assert said in response.json()["detail"]
    assert list(hot.iterdir()) == []


def test_the_page_hands_in_without_a_script(client, hot, mara):
    client.force_login(mara)

    response = client.post("/upload/", {"deck": [deck("a.inp"), deck("b.inp")]}, follow=True)

    assert response.redirect_chain == [("/intake/", 302)]
    assert "2 decks are handed in" in response.text
    assert lying(hot) == {"a.inp": DECK, "b.inp": DECK}
    assert set(IntakeRecord.objects.values_list("owner", flat=True)) == {"mara"}


def test_the_page_says_what_is_wrong_and_keeps_what_was_written(client, hot, mara):
    client.force_login(mara)
    evil = '"><script>alert(1)</script>'

    response = client.post("/upload/", {"deck": deck(), "base_runs": "x", "project": evil})

    assert response.status_code == 422
    assert "“x” is no job number." in response.text
    assert evil not in response.text
    assert "&lt;script&gt;alert(1)" in response.text
    (hot / "beam.inp").touch()
    response = client.post("/upload/", {"deck": deck(), "info": "kept"})
    assert response.status_code == 409
    assert "on its way already" in response.text and "kept" in response.text


def test_a_name_of_any_script_is_taken(api, hot):
    name = "Träger %20 梁 (2).inp"

    assert api.post("/api/v1/decks", {"deck": deck(name)}).json()["name"] == name
    assert lying(hot) == {name: DECK}
    assert names.from_stored(IntakeRecord.objects.get().path) == name
