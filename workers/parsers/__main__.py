"""Command line of the parsers: `python -m workers.parsers [--json] [--follow] [--site FILE.toml] FILE...`."""

import argparse
import json
import shutil
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from workers.parsers import claimant, take_site_logs
from workers.parsers.preview import Preview
from workers.parsers.report import HEAD_BYTES, Parser
from workers.parsers.site import solver_from
from workers.parsers.solver import Solver
from workers.parsers.summary import screenful, summary

CHUNK_BYTES = 1 << 20
UNCLAIMED = 2
"""Exit code when a file is no parser's or cannot be read."""
LOOK_S = 0.5
"""A followed file is looked at so often."""
MARK_BYTES = 256
"""So much of a followed file's beginning, and of what stands before the place reached, is known again."""


def main(arguments: list[str] | None = None) -> int:
    """Reads the files and writes what their parsers find; returns the exit code."""
    options = _parser().parse_args(arguments)
    try:
        names = [*options.site, *filter(None, [options.preview])]
        sites = [solver_from(Path(name).read_bytes(), name) for name in names]
        take_site_logs(sites)
    except (OSError, ValueError) as error:
        _write(f"{error}\n")
        return UNCLAIMED
    if options.follow:
        return follow(options.files[0])
    found = [facts_of(name) for name in options.files]
    if options.json:
        _write(json.dumps(found, indent=2, allow_nan=False) + "\n")
    elif options.preview:
        _write("\n".join(_previewed(sites[-1], facts) for facts in found))
    else:
        _write("\n".join("\n".join(summary(facts)) + "\n" for facts in found))
    return UNCLAIMED if any("error" in facts for facts in found) else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("python -m workers.parsers", description="Read solver logs.")
    way = parser.add_mutually_exclusive_group()
    way.add_argument("--json", action="store_true", help="write a JSON array")
    way.add_argument("--follow", action="store_true", help="show one file's facts as it grows")
    way.add_argument("--preview", metavar="FILE.toml", help="show what a site's log file finds")
    parser.add_argument(
        "--site", metavar="FILE.toml", action="append", default=[], help="know a site's log too"
    )
    parser.add_argument("files", nargs="+", metavar="FILE")
    return parser


def facts_of(name: str) -> dict[str, Any]:
    """The report of a file with its path, or the path with the reason why there is none."""
    try:
        chunks = _chunks(name)
        parser_type = claimant(next(chunks, b"")[:HEAD_BYTES])
        if parser_type is None:
            return {"path": name, "solver": None, "error": "no parser claims this file"}
        parser = parser_type()
        for chunk in _chunks(name):
            parser.feed(chunk)
    except (OSError, ValueError) as error:
        return {"path": name, "solver": None, "error": str(error)}
    parser.finish()
    return {"path": name, **parser.report().to_json()}


def follow(name: str) -> int:
    """Shows a file's facts whenever they change, until Ctrl-C; one that is not there yet is waited for."""
    followed, shown, pause = Followed(name), "", threading.Event()
    try:
        while True:
            more = followed.read()
            facts = followed.facts()
            if (text := json.dumps(facts)) != shown:
                _show(facts)
                shown = text
            if not more:
                pause.wait(LOOK_S)
    except KeyboardInterrupt:
        _write("\n")
        return 0


class Followed:
    """A file that grows, is cut short or gives its name to another one."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._error: str | None = None
        self._begin()

    def _begin(self) -> None:
        self._file: tuple[int, int] | None = None
        self._parser: Parser | None = None
        self._at = 0
        self._head = self._tail = b""

    def read(self) -> bool:
        """Takes the next chunk; whether there may be more at once."""
        path = Path(self._name)
        try:
            if path.exists() and not path.is_file():
                raise ValueError("not a file")
            with path.open("rb") as file:
                info = path.stat()
                if (info.st_dev, info.st_ino) != self._file or not self._knows(file):
                    self._begin()
                    self._file = (info.st_dev, info.st_ino)
                file.seek(self._at)
                chunk = file.read(CHUNK_BYTES)
        except (OSError, ValueError) as error:
            self._begin()
            self._error = str(error)
            return False
        self._error = None
        return self._take(chunk)

    def _knows(self, file: Any) -> bool:
        head = file.read(len(self._head))
        file.seek(self._at - len(self._tail))
        return bool(head == self._head and file.read(len(self._tail)) == self._tail)

    def _take(self, chunk: bytes) -> bool:
        if self._parser is None:
            parser_type = claimant(chunk[:HEAD_BYTES])
            if parser_type is None:
                # Read from its beginning again: a few lines later its parser may know it.
                return False
            self._parser = parser_type()
        self._head = (self._head + chunk)[:MARK_BYTES]
        self._tail = (self._tail + chunk)[-MARK_BYTES:]
        self._at += len(chunk)
        self._parser.feed(chunk)
        return len(chunk) == CHUNK_BYTES

    def facts(self) -> dict[str, Any]:
        if self._error or self._parser is None:
            words = self._error or "no parser claims this file yet"
            return {"path": self._name, "solver": None, "error": words}
        return {"path": self._name, **self._parser.report().to_json()}


def _show(facts: dict[str, Any]) -> None:
    """In a terminal over what was shown before, else below it."""
    if sys.stdout.isatty():
        size = shutil.get_terminal_size()
        lines = screenful(summary(facts), size.columns, size.lines - 1)
        _write("\x1b[H\x1b[2J" + "\n".join(lines) + "\n")
    else:
        _write("\n".join(summary(facts)) + "\n\n")


def _previewed(site: Solver, facts: dict[str, Any]) -> str:
    name = facts["path"]
    try:
        preview, parser = Preview(site.parsers[0]), site.parsers[0]()
        for chunk in _chunks(name):
            preview.feed(chunk)
            parser.feed(chunk)
    except (OSError, ValueError) as error:
        return f"{name}: {error}\n"
    preview.finish()
    parser.finish()
    lines = summary({"path": name, **parser.report().to_json()})
    return "\n".join([*preview.lines(), "", *lines]) + "\n"


def _chunks(name: str) -> Iterator[bytes]:
    path = Path(name)
    if path.exists() and not path.is_file():
        raise ValueError("not a file")
    with path.open("rb") as file:
        while chunk := file.read(CHUNK_BYTES):
            yield chunk


def _write(text: str) -> None:
    # A name that is not UTF-8 arrives as lone surrogates, which no terminal takes.
    sys.stdout.write(text.encode("utf-8", "backslashreplace").decode())
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
