"""Loaded by pytest before Django's settings: tests never touch the instance that somebody works with.

`pytest --database postgresql` gives them, and the services of the flow tests, a PostgreSQL server of their own in
SQLite's place; `--queue-server redis` Redis servers with a password in place of the embedded one.
"""

import atexit
import os
import shutil
import tempfile
import threading
from collections.abc import Generator
from pathlib import Path

import pytest
from hypothesis import settings

# How long an example takes depends on the machine, and on what else it does.
settings.register_profile("patient", parent=settings(), deadline=None)
settings.load_profile("patient")

_folder = tempfile.mkdtemp(prefix="pdfjobs-test-")
atexit.register(shutil.rmtree, _folder, ignore_errors=True)
os.environ["PDFJOBS_VAR"] = _folder
for _name in ("PDFJOBS_CONFIG", "PDFJOBS_DATABASE_PASSWORD", "REDIS_URL", "RQ_KEY_PREFIX"):
    os.environ.pop(_name, None)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--database",
        choices=("sqlite", "postgresql"),
        default="sqlite",
        help="what the tests keep their diary in",
    )
    parser.addoption(
        "--queue-server",
        choices=("embedded", "redis"),
        default="embedded",
        help="what the tests keep their tasks in",
    )


@pytest.hookimpl(wrapper=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> Generator[None, None, None]:
    """A wrapper comes before pytest-django, which reads the settings in this hook."""
    wanted = early_config.known_args_namespace
    if wanted.database == "postgresql" or wanted.queue_server == "redis":
        from pdfjobs.config import Instance
        from tests.servers import chosen, queue_url

        if wanted.database == "postgresql":
            chosen.take_postgresql()
            (Path(_folder) / "pdfjobs.toml").write_text(chosen.database_lines("pdfjobs"))
        if wanted.queue_server == "redis":
            chosen.take_redis()
            os.environ["REDIS_URL"] = queue_url(Instance(Path(_folder)).queue_socket)
    return (yield)


@pytest.fixture(scope="session", autouse=True)
def threads_close_what_they_say_they_close() -> Generator[None, None, None]:
    """Django closes no connection to a database in memory, whose last one takes the data along.

    That one is the main thread's. From Python 3.13 on a warning tells of each that is left open.
    """
    from django.db.backends.base.base import BaseDatabaseWrapper
    from django.db.backends.sqlite3.base import DatabaseWrapper

    kept = DatabaseWrapper.close

    def close(wrapper: DatabaseWrapper) -> None:
        here = threading.current_thread()
        (kept if here is threading.main_thread() else BaseDatabaseWrapper.close)(wrapper)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(DatabaseWrapper, "close", close)
        yield


@pytest.fixture(autouse=True)
def no_lines_stay(request: pytest.FixtureRequest) -> Generator[None, None, None]:
    """Tests with transactions of their own are cleared up table by table, but for the one that is no model's."""
    marker = request.node.get_closest_marker("django_db")
    stays = "transactional_db" in request.fixturenames or (
        marker is not None and marker.kwargs.get("transaction")
    )
    yield
    if stays:
        from django.db import connection

        with (
            request.getfixturevalue("django_db_blocker").unblock(),
            connection.cursor() as cursor,
        ):
            cursor.execute("DELETE FROM pdfjobs_jobline")
