"""What people ask the running watcher of a path, and its answers, by way of the queue server."""

import json
import logging
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from redis import Redis

MOST_AT_ONCE = 20
KEPT_S = 30
"""Questions and answers that nobody took are gone after so long."""

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Question:
    """Somebody wants to know of a path."""

    key: str
    """Where the answer is waited for."""
    root: str
    path: str
    """Relative to the root; "" for the root itself."""


def ask(client: Redis, prefix: str, root: str, path: str, patience_s: float) -> dict[str, Any]:
    """The running watcher's answer. Raises TimeoutError when none comes in time."""
    key = uuid.uuid4().hex
    question = json.dumps({"key": key, "root": root, "path": path})
    client.rpush(_list(prefix), question)
    client.expire(_list(prefix), KEPT_S)
    answer: Any = client.blpop([_place(prefix, key)], timeout=patience_s)
    if answer is None:
        client.lrem(_list(prefix), 1, question)
        raise TimeoutError(f"the watcher did not answer within {patience_s:g} s")
    words: dict[str, Any] = json.loads(answer[1])
    return words


def take(client: Redis, prefix: str) -> list[Question]:
    """What was asked since the last call."""
    asked: Any = client.lpop(_list(prefix), MOST_AT_ONCE)
    found = map(_question, asked or ())
    return [question for question in found if question is not None]


def answer(client: Redis, prefix: str, question: Question, words: Mapping[str, Any]) -> None:
    with client.pipeline() as pipe:
        pipe.rpush(_place(prefix, question.key), json.dumps(words))
        pipe.expire(_place(prefix, question.key), KEPT_S)
        pipe.execute()


def _list(prefix: str) -> str:
    return f"{prefix}:questions"


def _place(prefix: str, key: str) -> str:
    return f"{prefix}:questions:{key}"


def _question(raw: bytes) -> Question | None:
    """None for one that cannot be read: whoever asked it waits in vain, and only for seconds."""
    try:
        said = json.loads(raw)
        return Question(str(said["key"]), str(said["root"]), str(said["path"]))
    except (ValueError, KeyError, TypeError):
        logger.warning("a question cannot be read: %r", raw)
        return None
