"""What the watcher needs of `pdfjobs.toml` and of its environment: where to look, and how long to wait.

The web side checks the whole file; this reader knows only the keys below, with the same defaults and bounds.
"""

import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args

Kind = Literal["hot", "tree"]
Mode = Literal["auto", "events", "poll"]
MODES: tuple[Mode, ...] = get_args(Mode)

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
    mode: Mode = "auto"
    """How its changes are noticed; a tree's own word, else that of [watch]."""


@dataclass(frozen=True)
class WatcherConfig:
    """Everything that is set from outside."""

    redis_url: str
    roots: tuple[Root, ...]
    intake_quiet_s: float = 2.0
    logs_quiet_s: float = 0.2
    logs_ceiling_s: float = 1.0
    readings_per_s: float = 50.0
    steady_s: float = 5.0
    poll_s: float = 5.0
    stats_per_s: float = 5000.0
    grace_s: float = 3600.0


def read(environ: Mapping[str, str]) -> WatcherConfig:
    """Raises ConfigError for a missing variable, an unreadable file or a value out of bounds."""
    var = _absolute(_required(environ, "PDFJOBS_VAR"))
    _required(environ, "RQ_KEY_PREFIX")  # rq reads it by itself, when it is imported
    redis_url = _required(environ, "REDIS_URL")
    table, where = _table(environ, var)

    def number(key: str, low: float, high: float, default: float) -> float:
        return _number(table, key, (low, high), default, where)

    mode = _mode(_section(table, "watch", where), "watch.mode", "auto", where)
    return WatcherConfig(
        redis_url=redis_url,
        roots=(
            Root("hotfolder", os.path.join(var, "hotfolder"), "hot", mode),
            Root("runs", os.path.join(var, "runs"), "tree", mode),
            *_trees(table, mode, where),
        ),
        intake_quiet_s=number("intake.quiet_s", 0.1, 3600, 2.0),
        logs_quiet_s=number("logs.quiet_s", 0, 60, 0.2),
        logs_ceiling_s=number("logs.ceiling_s", 0, 600, 1.0),
        readings_per_s=number("logs.readings_per_s", 0.1, 100_000, 50.0),
        steady_s=number("logs.steady_s", 0, 600, 5.0),
        poll_s=number("watch.poll_s", 0.1, 3600, 5.0),
        stats_per_s=number("watch.stats_per_s", 1, 1_000_000, 5000.0),
        grace_s=number("watch.grace_s", 0, 30 * 86400, 3600.0),
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


def _number(
    table: dict[str, Any], key: str, bounds: tuple[float, float], default: float, where: str
) -> float:
    name, _, key_there = key.partition(".")
    value = _section(table, name, where).get(key_there, default)
    low, high = bounds
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    if not is_number or not low <= value <= high:
        raise ConfigError(f"{where}: {key} = {value!r}: must be a number from {low} to {high}")
    return float(value)


def _mode(section: dict[str, Any], key: str, default: Mode, where: str) -> Mode:
    value = section.get("mode", default)
    for mode in MODES:
        if value == mode:
            return mode
    raise ConfigError(f"{where}: {key} = {value!r}: must be one of {', '.join(MODES)}")


def _trees(table: dict[str, Any], mode: Mode, where: str) -> list[Root]:
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
        own = _mode(tree, "trees.mode", mode, where)
        roots.append(Root(name, _absolute(path), "tree", own))
    return roots
