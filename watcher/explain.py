"""`python -m watcher.explain ROOT PATH`: what the watcher knows of a path below a root, as JSON lines.

First what the running watcher says, or what it left in its memory where none runs; then what the kernel says of the
file system, in a line of its own: a share that hangs keeps only that one back.
"""

import json
import os
import sqlite3
import sys
import time
from pathlib import Path
from typing import Any
from urllib.parse import quote

from redis import Redis
from redis.exceptions import RedisError

from watcher import config, questions
from watcher.config import Root
from watcher.filters import deck_of, why_unworthy
from watcher.memoryfile import VERSION
from watcher.memoryrows import about_file
from watcher.mounts import Mounts, needs_polling

ANSWER_S = 4.0
"""The watcher looks for questions with each heartbeat."""
CONNECT_S = 1.0
SILENT_S = 10.0
"""Who was heard of no later than this is not asked."""
BUSY_S = 0.3


def main() -> None:
    name, path = sys.argv[1:]
    try:
        settings = config.read(os.environ)
    except config.ConfigError as error:
        sys.exit(f"watcher: {error}")
    root = next((root for root in settings.roots if root.name == name), None)
    if root is None:
        sys.exit(f"watcher: no root is called {name}")
    for words in (said(settings.redis_url, root, path), mounted(root, path)):
        sys.stdout.write(f"{json.dumps(words)}\n")
        sys.stdout.flush()


def said(redis_url: str, root: Root, path: str) -> dict[str, Any]:
    """`source` is "watcher", "memory" or "" for neither; `trouble` says why the watcher itself was not asked."""
    live, trouble = ask(redis_url, root.name, path)
    if live is not None:
        return {"source": "watcher", "trouble": "", **live}
    if root.kind == "hot":
        deck = deck_of(path.partition("/")[0])
        words: dict[str, Any] = {"ignored": why_unworthy(deck), "deck": deck, "settling": None}
        return {"source": "", "trouble": trouble, **words}
    file = Path(os.environ["PDFJOBS_VAR"]).absolute() / "watcher.sqlite3"
    memory, memory_trouble = remembered(file, root.name, path)
    return {
        "source": "" if memory_trouble else "memory",
        "trouble": trouble,
        "ignored": why_unworthy(path),
        "memory": memory,
        "memory_trouble": memory_trouble,
    }


def ask(redis_url: str, root: str, path: str) -> tuple[dict[str, Any] | None, str]:
    """The running watcher's answer; None, and why there is none."""
    prefix = os.environ["RQ_KEY_PREFIX"]
    try:
        with Redis.from_url(
            redis_url,
            socket_timeout=ANSWER_S + CONNECT_S,
            socket_connect_timeout=CONNECT_S,
            retry=None,
        ) as client:
            beat: Any = client.get(f"{prefix}:watcher")
            if beat is None or time.time() - json.loads(beat)["at"] > SILENT_S:
                return None, "no watcher runs"
            return questions.ask(client, prefix, root, path, ANSWER_S), ""
    except TimeoutError as error:
        return None, str(error)
    except (RedisError, OSError) as error:
        return None, f"the queue server, by which the watcher is asked, is away: {error}"
    except (ValueError, KeyError, TypeError) as error:
        return None, f"what the watcher says cannot be read: {error!r}"


def remembered(file: Path, root: str, path: str) -> tuple[dict[str, Any] | None, str]:
    """What stands in the memory's file, and why that cannot be told; changes nothing in it."""
    if not file.exists():
        return None, f"{file}: there is none, so nothing was ever handed over"
    connection = sqlite3.connect(f"file:{quote(str(file))}?mode=ro", uri=True, timeout=BUSY_S)
    try:
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        if version != VERSION:
            return None, f"{file}: of another version ({version})"
        return about_file(connection, root, path), ""
    except sqlite3.Error as error:
        held = "a watcher holds it: " if "locked" in str(error) else ""
        return None, f"{file}: {held}{error}"
    finally:
        connection.close()


def mounted(root: Root, path: str) -> dict[str, Any]:
    """The file system that the path lies on, and why its events would not be trusted."""
    top = os.path.realpath(root.path)
    mounts = Mounts.read()
    fs_type = mounts.fs_type_of(f"{top}/{path}")
    why = needs_polling(fs_type) or ""
    return {"fs_type": fs_type, "events_doubted": why, "mode": root.mode}


if __name__ == "__main__":
    main()
