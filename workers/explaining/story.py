"""What was found out of a path, in sentences, in the order in which a path travels: disk, watcher, queue, diary."""

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

from django.utils import timezone

from pdfjobs import names
from pdfjobs.templatetags.diary import bytes_size, duration
from workers.explaining.facts import Facts
from workers.explaining.place import roots
from workers.explaining.story_diary import diary, intake, last_error, log, parser
from workers.explaining.story_queue import queues

Sentences = Iterator[str]


def story(facts: Facts) -> list[tuple[str, str]]:
    """Heading and sentence; a heading may come several times."""
    return [(name, said) for name, tell in PARTS for said in tell(facts)]


def _place(facts: Facts) -> Sentences:
    place = facts.place
    if place.special == "rejected":
        yield "It lies in VAR/rejected, where intake moves what it refuses."
    elif place.special == "incoming":
        yield "It lies in VAR/runs/.incoming, where intake unpacks what it takes in."
    elif place.root is None:
        known = ", ".join(f"{root.name} ({names.readable(root.path)})" for root in roots())
        yield f"It lies in no root, so nobody looks at it. The roots are: {known}."
    elif not place.relative:
        yield f"It is the root {place.root.name} itself, {_kind(place.root.kind)}."
    else:
        where = names.readable(place.relative)
        yield f"It lies in the root {place.root.name}, {_kind(place.root.kind)}, as {where}."


def _kind(kind: str) -> str:
    return "a hot folder" if kind == "hot" else "a run tree"


def _disk(facts: Facts) -> Sentences:
    disk = facts.disk
    if disk.kind == "missing":
        yield "Nothing of that name is there now."
        if facts.place.root is not None and facts.root_disk.kind == "missing":
            yield f"The root's own folder, {names.readable(facts.place.root.path)}, is not there either."
    elif disk.kind == "unknown":
        yield f"The disk does not say whether it is there: {names.readable(disk.trouble)}."
    else:
        size = f" of {bytes_size(disk.size)}" if disk.kind == "file" else ""
        what = {
            "link": "a symbolic link, which is never followed",
            "other": "no file and no folder",
        }
        written = f", changed {_moment(disk.mtime or 0)}, {_ago(disk.age_s or 0)}"
        yield f"It is there: {what.get(disk.kind, f'a {disk.kind}')}{size}{written}."


def _watch(facts: Facts) -> Sentences:
    if facts.place.root is None:
        return
    running, heard = facts.health.watcher.running, facts.health.watcher
    if running is None:
        yield "Whether the watcher runs is not known, since the queue server does not answer."
    elif not running:
        yield "The watcher does not run: what changes now is noticed when it is back."
    word, root = facts.word, facts.watched
    if fs_type := word.get("fs_type"):
        doubt = word.get("events_doubted")
        why = f": {doubt}, so events are not enough there" if doubt else ""
        yield f"The file system is {fs_type}{why}."
    if root is not None and running:
        state = root.state or "in an unknown state"
        since = f" ({root.why})" if root.why else ""
        age = "" if root.age_s is None else f"; its news are {duration(root.age_s)} old at worst"
        yield f"The root is {state}{since} by the watcher on {heard.host}{age}."
    if how := HOW.get(word.get("how", "")):
        yield how
    if word.get("to_import"):
        yield "Its folder lay there before anybody watched, and waits to be imported."


HOW = {
    "watched": "Its folder has a kernel watch, so a change is noticed at once.",
    "muted": "Its folder is written to so often that its events are muted; it is looked at instead.",
    "polled": "Its folder has no kernel watch and is looked at every few seconds.",
    "rarely": "Nothing changed in its folder for long, so it is looked at within a minute.",
    "unknown": "The watcher has not met its folder.",
}


def _name(facts: Facts) -> Sentences:
    if facts.word.get("ignored"):
        yield f"The watcher leaves it out: {facts.word['ignored']}."


def _settling(facts: Facts) -> Sentences:
    quiet = facts.word.get("settling")
    if quiet is None:
        return
    since = f"its last change was seen {_ago(quiet['since_s'])}"
    if quiet.get("handed_s") is not None:
        yield f"It has settled and was handed over {_ago(quiet['handed_s'])}."
    elif quiet.get("in_s") is not None:
        when = max(0.0, quiet["in_s"])
        yield f"It is settling: {since}; without another it is looked at in {duration(when)}."
    else:
        yield f"It is settling: {since}."
    if quiet.get("kind") in WAITS:
        yield WAITS[quiet["kind"]]


WAITS = {
    "EMPTY_FOLDER": "It is an empty folder: it is waited for its files for a minute.",
    "LONE_SIDECAR": "It is a sidecar without its deck, which is waited for for a minute.",
}


def _memory(facts: Facts) -> Sentences:
    word = facts.word
    kept = word.get("memory")
    if kept is None:
        if "memory" in word and not word.get("memory_trouble") and facts.disk.kind == "file":
            yield "The watcher has never handed it over."
        return
    at = _moment(kept["handed_at"])
    yield (
        f"The watcher handed it over {at}, {_ago(time.time() - kept['handed_at'])}, with"
        f" {bytes_size(kept['size'])}{_against(facts, kept)}."
    )
    if kept["unconfirmed"]:
        yield "It has not seen yet that anybody has read it."


def _against(facts: Facts, kept: dict[str, int]) -> str:
    disk = facts.disk
    if disk.kind != "file" or disk.size is None:
        return ""
    if disk.inode != kept["inode"]:
        return "; what is there now is another file"
    if disk.size != kept["size"]:
        return f"; now there are {bytes_size(disk.size)}"
    return ", as it is now"


def _on_its_way(facts: Facts) -> Sentences:
    word = facts.word
    if word.get("due"):
        since = "" if word.get("due_s") is None else f" for {duration(word['due_s'])}"
        yield f"Its news have been due{since} and are not in the queue: so much is on its way already."
    task = word.get("task")
    if task:
        yield f"Handed over {_ago(task['sent_s'])}: {FATES[task['fate']]}."
        if task["changed_again"]:
            yield "It has changed again since; that goes out when its task has begun."


FATES = {
    "waiting": "its task waits in the queue",
    "begun": "its task is at work",
    "later": "its task will be tried again",
    "done": "its task is done",
    "failed": "its task failed, and is handed over anew after ten minutes",
    "lost": "the queue lost its task, and it is handed over anew",
}


def _ago(seconds: float) -> str:
    return f"{duration(seconds)} ago"


def _moment(at: float) -> str:
    try:
        moment = datetime.fromtimestamp(at, UTC)
    except (ValueError, OverflowError, OSError):
        return "at a time that no clock has"
    return f"{timezone.localtime(moment):%Y-%m-%d %H:%M:%S}"


PARTS: tuple[tuple[str, Callable[[Facts], Sentences]], ...] = (
    ("Place", _place),
    ("Disk", _disk),
    ("Watching", _watch),
    ("Name", _name),
    ("Settling", _settling),
    ("Memory", _memory),
    ("On its way", _on_its_way),
    ("Queues", queues),
    ("Intake", intake),
    ("Diary", diary),
    ("Log", log),
    ("Parser", parser),
    ("Last error", last_error),
)
