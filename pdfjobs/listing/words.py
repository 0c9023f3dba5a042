"""The words that a job is found by.

As in the diary that came before: whole names and their parts between underscores, every folder on the way to the
run and its parts, the words of what people wrote without the punctuation around them, and the status words. Beyond
it: what a name says from each underscore on, and the messages of the solver.
"""

import re
import unicodedata
from collections.abc import Collection, Iterable

from pdfjobs import names
from pdfjobs.models import ENDED, Job, Run

LONGEST = 200
"""Letters of a word that count."""
MOST = 2000
"""Words of one text of a job."""
MOST_BYTES = 100_000
"""Of a line. With its words' beginnings PostgreSQL keeps up to nine times as much, and takes a megabyte: of more it makes
nonsense without a word. What people write comes last, and is cut."""
AROUND = "()[]{}!?,.\"':;-_\\*`~#<>|"
"""Cut off at both ends of a written word: punctuation, and the marks of Markdown and of keywords."""
SERIAL = re.compile(r"\d{5,}")
"""A word with such a number is likely one of a series, each in one job alone."""
BEHIND_SERIAL = re.compile(r"\d{5,}[^\d]")
DIGIT = re.compile(r"\d")

# Blanks to Python, so in no word that was typed or written; letters to both databases.
MARK, CAPITAL, BLANK, FACET = "\x1f", "\x1e", "\x1d", "\x1c"
"""Before a field's or a series' word; before a letter that was a capital; around what stood for a blank; before a
field's whole value."""
SERIES = f"{MARK}#"
"""Before a word of a series, and each of its beginnings that reach into its number."""
CONTROL = dict.fromkeys([*range(32), 127], "_")

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
    **{"solver": "v", "info": "i", "summary": "s", "error": "m", "warning": "w", "tag": "g"},
    **{"status": "x", "cause": "c", "review": "r", "date": "y"},
}
"""The letter in front of the words of each field, for a search in it alone."""


def line_of(
    job: Job,
    run: Run | None,
    tags: Collection[str],
    errors: Iterable[str],
    warnings: Iterable[str] = (),
) -> list[str]:
    """Everything that the search may find a job by; `errors` and `warnings` are texts and codes of the latest run's.

    Each word as it is, for a search anywhere, and behind its field's letter; facets as they are. A word of a series is
    there by what is in front of its number, and by each beginning that reaches into it, marked, so that no search has
    to run through a million different words.
    """
    line = facets_of(job, tags)
    room = MOST_BYTES - sum(len(word.encode()) for word in line)
    for field, words in words_of(job, run, tags, errors, warnings).items():
        for word in sorted(words)[:MOST]:
            new = {each for each in _ways_to(field, word) if each not in line}
            room -= sum(len(each.encode()) for each in new)
            if room < 0:
                return sorted(line)
            line |= new
    return sorted(line)


def start(word: str, field: str = "") -> tuple[tuple[str, bool], ...]:
    """What a line has of which some word begins so; whether it is a beginning there, too.

    A beginning that reaches into the number of a series is a word of the line up to that number's end; what goes on
    behind it begins few words.
    """
    before = before_field(field)
    plain = f"{before}{word}", True
    if not DIGIT.search(word):
        return (plain,)
    return plain, (f"{before}{SERIES}{word}", bool(BEHIND_SERIAL.search(word)))


def before_field(field: str) -> str:
    return f"{MARK}{FIELDS[field]}" if field else ""


def _ways_to(field: str, word: str) -> list[str]:
    number = SERIAL.search(word)
    if number is None and field != "number":
        return [word, f"{before_field(field)}{word}"]
    begins, ends = number.span() if number else (0, len(word))
    starts = [word[:begins]] if begins else []
    starts += [f"{SERIES}{word[:length]}" for length in range(begins + 1, ends + 1)]
    if len(word) > ends:
        starts.append(f"{SERIES}{word}")
    return starts + [f"{before_field(field)}{each}" for each in starts]


def words_of(
    job: Job,
    run: Run | None,
    tags: Iterable[str],
    errors: Iterable[str],
    warnings: Iterable[str],
) -> dict[str, set[str]]:
    """Field to words, small letters; `errors` and `warnings` are texts and codes of the latest run's."""
    place = names.readable(names.from_stored(run.folder)) if run else ""
    return {
        "number": {str(job.number)},
        "name": split_name(job.name),
        "user": split_name(job.owner) | split_name(job.reviewer),
        "project": split_name(job.project),
        "folder": {word for part in place.split("/") for word in split_name(part)},
        "solver": split_name(job.solver),
        "tag": {word for tag in tags for word in split_name(tag)},
        "status": {job.status, *STATUS_WORDS[job.status].split()},
        "cause": split_name(job.cause),
        "review": {
            job.analysis_status,
            *ASSESSMENT_WORDS.get(job.result_assessment, "").split(),
        },
        "date": {f"{job.submitted_at:%Y-%m-%d}"},
        "title": written(job.title or ""),
        "summary": written(job.result_summary),
        "info": written(job.info),
        "error": {word for text in errors for word in written(text)},
        "warning": {word for text in warnings for word in written(text)},
    }


def facets_of(job: Job, tags: Iterable[str]) -> set[str]:
    """What filters ask for."""
    found = {
        JOB,
        facet("status", job.status),
        facet("user", job.owner),
        facet("project", job.project),
        facet("solver", job.solver),
        facet("analysis", job.analysis_status),
        facet("assessment", job.result_assessment),
        facet("cause", job.cause),
        *(facet(span, f"{job.submitted_at:{form}}") for span, form in SPANS.items()),
        *(facet("tag", tag) for tag in tags),
    }
    found |= {facet("for", name) for name in (job.owner, job.reviewer) if name}
    if job.warned:
        found.add(WARNED)
    if job.status in ENDED and not job.result_assessment:
        found.add(UNREVIEWED)
    return found


def facet(name: str, value: str) -> str:
    """A word for a field's whole value, of which no other value has the same."""
    return f"{FACET}{name}={UNLIKE.sub(_spelt, value)}"


UNLIKE = re.compile(r"[A-Z\x00-\x20\x7f]")
"""What SQLite's search does not tell apart, or does not take for letters."""


def _spelt(match: re.Match[str]) -> str:
    letter = match[0]
    return f"{CAPITAL}{letter.lower()}" if letter.isalpha() else f"{BLANK}{ord(letter):x}{BLANK}"


SPANS = {"year": "%Y", "month": "%Y-%m", "day": "%Y-%m-%d"}
"""What a stretch of days is made of."""
JOB, WARNED, UNREVIEWED = (facet("is", name) for name in ("job", "warned", "unreviewed"))
"""Of every job; of those that were warned of; of those that have ended and nobody has assessed."""
OBSOLETE = facet("assessment", "obsolete")


def cut(word: str) -> str:
    """As it is kept: without blanks, and not longer than counts."""
    return "_".join(word.split()).translate(CONTROL)[:LONGEST]


def small(text: str) -> str:
    """In small letters, each accent in one way."""
    return (text if text.isascii() else unicodedata.normalize("NFC", text)).lower()


UNDERSCORE = re.compile("_+")


def split_name(name: str) -> set[str]:
    """A name whole, its parts at underscores, blanks and the last dot, and all of it from each underscore on."""
    name = small(name)
    stem, dot, ending = name.rpartition(".")
    parts = {name, *name.split("_"), *name.split()}
    parts |= {name[at.end() :] for at in UNDERSCORE.finditer(name)}
    if dot:
        parts |= {stem, ending, *stem.split("_")}
    parts |= {part.strip(AROUND) for part in parts}
    return {cut(part) for part in parts} - {""}


def written(text: str) -> set[str]:
    """The words of a text."""
    return {cut(word.strip(AROUND)) for word in small(text).split()} - {""}
