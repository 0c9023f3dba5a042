"""What the tests ask of a running service is answered by a fork; it says what a new `manage.py` would say."""

import subprocess
import sys

import pytest

from tests.service import Service

COMMANDS = [
    ("jobs", "--json"),
    ("verify",),
    ("explain", "/nowhere/bl\udce4tter.inp"),
    ("stop",),
    ("no_such_command",),
]


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_words_and_exit_code_are_those_of_the_command(service: Service, words: tuple[str, ...]):
    typed = subprocess.run(
        [sys.executable, "manage.py", *words],
        cwd=service.app,
        env=service.environment,
        capture_output=True,
        text=True,
    )

    forked = service.manage(*words, check=False)

    told = [(done.returncode, done.stdout, done.stderr) for done in (forked, typed)]
    assert told[0] == told[1]


def test_each_command_sees_what_was_written_meanwhile(service: Service):
    service.query("Project.objects.create(name='of another fork').pk")

    assert service.query("Project.objects.filter(name='of another fork').count()") == 1


def test_an_error_comes_with_its_traceback(service: Service):
    with pytest.raises(AssertionError, match=r"Traceback[\s\S]*ZeroDivisionError"):
        service.query("1 / 0")
