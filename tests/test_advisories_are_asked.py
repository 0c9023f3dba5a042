"""Known holes in what is installed: found, or plainly said to be unasked; a service on loopback speaks OSV's protocol."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from tests import advisories

HOLE = {
    "id": "PYSEC-2026-1",
    "summary": "a hole",
    "affected": [
        {
            "package": {"name": "alpha", "ecosystem": "PyPI"},
            "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "1.1"}]}],
            "versions": ["1.0"],
        }
    ],
}


@pytest.fixture
def service(monkeypatch):
    """Knows of one hole, in alpha 1.0."""

    class Osv(BaseHTTPRequestHandler):
        def do_POST(self):
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            body = json.dumps({"vulns": [HOLE]} if asked["package"]["name"] == "alpha" else {})
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, *_):
            return None

    server = ThreadingHTTPServer(("127.0.0.1", 0), Osv)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    monkeypatch.setenv("PDFJOBS_ADVISORIES_URL", f"http://127.0.0.1:{server.server_port}/query")
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def asked(tmp_path, monkeypatch, capsys):
    """The answer and the words for these packages."""
    monkeypatch.setattr(advisories, "SAID", tmp_path / "build" / "advisories.txt")
    monkeypatch.delenv("PDFJOBS_ADVISORIES", raising=False)

    def ask(*packages):
        file = tmp_path / "requirements.txt"
        file.write_text("\n".join(packages))
        return advisories.main((str(file),)), capsys.readouterr().err

    return ask


def test_every_file_that_pins_packages_is_asked_about():
    pinning = [
        *advisories.APP.glob("requirements*.txt"),
        *(advisories.APP / "provision").glob("*.txt"),
    ]

    assert {str(file.relative_to(advisories.APP)) for file in pinning} == set(advisories.FILES)


def test_what_has_no_hole_is_asked_and_passes(service, asked):
    assert asked("beta==2.0") == (0, "")
    assert not advisories.SAID.exists()


def test_a_known_hole_fails_and_says_what_mends_it(service, asked):
    assert asked("alpha==1.0", "beta==2.0") == (
        1,
        "alpha 1.0: PYSEC-2026-1, mended in 1.1\n",
    )


def test_a_service_that_does_not_answer_is_no_clean_bill(service, asked, monkeypatch):
    service.shutdown()
    service.server_close()
    words = (
        "NOT CHECKED for known holes: 2 of 2 packages,"
        " since the advisories could not be asked (alpha, beta …).\n"
    )

    assert asked("alpha==1.0", "beta==2.0") == (0, words)
    assert advisories.SAID.read_text() == words

    monkeypatch.setenv("PDFJOBS_ADVISORIES", "required")
    assert asked("alpha==1.0", "beta==2.0") == (1, words)
