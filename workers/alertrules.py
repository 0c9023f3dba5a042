"""The rules of early warnings, as `alerts.toml` has them."""

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

Level = Literal["yellow", "red"]


@dataclass(frozen=True, eq=False)
class Rule:
    """One rule; its fields are explained in `alerts.toml`."""

    name: str
    look: str
    words: str
    reference: str
    series: tuple[str, ...] = ()
    of: str = ""
    of_least: dict[str, Any] | None = None
    yellow: Any = None
    red: Any = None
    solvers: tuple[str, ...] = ()
    required: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    points: int = 1
    least: float = 0.0
    least_s: float = 0.0
    above: float | None = None
    gate: str = ""
    gate_share: float = 0.0
    negative: bool = False
    while_running: bool = False


def load(text: str) -> tuple[Rule, ...]:
    """The rules of a file like `alerts.toml`; TypeError for a field that rules do not have."""
    rules = []
    for given in tomllib.loads(text)["rule"]:
        fields: dict[str, Any] = {
            "required" if key == "with" else key: tuple(value)
            if key in ("series", "solvers", "with", "without")
            else value
            for key, value in given.items()
        }
        rules.append(Rule(**fields))
    return tuple(rules)


RULES = load(Path(__file__).with_name("alerts.toml").read_text())
