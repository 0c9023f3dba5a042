"""Command line of the parsers: `python -m workers.parsers [--json] FILE...`."""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from workers.parsers import claimant
from workers.parsers.report import HEAD_BYTES

CHUNK_BYTES = 1 << 20
UNCLAIMED = 2
"""Exit code when a file is no parser's or cannot be read."""

_FACTS = (
    ("version", "solver_version"),
    ("title", "title"),
    ("reason", "status_reason"),
    ("progress", "progress"),
    ("time", "time"),
    ("end time", "end_time"),
    ("cycle", "cycle"),
    ("time step", "time_step"),
    ("wall time [s]", "wall_time_s"),
    ("nodes", "nodes"),
    ("elements", "elements"),
)
_MESSAGES_SHOWN = 10


def main(arguments: list[str] | None = None) -> int:
    """Reads the files and writes what their parsers find; returns the exit code."""
    parser = argparse.ArgumentParser("python -m workers.parsers", description="Read solver logs.")
    parser.add_argument("--json", action="store_true", help="write a JSON array")
    parser.add_argument("files", nargs="+", metavar="FILE")
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
    """The report of a file with its path, or the path with the reason why there is none."""
    path = Path(name)
    try:
        if path.exists() and not path.is_file():
            return {"path": name, "solver": None, "error": "not a file"}
        with path.open("rb") as file:
            chunk = file.read(CHUNK_BYTES)
            parser_type = claimant(chunk[:HEAD_BYTES])
            if parser_type is None:
                return {"path": name, "solver": None, "error": "no parser claims this file"}
            parser = parser_type()
            while chunk:
                parser.feed(chunk)
                chunk = file.read(CHUNK_BYTES)
    except (OSError, ValueError) as error:
        return {"path": name, "solver": None, "error": str(error)}
    parser.finish()
    return {"path": name, **parser.report().to_json()}


def _summary(facts: dict[str, Any]) -> str:
    if "error" in facts:
        return f"{facts['path']}\n  {facts['error']}\n"
    status = facts["status"] or "no word of the status"
    lines = [facts["path"], f"  {facts['solver']} {facts['role']}: {status}"]
    lines += [f"  {label:<14} {facts[key]}" for label, key in _FACTS if facts[key] is not None]
    lines.append(f"  {'warnings':<14} {facts['warnings']}, errors {facts['errors']}")
    for message in facts["messages"][:_MESSAGES_SHOWN]:
        lines.append(f"  line {message['line']} ({message['count']}x): {message['text']}")
    if len(facts["messages"]) > _MESSAGES_SHOWN:
        lines.append(f"  and {len(facts['messages']) - _MESSAGES_SHOWN} more messages")
    for name, series in facts["series"].items():
        span = f"{series['n']} points, {series['first']} to {series['last']}"
        lines.append(f"  {name:<22} {span} {series['unit'] or ''}".rstrip())
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.exit(main())
