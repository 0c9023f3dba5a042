"""The files of a run on the web: list, previews, downloads, archives, and every way out that is closed."""

import io
import os
import re
import zipfile
from urllib.parse import quote

import pytest
from django.contrib.auth.models import User
from django.test import Client

from pdfjobs.models import Run
from pdfjobs.names import to_stored
from pdfjobs.tests.web_rows import make_job, make_log

pytestmark = pytest.mark.django_db

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 20
SANDBOX = "default-src 'none'; sandbox"


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """The run folder of job 1000001, for real, with a secret beside it."""
    inside = tmp_path / "1000001_deck"
    inside.mkdir()
    (tmp_path / "secret").write_text("secret")
    monkeypatch.setattr("pdfjobs.jobfiles.root_path", {"runs": tmp_path}.__getitem__)
    return inside


def set_web(settings, changed):
    web = settings.PDFJOBS.web.model_copy(update=changed)
    settings.PDFJOBS = settings.PDFJOBS.model_copy(update={"web": web})


def body(response):
    return b"".join(response.streaming_content) if response.streaming else response.content


def test_the_list_says_what_each_file_is(mara, folder):
    make_log(make_job(), path="beam.log", report={"role": "screen"})
    (folder / "beam.log").write_text("x" * 1500)
    (folder / "sub").mkdir()
    (folder / "sub" / "plot.png").write_bytes(PNG)
    (folder / "far.dat").write_text("")
    os.utime(folder / "far.dat", (2**40, 2**40))

    page = mara.get("/jobs/1000001/files/")

    assert [(file["path"], file["type"], file["role"]) for file in page.context["files"]] == [
        ("beam.log", "log", "screen"),
        ("far.dat", "log", None),
        ("sub/plot.png", "picture", None),
    ]
    assert "1.5 kB" in page.text and "/jobs/1000001/files/sub/plot.png" in page.text


def test_what_a_solver_printed_is_a_log_whatever_it_is_called(mara, folder):
    job = make_job()
    for name, role in (("run.txt", "screen"), ("a.log", "log"), ("b.sta", "sta"), ("c.csv", "history"), ("solverlog", "utility")):  # fmt: skip
        make_log(job, path=name, inode=len(name), report={"role": role})
        (folder / name).write_text("x")
    (folder / "notes.txt").write_text("x")

    page = mara.get("/jobs/1000001/files/").text
    logs = mara.get("/jobs/1000001/files/?type=log")

    cells = re.findall(r'</a></td><td class="faint">(.*?)</td>', page)
    assert [re.sub(r"<[^>]+>", "", cell) for cell in cells] == [
        *("log", "log: sta", "table: history", "document", "log: screen output"),
        "log: utility program",
    ]
    assert [file["path"] for file in logs.context["files"]] == [
        *("a.log", "b.sta", "run.txt", "solverlog"),
    ]


@pytest.mark.parametrize(
    ("asked", "paths"),
    [
        ({"q": "B.L"}, ["b.log"]),
        ({"type": "picture"}, ["c.png"]),
        ({"sort": "size"}, ["a.inp", "c.png", "b.log"]),
        ({"sort": "age"}, ["c.png", "b.log", "a.inp"]),
        ({"sort": "nonsense"}, ["a.inp", "b.log", "c.png"]),
        ({"q": "absent"}, []),
    ],
)
def test_the_list_is_narrowed_and_sorted(mara, folder, asked, paths):
    make_job()
    for age, (name, size) in enumerate([("a.inp", 300), ("b.log", 100), ("c.png", 200)]):
        (folder / name).write_bytes(b"x" * size)
        os.utime(folder / name, (age + 5, age + 5))

    page = mara.get("/jobs/1000001/files/", asked)

    assert [file["path"] for file in page.context["files"]] == paths


def test_an_empty_or_missing_folder_says_so(mara, folder):
    make_job()
    folder.rmdir()

    assert "has no files, or is out of reach" in mara.get("/jobs/1000001/files/").text


def test_names_full_of_markup_stay_text(mara, folder):
    make_job()
    (folder / "<script>alert(1)<").write_text("<script>alert(2)</script>")
    (folder / "q\"x'&\n?#%2F.log").write_text("x")

    pages = [mara.get("/jobs/1000001/files/").text]
    pages += [mara.get(f"/jobs/1000001/files/{quote('<script>alert(1)<')}").text]

    for page in pages:
        assert "<script>alert" not in page
    assert "&lt;script&gt;alert(2)&lt;/script&gt;" in pages[1]


BAD_PATHS = [
    *("../secret", "%2e%2e/secret", "..%2fsecret", "/etc/passwd", "%2Fetc/passwd", "%00", "absent"),
    *(
        "sub",
        "link.log",
        "%252e%252e/secret",
        "%252E%252E/secret",
        "%252E%252E%252Fsecret",
        "out/secret",
    ),
    *(
        "pipe.log",
        "a.log%00",
        "a.log/",
        "./a.log",
        "sub//b",
        "..",
        ".",
        "x" * 5000,
        "a.log%0d%0aX:%20y",
    ),
    *("%c0%ae%c0%ae/secret", "..%5csecret", "sub/%2e%2e/%2e%2e/secret", "/dev/zero", "%ed%b2%80"),
]


@pytest.mark.parametrize("kind", ["files", "rows", "raw", "log"])
@pytest.mark.parametrize("path", BAD_PATHS)
def test_no_path_leads_out_of_the_run_folder(mara, folder, kind, path):
    make_job()
    (folder / "a.log").write_text("x")
    (folder / "sub").mkdir()
    (folder / "link.log").symlink_to("/etc/passwd")
    (folder / "out").symlink_to(folder.parent)
    os.mkfifo(folder / "pipe.log")

    assert mara.get(f"/jobs/1000001/{kind}/{path}").status_code == 404


def test_a_device_is_not_even_opened(mara, folder, monkeypatch):
    make_job()
    try:
        os.mknod(folder / "zero.log", 0o20666, os.makedev(1, 5))
    except PermissionError:
        pytest.skip("only root makes devices; run as root to see this")
    opened = []
    real = os.open

    def noted(path, *args, **kwargs):
        opened.append(path)
        return real(path, *args, **kwargs)

    monkeypatch.setattr("pdfjobs.jobfiles.os.open", noted)

    assert mara.get("/jobs/1000001/raw/zero.log").status_code == 404
    assert "zero.log" not in opened


def test_a_download_is_saved_and_never_shown(mara, folder):
    make_job()
    (folder / "page.html").write_text("<script>alert(1)</script>")

    response = mara.get("/jobs/1000001/raw/page.html")

    assert body(response) == b"<script>alert(1)</script>"
    assert {name: response[name] for name in ("Content-Type", "Content-Disposition", "Content-Length",
            "X-Content-Type-Options", "Content-Security-Policy", "Accept-Ranges")} == {
        "Content-Type": "application/octet-stream",
        "Content-Disposition": 'attachment; filename="page.html"',
        "Content-Length": "25",
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": SANDBOX,
        "Accept-Ranges": "bytes",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("name", "content", "media_type"),
    [
        ("page.html", b"<html><script>alert(1)</script>", "text/plain; charset=utf-8"),
        ("a.png", PNG, "image/png"),
        ("a.html", PNG, "image/png"),
        ("a.jpg", b"\xff\xd8\xff\xe0rest", "image/jpeg"),
        ("a.gif", b"GIF89a....", "image/gif"),
        ("a.webp", b"RIFF....WEBPVP8 ", "image/webp"),
        ("a.svg", b"<svg onload='alert(1)'/>", "image/svg+xml"),
        ("not.svg", b"plain words", "text/plain; charset=utf-8"),
        ("a.pdf", b"%PDF-1.7\n", "application/pdf"),
        ("fake.pdf", b"<script>", "text/plain; charset=utf-8"),
        ("bin", bytes(range(32)) * 9, "application/octet-stream"),
    ],
)
def test_what_is_shown_raw_is_told_by_its_bytes(mara, folder, name, content, media_type):
    make_job()
    (folder / name).write_bytes(content)

    response = mara.get(f"/jobs/1000001/raw/{name}?plain=1")

    assert (response["Content-Type"], body(response)) == (media_type, content)
    assert response["X-Content-Type-Options"] == "nosniff"
    policy = response["Content-Security-Policy"]
    assert policy == SANDBOX or (media_type == "application/pdf" and "script-src" not in policy)
    inline = media_type != "application/octet-stream"
    assert response["Content-Disposition"].startswith("inline" if inline else "attachment")


@pytest.mark.parametrize(
    ("name", "header"),
    [
        ("a b.log", 'attachment; filename="a b.log"'),
        ('say "hi"\\.log', 'attachment; filename="say \\"hi\\"\\\\.log"'),
        ("Größe 100%.dat", "attachment; filename*=utf-8''Gr%C3%B6%C3%9Fe%20100%25.dat"),
        ("a;b=c.log", 'attachment; filename="a;b=c.log"'),
        ("new\nline\r.log", "attachment; filename*=utf-8''new%EF%BF%BDline%EF%BF%BD.log"),
        ("\u202egpj.exe", "attachment; filename*=utf-8''%EF%BF%BDgpj.exe"),
        (os.fsdecode(b"\xe4.log"), "attachment; filename*=utf-8''%C3%A4.log"),
    ],
)
def test_the_name_to_save_under_survives_the_header(mara, folder, name, header):
    make_job()
    (folder / name).write_text("x")

    response = mara.get(f"/jobs/1000001/raw/{quote(to_stored(name))}")

    assert (response.status_code, response["Content-Disposition"]) == (200, header)


@pytest.mark.parametrize(
    ("asked", "status", "content", "told"),
    [
        ("bytes=0-3", 206, b"0123", "bytes 0-3/10"),
        ("bytes=4-", 206, b"456789", "bytes 4-9/10"),
        ("bytes=-3", 206, b"789", "bytes 7-9/10"),
        ("bytes=8-99", 206, b"89", "bytes 8-9/10"),
        ("bytes=-99", 200, b"0123456789", None),
        ("bytes=10-", 416, b"", "bytes */10"),
        ("bytes=-0", 416, b"", "bytes */10"),
        ("bytes=5-2", 200, b"0123456789", None),
        ("bytes=0-1,4-5", 200, b"0123456789", None),
        ("bytes=-", 200, b"0123456789", None),
        ("lines=1-2", 200, b"0123456789", None),
        (f"bytes={'9' * 30}-", 200, b"0123456789", None),
    ],
)
def test_a_part_is_given_where_one_is_asked_for(mara, folder, asked, status, content, told):
    make_job()
    (folder / "a.log").write_bytes(b"0123456789")

    response = mara.get("/jobs/1000001/raw/a.log", headers={"Range": asked})

    assert (response.status_code, body(response)) == (status, content)
    assert response.get("Content-Range") == told


def test_a_part_of_another_version_is_the_whole(mara, folder):
    make_job()
    (folder / "a.log").write_bytes(b"0123456789")
    known = mara.get("/jobs/1000001/raw/a.log")["ETag"]
    headers = {"Range": "bytes=0-1", "If-Range": known}

    same = mara.get("/jobs/1000001/raw/a.log", headers=headers)
    assert (same.status_code, body(same)) == (206, b"01")
    (folder / "a.log").write_bytes(b"x0123456789")
    other = mara.get("/jobs/1000001/raw/a.log", headers=headers)
    assert (other.status_code, body(other)) == (200, b"x0123456789")


def test_nginx_sends_the_file_where_there_is_one(mara, folder, settings):
    make_job()
    (folder / "a b%.log").write_bytes(b"0123456789")
    (folder / "link.log").symlink_to("/etc/passwd")
    set_web(settings, {"accel": "/runfiles"})

    response = mara.get("/jobs/1000001/raw/a%20b%2525.log")

    assert response["X-Accel-Redirect"] == "/runfiles/runs/1000001_deck/a%20b%25.log"
    assert response["Content-Disposition"] == 'attachment; filename="a b%.log"'
    assert response.content == b""
    assert mara.get("/jobs/1000001/raw/link.log").status_code == 404


def zipped(response):
    return zipfile.ZipFile(io.BytesIO(body(response)))


def test_a_run_comes_as_one_archive(mara, folder):
    make_job(name="Träger 1.inp")
    (folder / "sub").mkdir()
    (folder / "sub" / "b.log").write_text("inner\n" * 1000)
    (folder / "a.png").write_bytes(PNG)
    (folder / "link").symlink_to("/etc/passwd")

    response = mara.get("/jobs/1000001/files.zip")
    found = zipped(response)

    assert response["Content-Disposition"] == 'attachment; filename="1000001_Trager_1.zip"'
    assert found.testzip() is None
    assert {name: found.read(name) for name in found.namelist()} == {
        "a.png": PNG,
        "sub/b.log": b"inner\n" * 1000,
    }


def test_chosen_files_come_as_an_archive(mara, folder):
    make_job()
    for name in ("a.log", "b.log", "c%.log"):
        (folder / name).write_text(name)

    found = zipped(
        mara.post(
            "/jobs/1000001/files.zip", {"file": ["a.log", "c%25.log", "../secret", "/etc/passwd"]}
        )
    )

    assert found.namelist() == ["a.log", "c%.log"]


def test_choosing_needs_the_token_of_the_page(folder):
    make_job()
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(User.objects.create_user("jens"))

    assert strict.post("/jobs/1000001/files.zip", {"file": ["a.log"]}).status_code == 403


def test_an_archive_that_is_too_large_is_refused_with_words(mara, folder, settings):
    make_job()
    (folder / "a.log").write_bytes(b"x" * 2000)
    set_web(settings, {"zip_bytes": 1000})

    response = mara.get("/jobs/1000001/files.zip")

    assert response.status_code == 413
    assert "Choose fewer files" in response.text and "2.0 kB" in response.text


def test_nothing_that_is_there_is_a_404_and_no_empty_archive(mara, folder):
    make_job()

    assert mara.get("/jobs/1000001/files.zip").status_code == 404
    assert mara.get("/jobs/1000001/files.zip?file=../secret").status_code == 404


def test_a_table_shows_its_first_rows(mara, folder):
    make_job()
    rows = "".join(f"{i};<b>{i}</b>;3,5\n" for i in range(500))
    (folder / "t.csv").write_text("\ufefftime;name;value\n" + rows, encoding="utf-8")

    page = mara.get("/jobs/1000001/files/t.csv")

    assert page.context["head"] == ["time", "name", "value"]
    assert len(page.context["rows"]) == 200
    assert page.context["rows"][1] == ["1", "<b>1</b>", "3,5"]
    assert "<b>1</b>" not in page.text
    assert mara.get("/jobs/1000001/files/t.csv?as=text").templates[0].name == "pdfjobs/log.html"


@pytest.mark.parametrize(
    "content", [b"", b"\0" * 90, b'"' * 200_000, b"a,b\n" + b"x" * 300_000, b"\xff\xfe,\n"]
)
def test_a_broken_table_does_no_harm(mara, folder, content):
    make_job()
    (folder / "t.csv").write_bytes(content)

    assert mara.get("/jobs/1000001/files/t.csv").status_code == 200


@pytest.mark.parametrize(
    ("name", "content", "word"),
    [
        ("a.png", PNG, '<img src="/jobs/1000001/raw/a.png?plain=1"'),
        ("a.svg", b"<svg onload='alert(1)'/>", '<img src="/jobs/1000001/raw/a.svg?plain=1"'),
        ("a.pdf", b"%PDF-1.7", '<iframe class="preview" src="/jobs/1000001/raw/a.pdf?plain=1"'),
        ("a.frd", bytes(range(14)) * 40, "This file is not text"),
    ],
)
def test_each_kind_has_its_page(mara, folder, name, content, word):
    make_job()
    (folder / name).write_bytes(content)

    page = mara.get(f"/jobs/1000001/files/{name}").text

    assert word in page and "onload" not in page


def test_an_earlier_runs_files_are_asked_for_by_its_number(mara, folder):
    job = make_job()
    (folder / "a.log").write_text("first\n")
    second = folder.parent / "second"
    second.mkdir()
    (second / "a.log").write_text("second\n")
    Run.objects.create(job=job, ordinal=2, root="runs", folder="second", stem="")

    assert body(mara.get("/jobs/1000001/raw/a.log")) == b"second\n"
    assert body(mara.get("/jobs/1000001/raw/a.log?run=1")) == b"first\n"
    assert "?run=1" in mara.get("/jobs/1000001/files/?run=1").text
    for run in ("3", "x", "-1", "1 "):
        assert mara.get("/jobs/1000001/files/", {"run": run}).status_code == 404


def test_people_outside_a_project_do_not_learn_of_its_files(mara, folder, settings):
    make_job(project="wing", owner="jens")
    (folder / "a.log").write_text("x")
    set_web(settings, {"open_to_all": False})

    for path in (
        "files/",
        "files/a.log",
        "rows/a.log",
        "raw/a.log",
        "files.zip",
        "log/a.log",
        "deck/",
    ):
        assert mara.get(f"/jobs/1000001/{path}").status_code == 404
