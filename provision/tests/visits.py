"""What a person or a program does with the host: asks for pages, drops decks, looks at jobs."""

import http.client
import json
import ssl
import subprocess
from contextlib import closing
from email.message import Message
from pathlib import Path
from typing import NamedTuple

from container import Container

from tests.service import wait_for

ADMINISTRATOR, PASSWORD = "admin", "test-admin-4711"
"""From the test's own vault, as those of the share are."""
PEOPLE = {"mara": "test-mara", "jens": "test-jens"}


class Answer(NamedTuple):
    """What nginx said."""

    status: int
    headers: Message
    body: bytes


def ask(
    host: Container, path: str, tls: ssl.SSLContext | None = None, body: str | None = None
) -> Answer:
    """By TLS where its context is given; the certificate must be the host's own. A body is posted."""
    connection: http.client.HTTPConnection
    if tls:
        connection = http.client.HTTPSConnection(
            "localhost", host.ports["HTTPS"], timeout=60, context=tls
        )
    else:
        connection = http.client.HTTPConnection("localhost", host.ports["HTTP"], timeout=60)
    with closing(connection):
        connection.request("POST" if body else "GET", path, body)
        with connection.getresponse() as answer:
            return Answer(answer.status, answer.headers, answer.read())


def jobs(host: Container) -> list[dict]:
    return json.loads(host.say("pdfjobs", "jobs", "--json"))


def job(host: Container, name: str, *statuses: str) -> dict | None:
    """The job of this deck, once it has one of these statuses."""
    return next((j for j in jobs(host) if j["name"] == name and j["status"] in statuses), None)


def put(host: Container, person: str, folder: Path, name: str, password: str = "") -> str:
    """As people's file managers do it: into the share, under their own name; what smbclient said."""
    done = subprocess.run(
        [
            *("smbclient", "//127.0.0.1/hotfolder", "--port", str(host.ports["SMB"])),
            *("--user", f"{person}%{password or PEOPLE[person]}"),
            *("--command", f"lcd {folder}; put {name}"),
        ],
        capture_output=True,
        text=True,
        timeout=60,
    )
    return "" if done.returncode == 0 else done.stdout + done.stderr


def pid_of(host: Container, unit: str) -> str:
    return host.say("systemctl", "show", "--property=MainPID", "--value", unit)


def ended_as(host: Container, name: str) -> str:
    """How the run of this deck ended; waits for it."""
    over = ("normal", "error", "other", "none")
    return wait_for(lambda: job(host, name, *over), f"the end of {name}", 600)["status"]
