"""Decks that run with more rights than they should are a problem on the status page, and in words."""

import pytest

from pdfjobs import confine
from pdfjobs.config import ConfigError, Instance, Settings, parse
from pdfjobs.health.judge_confinement import judge_confinement
from pdfjobs.health.problem import FAIL, WARN

WHY = "bubblewrap is not installed (apt-get install bubblewrap)"


@pytest.fixture
def var(settings, tmp_path):
    settings.INSTANCE = Instance(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("mode", "told"),
    [
        ("auto", [(WARN, f"solvers cannot be confined: {WHY}; so decks run with its rights.")]),
        ("always", [(FAIL, f"solvers cannot be confined: {WHY}; so none is started.")]),
        ("never", []),
    ],
)
def test_a_host_that_cannot_confine_is_named(settings, var, mode, told):
    settings.PDFJOBS = Settings.model_validate({"confine": {"mode": mode}})
    confine.tell(var, WHY)
    host = confine.told(var).__next__().host

    found = [(problem.level, problem.what) for problem in judge_confinement()]

    assert found == [(level, f"On {host} {words}") for level, words in told]


def test_nothing_is_said_of_hosts_that_can_or_left_no_word(var):
    before = list(judge_confinement())
    confine.tell(var, WHY)
    confine.tell(var, "")
    (var / confine.FOLDER / "other.json").write_text("{half")

    assert before == list(judge_confinement()) == []


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('mode = "sometimes"', "confine.mode"),
        ('read = ["data"]', "must be an absolute path"),
        ('read = ["/"]', "not the whole system"),
        ("memory_bytes = 5", "confine.memory_bytes"),
        ("processes = 1", "confine.processes"),
        ("sandbox = true", "no such key"),
    ],
)
def test_a_wrong_bound_is_named(text, words):
    with pytest.raises(ConfigError, match=words):
        parse(f"[confine]\n{text}\n".encode(), "pdfjobs.toml")
