"""A parser's own dataclass as part of its state."""

import functools
from collections.abc import Callable
from dataclasses import asdict, fields
from typing import TYPE_CHECKING, Any, TypeVar

from workers.parsers.series import json_number

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

Kind = TypeVar("Kind", bound="DataclassInstance")


def kept(facts: "DataclassInstance") -> dict[str, Any]:
    """As JSON has it: a number that is none (nan, inf) is its text."""
    state = asdict(facts)
    for name in _floats(type(facts)):
        state[name] = _each(json_number, state[name])
    return state


def restored(kind: type[Kind], state: dict[str, Any] | None) -> Kind:
    """What `kept` gave; fields that the class no longer has are left out."""
    names = {one.name for one in fields(kind)}
    values = {name: value for name, value in (state or {}).items() if name in names}
    for name in _floats(kind) & values.keys():
        values[name] = _each(float, values[name])
    return kind(**values)


@functools.cache
def _floats(kind: "type[DataclassInstance]") -> frozenset[str]:
    """Names of the fields that hold a number with a point, or one for each of some names."""
    types = (float, float | None, dict[str, float])
    return frozenset(one.name for one in fields(kind) if one.type in types)


def _each(convert: Callable[[Any], Any], value: Any) -> Any:
    if isinstance(value, dict):
        return {name: convert(inner) for name, inner in value.items()}
    return None if value is None else convert(value)
