"""The words that a job is found by.

As in the diary that came before: whole names and their parts between underscores, every folder on the way to the
run and its parts, the words of what people wrote without the punctuation around them, and the status words.
"""

import re
from collections.abc import Collection, Iterable

from pdfjobs import names
from pdfjobs.models import Job, Run

LONGEST = 200
"""Letters of a word that count."""
MOST = 2000
"""Words of one text of a job."""
AROUND = "()[]{}!?,.\"':;-_\\"
"""Cut off at both ends of a written word."""
SERIAL = re.compile(r"\d{5}")
"""A word with such a number is likely one of a series, each in one job alone."""

SERIES = "#"
"""Before a word's beginning in a series."""

STATUS_WORDS = {
    "none": "undefined",
    "pending": "pending",
    "running": "running",
    "finished": "finished",
    "normal": "normal termination",
    "error": "error termination",
    "other": "other termination",
}
"""As the pages say them; the codes of the diary that came before (pen, run, fin …) are their beginnings."""
ASSESSMENT_WORDS = {
    "": "",
    "ok": "ok",
    "not_ok": "not ok nok",
    "other": "other",
    "issue": "issue",
    "obsolete": "obsolete",
}


FIELDS = {
    **{"number": "n", "name": "d", "title": "t", "user": "u", "project": "p", "folder": "f"},
    **{"solver": "v", "info": "i", "summary": "s", "message": "m", "tag": "g", "status": "x"},
    **{"cause": "c", "review": "r", "date": "y"},
}
"""The letter in front of the words of each field, for a search in it alone."""
SERIAL_FIELDS = ("number", "name", "title", "folder")
"""Where words differ from job to job."""


def line_of(job: Job, run: Run | None, tags: Collection[str], said: Iterable[str]) -> list[str]:
    """Everything that the search may find a job by; `said` are texts and codes of the latest run's errors.

    Each word as it is, for a search anywhere, and behind its field's letter; facets as they are. A word of a series is
    there by each of its beginnings, and marked, so that no search has to run through a million different words.
    """
    line = facets_of(job, tags)
    for field, words in words_of(job, run, tags, said).items():
        for word in sorted(words)[:MOST]:
            if field in SERIAL_FIELDS and (field == "number" or SERIAL.search(word)):
                starts = [f"{SERIES}{word[:length]}" for length in range(1, len(word) + 1)]
            else:
                starts = [word]
            line.update(starts)
            line.update(f"{FIELDS[field]}={start}" for start in starts)
    return sorted(line)


def words_of(
    job: Job, run: Run | None, tags: Iterable[str], said: Iterable[str]
) -> dict[str, set[str]]:
    """Field to words, small letters; `said` are the texts and codes of the latest run's errors."""
    place = names.readable(names.from_stored(run.folder)) if run else ""
    return {
        "number": {str(job.number)},
        "name": split_name(job.name),
        "title": written(job.title or ""),
        "user": split_name(job.owner) | split_name(job.reviewer),
        "project": split_name(job.project),
        "folder": {word for part in place.split("/") for word in split_name(part)},
        "solver": split_name(job.solver),
        "info": written(job.info),
        "summary": written(job.result_summary),
        "message": {word for text in said for word in written(text)},
        "tag": {word for tag in tags for word in split_name(tag)},
        "status": {job.status, *STATUS_WORDS[job.status].split()},
        "cause": split_name(job.cause) | written(job.cause),
        "review": {
            job.analysis_status,
            *ASSESSMENT_WORDS.get(job.result_assessment, "").split(),
        },
        "date": {f"{job.submitted_at:%Y-%m-%d}"},
    }


def facets_of(job: Job, tags: Iterable[str]) -> set[str]:
    """What filters ask for, one word each: "status=error"."""
    ended = job.status in ("finished", "normal", "error", "other")
    found = {
        "is=job",
        facet("status", job.status),
        facet("user", job.owner),
        facet("project", job.project),
        facet("solver", job.solver),
        facet("analysis", job.analysis_status),
        facet("assessment", job.result_assessment),
        facet("cause", job.cause),
        facet("day", f"{job.submitted_at:%Y-%m-%d}"),
        *(facet("tag", tag) for tag in tags),
    }
    found |= {facet("for", name) for name in (job.owner, job.reviewer) if name}
    if job.warned:
        found.add("is=warned")
    if ended and not job.result_assessment:
        found.add("is=unreviewed")
    if job.result_assessment != "obsolete":
        found.add("is=current")
    return found


def facet(name: str, value: str) -> str:
    return f"{name}={cut(value)}"


def cut(word: str) -> str:
    """As it is kept: without blanks, and not longer than counts."""
    return "_".join(word.replace("\0", "").split())[:LONGEST]


def split_name(name: str) -> set[str]:
    """A name whole, and its parts at underscores, blanks and the last dot."""
    name = name.lower()
    stem, dot, ending = name.rpartition(".")
    parts = {name, *name.split("_"), *name.split()}
    if dot:
        parts |= {stem, ending, *stem.split("_")}
    return {cut(part) for part in parts} - {""}


def written(text: str) -> set[str]:
    """The words of a text."""
    return {cut(word.strip(AROUND)) for word in text.lower().split()} - {""}
