"""Files of a run over the API, and that no address leads out of its folder."""

import pytest
from django.contrib.auth.models import User
from django.test import Client

from pdfjobs.services import tokens
from pdfjobs.tests.web_rows import make_job

pytestmark = pytest.mark.django_db


@pytest.fixture
def folder(settings, tmp_path):
    instance = type(settings.INSTANCE)(tmp_path)
    settings.INSTANCE = instance
    run = instance.runs / "1000001_deck"
    (run / "inner").mkdir(parents=True)
    (run / "a b%20.log").write_bytes(b"0123456789")
    (run / "inner" / "page.html").write_bytes(b"<script>alert(1)</script>")
    (run / ".hidden").write_bytes(b"x")
    (tmp_path / "outside").write_bytes(b"secret")
    (run / "link").symlink_to(tmp_path / "outside")
    return run


@pytest.fixture
def api(folder):
    make_job()
    _token, secret = tokens.make(User.objects.create_user("mara"), "test", 30)
    return Client(headers={"Authorization": f"Bearer {secret}"})


def whole(response):
    return b"".join(response.streaming_content) if response.streaming else response.content


def test_the_list_leads_to_each_file(api):
    listed = api.get("/api/v1/jobs/1000001/files").json()

    assert [(file["path"], file["size"]) for file in listed] == [
        ("a b%2520.log", 10),
        ("inner/page.html", 25),
    ]
    from urllib.parse import quote

    got = api.get(f"/api/v1/jobs/1000001/files/{quote(listed[0]['path'])}")
    assert (got.status_code, whole(got)) == (200, b"0123456789")
    part = api.get(
        f"/api/v1/jobs/1000001/files/{quote(listed[0]['path'])}", headers={"Range": "bytes=2-4"}
    )
    assert (part.status_code, whole(part)) == (206, b"234")


def test_a_page_among_the_files_is_no_page_of_ours(api):
    response = api.get("/api/v1/jobs/1000001/files/inner/page.html")

    assert response["Content-Type"] == "application/octet-stream"
    assert response["Content-Disposition"].startswith("attachment")
    assert "sandbox" in response["Content-Security-Policy"]
    whole(response)


@pytest.mark.parametrize(
    "path",
    [
        "../../outside",
        "%2e%2e/%2e%2e/outside",
        "..%2f..%2foutside",
        "inner/../../../outside",
        "/etc/passwd",
        "%2fetc/passwd",
        "link",
        "inner",
        "",
        "%00",
        "a%00b",
        "absent",
        "%252e%252e/outside",
        "%25FF",
    ],
)
def test_nothing_outside_of_the_folder_is_reached(api, path):
    response = api.get(f"/api/v1/jobs/1000001/files/{path}")

    assert response.status_code == 404
    assert b"secret" not in whole(response)


def test_a_job_without_a_run_has_no_files(api):
    make_job(5, run=False)

    assert api.get("/api/v1/jobs/5/files").json() == []
    assert api.get("/api/v1/jobs/5/files/x").status_code == 404
