"""Runs of a service of an ordinary account, whoever runs the tests."""

import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from workers import launchers
from workers.tests import lone_service
from workers.tests.launcher_runs import bounds_for_tests

ACCOUNT = 64123 if os.geteuid() == 0 else os.getuid()
"""Nobody's on any machine."""
BECOMES: dict[str, Any] = {"user": ACCOUNT, "group": ACCOUNT, "extra_groups": []}
Step = tuple[tuple[str, ...], str]


@pytest.fixture
def place() -> Iterator[Path]:
    """An instance of that account's, and its code, where every account may read them."""
    bounds_for_tests()
    with tempfile.TemporaryDirectory() as name:
        place = Path(name)
        place.chmod(0o755)
        code = Path(launchers.__file__).parent
        shutil.copytree(code, place / "app" / "workers" / "launchers")
        (place / "app" / "workers" / "__init__.py").touch()
        shutil.copy(lone_service.__file__, place / "app" / "service.py")
        run_of(place).mkdir(parents=True)
        give(place)
        yield place


def run_of(place: Path) -> Path:
    return place / "runs" / "1000001_beam"


def give(place: Path, account: int = ACCOUNT) -> None:
    """Gives all there to that account."""
    for path in (place, *place.rglob("*")):
        os.chown(path, account, -1)


def served(
    place: Path,
    *steps: Step,
    environment: dict[str, str] | None = None,
    bounds: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """The run's record, and what the service is like afterwards."""
    order = {
        "app": str(place / "app"),
        "folder": str(run_of(place)),
        "steps": steps,
        "environment": environment or {},
        "bounds": bounds or {},
    }
    done = subprocess.run(
        ["/usr/bin/python3", "-I", str(place / "app" / "service.py")],
        input=json.dumps(order),
        capture_output=True,
        text=True,
        cwd=place,
        env={"PATH": "/usr/bin:/bin", "HOME": "/nowhere"},
        timeout=90,
        **(BECOMES if os.geteuid() == 0 else {}),
    )
    assert done.returncode == 0, done.stderr
    said: dict[str, Any] = json.loads(done.stdout)
    return said
