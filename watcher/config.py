"""What the watcher needs of `pdfjobs.toml` and of its environment: where to look, and how long to wait.

The web side checks the whole file; this reader knows only the keys below, with the same defaults and bounds.
"""

import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

Kind = Literal["hot", "tree"]

TREE_NAME = re.compile(r"[a-z][a-z0-9_-]{0,39}")


class ConfigError(Exception):
    """The watcher cannot start; the text names the variable or key, its value and what is allowed."""


@dataclass(frozen=True)
class Root:
    """A folder that is watched."""

    name: str
    """How diary and tasks call it."""
    path: str
    """Where it is on this host; absolute; bytes that are not UTF-8 as os.fsdecode gives them."""
    kind: Kind
    """hot: every direct child is a deck to hand over once; tree: every file is told of whenever it changes."""


@dataclass(frozen=True)
class WatcherConfig:
    """Everything that is set from outside."""

    redis_url: str
    roots: tuple[Root, ...]
    intake_quiet_s: float = 2.0
    logs_quiet_s: float = 0.2
    logs_ceiling_s: float = 1.0


def read(environ: Mapping[str, str]) -> WatcherConfig:
    """Raises ConfigError for a missing variable, an unreadable file or a value out of bounds."""
    var = _absolute(_required(environ, "PDFJOBS_VAR"))
    _required(environ, "RQ_KEY_PREFIX")  # rq reads it by itself, when it is imported
    redis_url = _required(environ, "REDIS_URL")
    table, where = _table(environ, var)
    logs = _section(table, "logs", where)
    return WatcherConfig(
        redis_url=redis_url,
        roots=(
            Root("hotfolder", os.path.join(var, "hotfolder"), "hot"),
            Root("runs", os.path.join(var, "runs"), "tree"),
            *_trees(table, where),
        ),
        intake_quiet_s=_seconds(
            _section(table, "intake", where), "intake.quiet_s", (0.1, 3600), 2.0, where
        ),
        logs_quiet_s=_seconds(logs, "logs.quiet_s", (0, 60), 0.2, where),
        logs_ceiling_s=_seconds(logs, "logs.ceiling_s", (0, 600), 1.0, where),
    )


def _absolute(path: str) -> str:
    return os.path.normpath(Path(path).absolute())


def _required(environ: Mapping[str, str], name: str) -> str:
    value = environ.get(name)
    if not value:
        raise ConfigError(f"{name} is not set")
    return value


def _table(environ: Mapping[str, str], var: str) -> tuple[dict[str, Any], str]:
    named = environ.get("PDFJOBS_CONFIG")
    where = named or os.path.join(var, "pdfjobs.toml")
    try:
        return tomllib.loads(Path(where).read_bytes().decode("utf-8")), where
    except FileNotFoundError as error:
        if named:
            raise ConfigError(f"{where}: named by PDFJOBS_CONFIG, but not there") from error
        return {}, where
    except OSError as error:
        raise ConfigError(f"{where}: cannot be read: {error.strerror}") from error
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(f"{where}: not valid TOML: {error}") from error


def _section(table: dict[str, Any], name: str, where: str) -> dict[str, Any]:
    section = table.get(name, {})
    if not isinstance(section, dict):
        raise ConfigError(f"{where}: {name} = {section!r}: must be a table")
    return section


def _seconds(
    section: dict[str, Any], key: str, bounds: tuple[float, float], default: float, where: str
) -> float:
    value = section.get(key.rpartition(".")[2], default)
    low, high = bounds
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    if not is_number or not low <= value <= high:
        raise ConfigError(f"{where}: {key} = {value!r}: must be a number from {low} to {high}")
    return float(value)


def _trees(table: dict[str, Any], where: str) -> list[Root]:
    trees = table.get("trees", [])
    if not isinstance(trees, list) or not all(isinstance(tree, dict) for tree in trees):
        raise ConfigError(f"{where}: trees = {trees!r}: must be an array of tables, [[trees]]")
    taken = {"hotfolder", "runs"}
    roots = []
    for tree in trees:
        name, path = tree.get("name"), tree.get("path")
        if not isinstance(name, str) or not TREE_NAME.fullmatch(name):
            raise ConfigError(f"{where}: trees.name = {name!r}: must match {TREE_NAME.pattern}")
        if name in taken:
            raise ConfigError(f"{where}: trees.name = {name!r}: another root has this name")
        if not isinstance(path, str) or not Path(path).is_absolute():
            raise ConfigError(f"{where}: trees.path = {path!r}: must be an absolute folder")
        taken.add(name)
        roots.append(Root(name, _absolute(path), "tree"))
    return roots
