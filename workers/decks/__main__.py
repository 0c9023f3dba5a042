"""Command line of the deck readers: `python -m workers.decks [--json] FILE...`."""

import argparse
import json
import sys
from typing import Any

from workers.decks import reader_for
from workers.decks.facts import Opener, Stream
from workers.decks.paths import folder_of, leaves_folder
from workers.decks.reader import HEAD_BYTES

UNCLAIMED = 2
"""Exit code when a file is no solver's deck or cannot be read."""
CASE_DECK = "system/controlDict"

_SHOWN = 20


def main(arguments: list[str] | None = None) -> int:
    """Reads the decks and writes what their readers find; returns the exit code."""
    parser = argparse.ArgumentParser("python -m workers.decks", description="Read decks.")
    parser.add_argument("--json", action="store_true", help="write a JSON array")
    parser.add_argument("files", nargs="+", metavar="FILE", help="a deck, or a case folder")
    options = parser.parse_args(arguments)
    found = [facts_of(name) for name in options.files]
    if options.json:
        text = json.dumps(found, indent=2, allow_nan=False) + "\n"
    else:
        text = "\n".join(_summary(facts) for facts in found)
    # A name that is not UTF-8 arrives as lone surrogates, which no terminal takes.
    sys.stdout.write(text.encode("utf-8", "backslashreplace").decode())
    return UNCLAIMED if any("error" in facts for facts in found) else 0


def facts_of(name: str) -> dict[str, Any]:
    """The facts of a deck with its path, or the path with the reason why there are none."""
    path = name.rstrip("/") or "/"
    try:
        try:
            deck = _open(path)
        except IsADirectoryError:
            path = f"{path}/{CASE_DECK}"
            deck = _open(path)
        with deck:
            head = deck.read(HEAD_BYTES)
            reader = reader_for(path, head) or reader_for(f"system/{path.rpartition('/')[2]}", head)
            if reader is None:
                return {"path": name, "solver": None, "error": "no reader claims this file"}
            deck.seek(0)
            folder = folder_of(path)
            if reader.folder and folder.rpartition("/")[2] == reader.folder:
                folder = folder_of(folder)
            return {"path": name, **reader.read(deck, _opener(folder)).to_json()}
    except (OSError, ValueError) as error:
        return {"path": name, "solver": None, "error": str(error)}


def _open(path: str) -> Any:
    return open(path, "rb")  # noqa: PTH123 - this room knows no pathlib


def _opener(folder: str) -> Opener:
    def open_include(name: str, source: str) -> Stream | None:
        if leaves_folder(name):
            return None
        try:
            opened: Stream = _open(f"{folder}/{name}" if folder else name)
        except (OSError, ValueError):  # absent, or a name that no file can have
            return None
        return opened

    return open_include


def _summary(facts: dict[str, Any]) -> str:
    if "error" in facts:
        return f"{facts['path']}\n  {facts['error']}\n"
    version = f" {facts['solver_version']}" if facts["solver_version"] else ""
    lines = [facts["path"], f"  {facts['solver']}{version}: {facts['title'] or 'without a title'}"]
    lines.append(
        f"  nodes {facts['nodes']}, elements {facts['elements']}, end time {facts['end_time']}"
    )
    for number, step in enumerate(facts["steps"][:_SHOWN], 1):
        lines.append(f"  step {number}: {step['procedure']}, period {step['period']}")
    lines += _more(facts["step_count"], "steps")
    lines += [f"  {name:<28} {value}" for name, value in facts["controls"].items()]
    for include in facts["includes"][:_SHOWN]:
        where = f"line {include['line']} of {include['source'] or 'the deck'}"
        lines.append(f"  include {include['name']} ({where}): {include['state']}")
    lines += _more(facts["include_count"], "includes")
    lines += [f"  beyond itself: {words}" for words in facts["runs_code"]]
    return "\n".join(lines) + "\n"


def _more(count: int, what: str) -> list[str]:
    return [f"  and {count - _SHOWN} more {what}"] if count > _SHOWN else []


if __name__ == "__main__":
    sys.exit(main())
