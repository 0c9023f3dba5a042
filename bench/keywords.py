"""The job list as the earlier diary kept it: keywords of their own, tied to jobs many to many."""

import time
from typing import Any

from django.db import connection

from bench.figures import in_ms
from bench.rows import insert
from pdfjobs.listing.words import MARK

COLUMNS = "j.id, j.number, j.name, j.status, j.owner, j.project, j.info, j.submitted_at"
"""Of a job, as many as it had."""
PLAIN, BOTH = "bench_keyword", "bench_job_keyword"


class Keywords:
    """The words of the jobs' lines, without what only our search keeps."""

    def __init__(self) -> None:
        self._known: dict[str, int] = {}
        self._do(f"CREATE TABLE {PLAIN} (id integer PRIMARY KEY, word varchar(200) NOT NULL)")
        self._do(f"CREATE TABLE {BOTH} (job_id integer NOT NULL, keyword_id integer NOT NULL)")

    def add(self, lines: list[tuple[int, list[str]]]) -> None:
        before = len(self._known)
        pairs = []
        for number, words in lines:
            for word in words:
                if not word.startswith(MARK):
                    pairs.append((number, self._known.setdefault(word, len(self._known))))
        new = list(self._known.items())[before:]
        insert(PLAIN, ("id", "word"), ((key, word) for word, key in new))
        insert(BOTH, ("job_id", "keyword_id"), pairs)

    def finish(self) -> None:
        """The indexes that Django makes for such tables."""
        operators = " varchar_pattern_ops" if connection.vendor == "postgresql" else ""
        self._do(f"CREATE UNIQUE INDEX {PLAIN}_word ON {PLAIN} (word)")
        self._do(f"CREATE INDEX {PLAIN}_upper ON {PLAIN} (upper(word){operators})")
        self._do(f"CREATE UNIQUE INDEX {BOTH}_pair ON {BOTH} (job_id, keyword_id)")
        self._do(f"CREATE INDEX {BOTH}_keyword ON {BOTH} (keyword_id)")

    def _do(self, sql: str) -> None:
        with connection.cursor() as cursor:
            cursor.execute(sql)


def earlier(values: dict[str, Any]) -> dict[str, float]:
    """What its questions for a page and its number of pages took, in ms."""
    searches = {
        "common word": "bracket",
        "common beginning": "b",
        "two common words": "bracket crash",
        "rare word": values["rare_word"],
        "no such word": "zzzzzz",
        "number": str(values["number"]),
    }
    return {name: _time(words.split()) for name, words in searches.items()}


def _time(words: list[str]) -> float:
    like = (
        "upper(k{0}.word) LIKE upper(%s)"
        if connection.vendor == "postgresql"
        else "k{0}.word LIKE %s ESCAPE '\\'"
    )
    joins = "".join(
        f" JOIN {BOTH} b{i} ON b{i}.job_id = j.number JOIN {PLAIN} k{i} ON k{i}.id = b{i}.keyword_id"
        for i in range(len(words))
    )
    which = " AND ".join(like.format(i) for i in range(len(words)))
    found = f"SELECT DISTINCT {COLUMNS} FROM pdfjobs_job j{joins} WHERE {which}"
    starts = [f"{word}%" for word in words]
    begun = time.perf_counter()
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM ({found}) AS found", starts)
        cursor.fetchall()
        cursor.execute(f"{found} ORDER BY j.number DESC LIMIT 25", starts)
        cursor.fetchall()
    return in_ms(time.perf_counter() - begun)
