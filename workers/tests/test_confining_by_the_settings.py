"""Which runs are confined, how, and as whom they run, by the settings and by what the machine can do."""

import os
from pathlib import Path

import pytest

from pdfjobs import confine
from workers import confining
from workers.launchers import confinement
from workers.launchers.errors import LaunchError
from workers.tests.conftest import configure, make_run

pytestmark = pytest.mark.django_db
WHY = "bubblewrap does not work here (bwrap: No permissions)"


@pytest.fixture(autouse=True)
def fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(confining, "_tried", {})
    monkeypatch.setattr(confinement, "find_bwrap", lambda: "/usr/bin/bwrap")


def machine_says(monkeypatch: pytest.MonkeyPatch, why: str) -> list[str]:
    """What it was asked, each time for whom."""
    asked: list[str] = []
    monkeypatch.setattr(confinement, "why_not", lambda user="": asked.append(user) or why)
    return asked


def test_a_run_is_confined_where_it_can_be(instance, settings, tmp_path, monkeypatch) -> None:
    machine_says(monkeypatch, "")
    table = {"memory_bytes": 2**30, "processes": 50, "read": ["/data"], "environment": ["PATH"]}
    configure(settings, tmp_path, confine=table)
    bounds = confining.bounds(make_run(instance), "")

    assert bounds == confinement.Confinement(
        bwrap="/usr/bin/bwrap",
        memory_bytes=2**30,
        processes=50,
        scratch_bytes=2**30,
        network=False,
        read=("/data", f"{instance.var}/openfoam"),
        hide=(str(instance.var), str(settings.BASE_DIR), str(tmp_path / "tree")),
        keep=("PATH",),
    )
    assert list(confine.told(instance.var)) == [(os.uname().nodename, "")]


@pytest.mark.parametrize(
    ("for_all", "for_one", "network"),
    [
        (False, {}, False),
        (True, {}, True),
        (False, {"network": True}, True),
        (True, {"network": False}, False),
    ],
)
def test_a_solvers_own_word_on_the_network_counts(
    instance, settings, tmp_path, monkeypatch, for_all, for_one, network
) -> None:
    machine_says(monkeypatch, "")
    solver = {"command": ["sh", "{deck}"], **for_one}
    configure(settings, tmp_path, confine={"network": for_all}, solvers={"calculix": solver})

    bounds = confining.bounds(make_run(instance), "")
    assert bounds is not None
    assert bounds.network is network


def test_where_it_cannot_be_a_run_goes_on_and_that_is_told(instance, monkeypatch) -> None:
    asked = machine_says(monkeypatch, WHY)
    run = make_run(instance)

    assert [confining.bounds(run, ""), confining.bounds(run, "")] == [None, None]
    assert asked == [""]
    assert list(confine.told(instance.var)) == [(os.uname().nodename, WHY)]


def test_where_it_must_be_and_cannot_nothing_starts(
    instance, settings, tmp_path, monkeypatch
) -> None:
    machine_says(monkeypatch, WHY)
    configure(settings, tmp_path, confine={"mode": "always"})

    with pytest.raises(LaunchError, match=r"must be confined and cannot be on .*: bubblewrap does"):
        confining.bounds(make_run(instance), "")


def test_where_nobody_wants_it_nothing_is_tried(instance, settings, tmp_path, monkeypatch) -> None:
    asked = machine_says(monkeypatch, WHY)
    configure(settings, tmp_path, confine={"mode": "never"})
    confining.look()

    assert confining.bounds(make_run(instance), "") is None
    assert (asked, list(confine.told(instance.var))) == ([], [])


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root, to give a deck to a person")
@pytest.mark.parametrize(
    ("as_owner", "uid", "user"),
    [
        (True, 12345, "mara"),
        (True, 54321, "nobody"),  # no account has this number
        (True, 0, "nobody"),
        (True, 1, "nobody"),  # the system's
        (False, 12345, "nobody"),
    ],
)
def test_a_deck_runs_as_its_owner_on_the_share(
    instance, settings, tmp_path, monkeypatch, as_owner, uid, user
) -> None:
    known = {12345: "mara", 1: "daemon", 0: "root"}

    def account(number: int) -> os.stat_result:
        fields = (known[number], "x", number, number, "", "/", "/bin/sh")
        return confining.pwd.struct_passwd(fields)

    monkeypatch.setattr(confining.pwd, "getpwuid", account)
    configure(settings, tmp_path, confine={"as_owner": as_owner}, launcher={"run_as": "nobody"})
    run = make_run(instance)
    os.chown(Path(instance.runs) / run.folder / "beam.inp", uid, -1)

    assert confining.user_of(run) == user
