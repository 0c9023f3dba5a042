"""The review form and its attachments: what people write and add, and what comes of hostile input."""

import hashlib
import io
import json

import pytest
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from pdfjobs import attachmentstore
from pdfjobs.models import Attachment, History, Job, Member, Project, Tag
from pdfjobs.services.attachments import clean_name
from pdfjobs.services.review import version_of
from pdfjobs.tests.web_rows import make_job

pytestmark = pytest.mark.django_db

PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\1\0\0\0\1\x08\6\0\0\0\x1f\x15\xc4\x89" + b"\0" * 40
JSON = {"Accept": "application/json"}


@pytest.fixture(autouse=True)
def attachments_folder(settings, tmp_path, monkeypatch):
    monkeypatch.setattr(settings.INSTANCE, "attachments", tmp_path / "attachments")
    return tmp_path / "attachments"


@pytest.fixture
def closed(settings):
    """People see the jobs of their projects alone."""
    set_web(settings, open_to_all=False)


def set_web(settings, **values):
    web = settings.PDFJOBS.web.model_copy(update=values)
    settings.PDFJOBS = settings.PDFJOBS.model_copy(update={"web": web})


def save(client, job, **changed):
    fields = {"analysis_status": "open", "version": version_of(job)} | changed
    return client.post(f"/jobs/{job.number}/review/", fields)


def send(client, *files, **more):
    sent = [SimpleUploadedFile(name, content) for name, content in files]
    return client.post("/jobs/1000001/attachments/", {"file": sent}, **more)


def test_tags_and_reviewer_are_saved_with_the_rest(mara):
    job = make_job()
    User.objects.create_user("jens")

    answer = save(mara, job, tags=" rib ,  rib;cut  out, ", reviewer="jens")

    assert (answer.status_code, answer["Location"]) == (302, "/jobs/1000001/")
    assert Job.objects.get().reviewer == "jens"
    assert list(job.tags.order_by("name").values_list("name", flat=True)) == ["cut out", "rib"]
    assert list(History.objects.order_by("pk").values_list("field", "before", "after")) == [
        ("tags", "", "cut out, rib"),
        ("reviewer", "", "jens"),
    ]


def test_a_field_that_was_not_sent_stays_as_it_is(mara):
    job = make_job(info="kept", reviewer="gone")
    Tag.objects.create(job=job, name="rib")

    save(mara, job, analysis_status="done")

    job.refresh_from_db()
    assert (job.analysis_status, job.info, job.reviewer) == ("done", "kept", "gone")
    assert job.tags.count() == 1


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"tags": "ok, " + "x" * 51}, "is too long: a tag has at most 50 letters"),
        ({"reviewer": "nobody I know"}, "Select a valid choice"),
        ({"result_summary": "x" * 20_001}, "at most 20000 characters"),
    ],
)
def test_what_cannot_be_saved_is_said(mara, wrong, words):
    answer = save(mara, make_job(), **wrong)

    assert answer.status_code == 422
    assert words in answer.text


def test_only_who_may_see_the_job_can_be_asked_to_look_at_it(mara, closed):
    make_job(project="rib", owner="mara")
    project = Project.objects.create(name="rib")
    Member.objects.create(project=project, user=User.objects.create_user("jens"), role="viewer")
    User.objects.create_user("other")
    User.objects.create_user("left", is_staff=True, is_active=False)

    form = mara.get("/jobs/1000001/").context["form"]

    choices = [code for code, _ in form.fields["reviewer"].choices]
    assert choices == ["", "jens", "mara"]


def test_a_conflict_shows_the_stored_tags_beside_mine(mara):
    job = make_job()
    opened = version_of(job)
    Tag.objects.create(job=job, name="theirs")

    answer = save(mara, job, tags="mine", info="x", version=opened)

    assert answer.status_code == 409
    assert [stored for field, stored, _ in answer.context["fields"] if field.name == "tags"] == [
        "theirs"
    ]
    assert "Save mine over it" in answer.text


def test_the_way_back_to_the_list_keeps_its_search(mara):
    job = make_job()

    page = mara.get("/jobs/1000001/?q=rib&user=%22%3Ejens").text
    answer = mara.post(
        "/jobs/1000001/review/?q=rib&user=jens",
        {"analysis_status": "done", "version": version_of(job)},
    )

    assert '<a href="/?q=rib&amp;user=%22%3Ejens">Jobs</a>' in page
    assert 'action="/jobs/1000001/review/?q=rib&amp;user=%22%3Ejens"' in page
    assert answer["Location"] == "/jobs/1000001/?q=rib&user=jens"


def test_a_save_says_so_once_and_lets_the_draft_go(mara):
    job = make_job()
    save(mara, job, info="x")

    first, second = mara.get("/jobs/1000001/").text, mara.get("/jobs/1000001/").text

    assert "The review is saved." in first and " data-saved" in first
    assert "The review is saved." not in second and " data-saved" not in second


def test_an_obsolete_job_warns(mara):
    job = make_job()
    hidden = "data-obsolete hidden>"
    assert hidden in mara.get("/jobs/1000001/").text

    save(mara, job, result_assessment="obsolete")

    assert hidden not in mara.get("/jobs/1000001/").text


def test_the_text_is_shown_as_markdown_without_harm(mara):
    make_job(info="**bold** <script>alert(1)</script> #1000001")

    page = mara.get("/jobs/1000001/").text

    assert "<strong>bold</strong> &lt;script&gt;" in page
    assert '<a href="/jobs/1000001/" rel="nofollow noopener">#1000001</a>' in page
    assert "<script>alert" not in page


def test_a_number_is_a_link_for_those_who_see_that_job(mara, closed):
    make_job(owner="mara", info="#1000002 #1000001")
    make_job(1000002, owner="jens")

    page = mara.get("/jobs/1000001/").text

    assert 'href="/jobs/1000001/" rel="nofollow noopener">#1000001</a>' in page
    assert 'href="/jobs/1000002/"' not in page


def test_a_preview_saves_nothing(mara):
    make_job()

    shown = mara.post("/jobs/1000001/preview/?field=info", {"info": "*new* <b>"})
    other = mara.post("/jobs/1000001/preview/?field=owner", {"owner": "x"})

    assert shown.text == "<p><em>new</em> &lt;b&gt;</p>\n"
    assert other.text == ""
    assert Job.objects.get().info == ""


def test_tags_are_suggested_from_jobs_that_one_sees(mara, closed):
    for number, owner, name in ((1, "mara", "rib"), (2, "mara", "Rim"), (3, "jens", "riddle")):
        Tag.objects.create(job=make_job(number, owner=owner), name=name)

    assert mara.get("/tags/", {"q": " ri "}).json() == {"tags": ["Rim", "rib"]}
    assert mara.get("/tags/").json() == {"tags": ["Rim", "rib"]}
    assert mara.get("/tags/", {"q": "%"}).json() == {"tags": []}


def test_a_viewer_reads_the_review_and_writes_nothing(mara, closed):
    job = make_job(project="rib", info="**read**")
    project = Project.objects.create(name="rib")
    Member.objects.create(project=project, user=User.objects.get(), role="viewer")
    kept = Attachment.objects.create(
        job=job, name="a", sha256="a" * 64, size=1, media_type="text/plain", by="jens"
    )
    row = History.objects.create(job=job, actor="jens", field="info", after="**read**")

    page = mara.get("/jobs/1000001/").text

    assert "<strong>read</strong>" in page and "lets you read the review" in page
    for words in ("<textarea", "Remove", ">Undo<", "Attach</button>"):
        assert words not in page
    for path in (
        "review/",
        "attachments/",
        f"attachments/{kept.pk}/remove/",
        f"history/{row.pk}/undo/",
    ):
        assert mara.post(f"/jobs/1000001/{path}").status_code == 403, path
    assert (Attachment.objects.count(), History.objects.count()) == (1, 1)


def test_what_a_job_that_one_does_not_see_holds_is_not_there(mara, closed):
    job = make_job(owner="jens")
    kept = Attachment.objects.create(
        job=job, name="a", sha256="a" * 64, size=1, media_type="text/plain", by="jens"
    )
    row = History.objects.create(job=job, actor="jens", field="info", after="x")

    for path in ("history/", "report/", "report.html", "report.pdf", "attachments/list/", f"attachments/{kept.pk}/"):  # fmt: skip
        assert mara.get(f"/jobs/1000001/{path}").status_code == 404, path
    for path in ("preview/", "attachments/", f"attachments/{kept.pk}/remove/", f"history/{row.pk}/undo/"):  # fmt: skip
        assert mara.post(f"/jobs/1000001/{path}").status_code == 404, path


def test_a_file_is_attached_shown_and_given_out_again(mara, attachments_folder):
    make_job()

    answer = send(mara, ("Größe & [1].png", PNG), ("werte.csv", b"t;F\n"), headers=JSON)

    picture, table = Attachment.objects.all()
    assert answer.json() == {
        "made": [
            {
                "name": "Größe & [1].png",
                "markdown": f"![Größe & \\[1\\].png](attachment:{picture.pk})",
                "address": f"/jobs/1000001/attachments/{picture.pk}/",
            },
            {
                "name": "werte.csv",
                "markdown": f"[werte.csv](attachment:{table.pk})",
                "address": f"/jobs/1000001/attachments/{table.pk}/",
            },
        ],
        "trouble": "",
    }
    sha = hashlib.sha256(PNG).hexdigest()
    place = attachments_folder / sha[:2] / sha
    assert (place.read_bytes(), place.stat().st_mode & 0o777) == (PNG, 0o600)
    got = mara.get(f"/jobs/1000001/attachments/{picture.pk}/")
    assert (b"".join(got), got["Content-Type"]) == (PNG, "image/png")
    assert got["Content-Disposition"].startswith("inline; filename*=utf-8''Gr%C3%B6%C3%9Fe")
    assert (
        "sandbox" in got["Content-Security-Policy"]
        and "default-src 'none'" in got["Content-Security-Policy"]
    )
    again = mara.get(
        f"/jobs/1000001/attachments/{picture.pk}/", headers={"If-None-Match": got["ETag"]}
    )
    assert again.status_code == 304
    assert "Größe &amp; [1].png" in mara.get("/jobs/1000001/").text
    assert [row.after for row in History.objects.order_by("pk")] == ["Größe & [1].png", "werte.csv"]


def test_without_scripts_the_form_comes_back_to_the_page(mara):
    make_job()

    answer = send(mara, ("a.txt", b"x"))
    empty = mara.post("/jobs/1000001/attachments/", follow=True)

    assert (answer.status_code, answer["Location"]) == (302, "/jobs/1000001/#job-attachments")
    assert "No file was chosen." in empty.text


def test_the_same_file_twice_is_there_once(mara):
    make_job()
    for _ in range(2):
        send(mara, ("a.txt", b"x"))

    assert (Attachment.objects.count(), History.objects.count()) == (1, 1)


@pytest.mark.parametrize("content", [b"x" * 1001, b"x" * 5000])
def test_a_file_that_is_too_large_leaves_nothing(mara, settings, content, attachments_folder):
    set_web(settings, attachment_bytes=1000)
    make_job()

    answer = send(mara, ("big.bin", content), headers=JSON)

    assert answer.status_code == 422
    assert answer.json()["made"] == [] and "allowed" in answer.json()["trouble"]
    assert [path for path in attachments_folder.rglob("*") if path.is_file()] == []
    assert not Attachment.objects.exists()


def test_an_empty_file_is_refused(mara):
    make_job()

    assert "is empty" in send(mara, ("a.txt", b""), headers=JSON).json()["trouble"]


def test_adding_and_removing_need_the_token_of_our_own_page(mara):
    job = make_job()
    kept = Attachment.objects.create(
        job=job, name="a", sha256="a" * 64, size=1, media_type="text/plain", by="mara"
    )
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(User.objects.get())

    assert send(strict, ("a.txt", b"x")).status_code == 403
    for path in (f"attachments/{kept.pk}/remove/", "preview/", "history/1/undo/"):
        assert strict.post(f"/jobs/1000001/{path}").status_code == 403
        assert mara.get(f"/jobs/1000001/{path}").status_code == 405
    assert Attachment.objects.count() == 1


@pytest.mark.parametrize(
    ("content", "media_type"),
    [
        (PNG, "image/png"),
        (b"\xff\xd8\xff\xe0\0\x10JFIF\0" + b"\0" * 40, "image/jpeg"),
        (b"GIF89a" + b"\0" * 40, "image/gif"),
        (b"RIFF\x24\0\0\0WEBPVP8 " + b"\0" * 40, "image/webp"),
        (b"%PDF-1.7\n" + b"\0" * 40, "application/pdf"),
        (b"<svg xmlns='x'><script>alert(1)</script></svg>", "image/svg+xml"),
        (b"<?xml version='1.0'?>\n<!-- c --><svg onload='x'/>", "image/svg+xml"),
        (b"<!doctype html><script>alert(1)</script>", "text/plain"),
        (b"plain text \xc3\xa9", "text/plain"),
        (b"x" * 70_000 + "é".encode() * 10, "text/plain"),
        ("é".encode() * 40_000, "text/plain"),
        (b"a\0b" * 10, "application/octet-stream"),
        (b"\xff\xfe\xfd", "application/octet-stream"),
    ],
)
def test_the_type_is_what_the_bytes_say(content, media_type):
    assert attachmentstore.media_type(content[: attachmentstore.HEAD_BYTES]) == media_type


@pytest.mark.parametrize(
    "content", [b"<svg onload='alert(1)'/>", b"<script>alert(1)</script>", b"%PDF-1.4\n"]
)
def test_what_could_run_is_saved_and_not_opened(mara, content):
    make_job()
    send(mara, ("evil.html", content))

    got = mara.get(f"/jobs/1000001/attachments/{Attachment.objects.get().pk}/")
    got.close()

    assert got["Content-Disposition"].startswith("attachment")
    assert got["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in got["Content-Security-Policy"]
    assert not got["Content-Type"].startswith("text/html")


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\mara\\a b.png", "a b.png"),
        ("..", "file"),
        ("", "file"),
        ("a\0b\n.txt", "a\ufffdb\ufffd.txt"),
        ("gnp.\u202etxt", "gnp.\ufffdtxt"),
        ("測定 1.csv", "測定 1.csv"),
        ("x" * 300 + ".png", "x" * 251 + ".png"),
    ],
)
def test_a_name_is_a_name_and_no_place(name, shown):
    assert clean_name(name) == shown


def test_markup_in_a_name_stays_text(mara):
    job = make_job()
    evil = "<img src=x onerror=alert(1)>"
    Attachment.objects.create(
        job=job, name=evil, sha256="a" * 64, size=1, media_type="image/png", by=evil
    )
    for path in ("", "report/", "history/", "attachments/list/", "report.html"):
        assert "<img src=x" not in mara.get(f"/jobs/1000001/{path}").text, path


@pytest.mark.parametrize("sha", ["../../../etc/passwd", "a" * 63, "A" * 64, "", "a" * 64 + "\n"])
def test_only_a_fingerprint_leads_to_a_file(sha):
    with pytest.raises(ValueError):
        attachmentstore.path_of(sha)


def test_an_attachment_belongs_to_its_job_alone(mara):
    make_job(), make_job(1000002)
    send(mara, ("a.txt", b"x"))
    pk = Attachment.objects.get().pk

    assert mara.get(f"/jobs/1000002/attachments/{pk}/").status_code == 404
    assert mara.post(f"/jobs/1000002/attachments/{pk}/remove/").status_code == 404
    assert mara.get(f"/jobs/1000001/attachments/{10**30}/").status_code == 404


def test_a_file_whose_bytes_are_gone_is_a_404(mara):
    kept = Attachment.objects.create(
        job=make_job(), name="a", sha256="a" * 64, size=1, media_type="text/plain", by="mara"
    )

    assert mara.get(f"/jobs/1000001/attachments/{kept.pk}/").status_code == 404


def test_a_removed_file_is_brought_back_by_an_undo(mara):
    make_job()
    send(mara, ("a.txt", b"x"))
    pk = Attachment.objects.get().pk

    part = mara.post(f"/jobs/1000001/attachments/{pk}/remove/", headers={"HX-Request": "true"})
    row = History.objects.first()

    assert f'action="/jobs/1000001/history/{row.pk}/undo/"' in part.text
    assert not Attachment.objects.exists()
    mara.post(f"/jobs/1000001/history/{row.pk}/undo/")
    back = Attachment.objects.get()
    assert b"".join(mara.get(f"/jobs/1000001/attachments/{back.pk}/")) == b"x"
    plain = mara.post(f"/jobs/1000001/attachments/{back.pk}/remove/", follow=True)
    assert "Removed; the timeline can bring it back: a.txt" in plain.text


def test_a_torn_upload_leaves_no_half_file(attachments_folder):
    def torn():
        yield b"half"
        raise OSError("the line is dead")

    with pytest.raises(OSError):
        attachmentstore.keep(torn(), 1000)

    assert [path for path in attachments_folder.rglob("*") if path.is_file()] == []


def test_a_body_that_is_no_form_is_refused(mara):
    make_job()

    answer = mara.generic("POST", "/jobs/1000001/attachments/", io.BytesIO(b"\0" * 100).read(), "multipart/form-data")  # fmt: skip

    assert answer.status_code in (302, 400)
    assert json.loads(send(mara, headers=JSON).text)["trouble"] == "No file was chosen."
