"""The filter `settings_as_toml`: a mapping as the text of a TOML file."""

from collections.abc import Callable
from typing import Any

from ansible.errors import AnsibleFilterError

try:
    from tomli_w import dumps
except ImportError:
    dumps = None


def as_toml(table: dict[str, Any]) -> str:
    if dumps is None:
        raise AnsibleFilterError(
            "tomli-w is missing beside Ansible: pip install -r provision/requirements.txt"
        )
    try:
        return dumps(_plain(table)).rstrip()
    except TypeError as error:
        raise AnsibleFilterError(f"the settings cannot be written as TOML: {error}") from error


def _plain(value: Any, where: str = "") -> Any:
    """Of Python's own types; a key without a value would be no key, and is refused by its name."""
    if isinstance(value, dict):
        return {str(key): _plain(each, f"{where}.{key}") for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each, where) for each in value]
    if value is None:
        raise AnsibleFilterError(f"{where.removeprefix('.')} has no value; TOML knows no null")
    return str(value) if isinstance(value, str) else value


class FilterModule:
    """As Ansible looks for filters."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"settings_as_toml": as_toml}
