"""Before a retry, what the earlier run left is moved aside, whatever happens in between."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workers.launchers import local
from workers.tests.launcher_runs import LiveRun, bounds, live

__all__ = ["bounds", "live"]


def tree(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): path.read_text()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not path.is_symlink()
    }


def test_all_but_the_deck_is_moved(tmp_path: Path) -> None:
    (tmp_path / "include").mkdir()
    (tmp_path / "postProcessing").mkdir()
    for name in ("beam.inp", "include/mesh.inc", "beam.frd", "solver.log", "postProcessing/p"):
        (tmp_path / name).write_text(name)
    (tmp_path / "dangling").symlink_to("nowhere")

    local.set_aside(tmp_path, 1, {"beam.inp", "include"})

    assert tree(tmp_path) == {
        ".pdfjobs/run-1/beam.frd": "beam.frd",
        ".pdfjobs/run-1/postProcessing/p": "postProcessing/p",
        ".pdfjobs/run-1/solver.log": "solver.log",
        "beam.inp": "beam.inp",
        "include/mesh.inc": "include/mesh.inc",
    }
    assert (tmp_path / ".pdfjobs/run-1/dangling").readlink() == Path("nowhere")


def test_a_second_call_replaces_nothing(tmp_path: Path) -> None:
    for text in ("first", "second", "third"):
        (tmp_path / "beam.frd").write_text(text)
        (tmp_path / "results").mkdir()
        (tmp_path / "results" / "p").write_text(text)
        local.set_aside(tmp_path, 1, set())
    local.set_aside(tmp_path, 1, set())

    assert tree(tmp_path / ".pdfjobs" / "run-1") == {
        "beam.frd": "first", "beam.frd~2": "second", "beam.frd~3": "third",
        "results/p": "first", "results~2/p": "second", "results~3/p": "third",
    }  # fmt: skip


def test_a_running_run_keeps_its_files(live: LiveRun) -> None:
    live.start_sleeper()

    with pytest.raises(local.LaunchError, match="still running"):
        local.set_aside(live.folder, 1, set())

    assert (live.folder / "solver.log").exists()


NAMES = st.sampled_from(["a", "a~2", "a~3", "b", "b~2"])


@settings(max_examples=60)
@given(rounds=st.lists(st.tuples(st.sets(NAMES), st.sets(NAMES)), max_size=5))
def test_no_content_is_ever_lost(
    tmp_path_factory: pytest.TempPathFactory, rounds: list[tuple[set[str], set[str]]]
) -> None:
    folder = tmp_path_factory.mktemp("run")
    written: list[str] = []
    for number, (names, keep) in enumerate(rounds):
        for name in sorted(names):
            if not (folder / name).exists():
                (folder / name).write_text(f"{name} of {number}")
                written.append(f"{name} of {number}")
        local.set_aside(folder, 1, keep)
        left = {path.name for path in folder.iterdir()} - {".pdfjobs"}
        assert left <= keep

    assert sorted(tree(folder).values()) == sorted(written)
