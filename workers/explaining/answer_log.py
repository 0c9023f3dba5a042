"""Whether a file or folder of a run tree is of a job, and how far it was read."""

from workers.explaining.answer import LATE_S, VERIFY, Verdict
from workers.explaining.answer_drop import never, unseen
from workers.explaining.facts import Facts
from workers.explaining.reading import never_a_log, present_version


def log_of_run(facts: Facts) -> Verdict | None:
    row, run = facts.known.log, facts.known.run
    if row is None or run is None:
        return None
    job = f"job {run.number} ({run.status})"
    if facts.disk.kind == "missing":
        return Verdict("gone", f"It is a log of {job} and has gone; the diary keeps what it said.")
    present = present_version(row.parser)
    left = (facts.head.size if facts.head and not facts.head.trouble else row.offset) - row.offset
    same = facts.head is None or facts.head.inode in (0, row.inode)
    if left or not same:
        return _behind(facts, job, left)
    if present is not None and present != row.parser_version:
        return Verdict(
            "read",
            f"It is a log of {job}, read to its end by an earlier version of its parser.",
            f"`manage.py reparse --number {run.number}` has the present one read it.",
        )
    return Verdict("read", f"It is a log of {job}, read to its last byte.")


def _behind(facts: Facts, job: str, left: int) -> Verdict:
    what = f"{left} bytes of it are not read" if left > 0 else "what is there now is not read"
    if not facts.health.watcher.running:
        return Verdict(
            "behind", f"It is a log of {job}; {what}, since no watcher runs.",
            "Start the service; what changed meanwhile is read by itself.", fine=False,
        )  # fmt: skip
    if (facts.disk.age_s or 0.0) < LATE_S or facts.queued.count:
        return Verdict("behind", f"It is a log of {job}; {what}, which is on its way.")
    return Verdict(
        "behind", f"It is a log of {job}; {what}, and nobody is at it.", VERIFY, fine=False
    )


def of_run(facts: Facts) -> Verdict | None:
    """Another file of a run that is known, its folder, or a folder of several."""
    known = facts.known
    if facts.place.relative == "" and facts.place.root is not None:
        total = sum(known.counts.values())
        return Verdict("root", f"It is a root; the diary has {total} runs in it.")
    if known.run is None and not known.below:
        return None
    if facts.disk.kind == "folder" or known.run is None:
        runs = sum(known.counts.values()) or 1
        numbers = ", ".join(str(run.number) for run in known.below[:5] or (known.run,) if run)
        gone = facts.disk.kind == "missing"
        what = "job" if runs == 1 else f"{runs} jobs, the latest"
        return Verdict(
            "gone" if gone else "job",
            f"It {'was' if gone else 'is'} the folder of {what} {numbers}"
            f"{'; the diary keeps what was read' if gone else ''}.",
        )
    return _file_of_run(facts, known.run.number, known.run.status)


def _file_of_run(facts: Facts, number: int, status: str) -> Verdict | None:
    run, head = facts.known.run, facts.head
    job = f"job {number} ({status})"
    if facts.disk.kind == "missing":
        return Verdict("gone", f"It is not there; it would be a file of {job}.")
    if run is not None and run.ours and "/" in facts.known.inside:
        return Verdict("no log", f"It lies deeper in the folder of {job}, where no logs are read.")
    if head is not None and head.claims:
        return None
    return Verdict("no log", f"It is a file of {job} and no log: no parser claims it.")


def not_a_log(facts: Facts) -> Verdict | None:
    """A file in a tree that belongs to no run."""
    head, name = facts.head, facts.place.relative.rpartition("/")[2]
    if facts.disk.kind in ("missing", "unknown"):
        return never(facts) if facts.disk.kind == "missing" else None
    if facts.disk.kind == "link":
        return Verdict("link", "It is no job: it is a symbolic link, and those are not followed.",
                       "Name the folder that it leads to under [[trees]].", fine=False)  # fmt: skip
    if facts.word.get("ignored"):
        return Verdict("ignored", f"It is no job: {facts.word['ignored']}.")
    if pattern := never_a_log(name):
        return Verdict("ignored", f"It is no job: files called {pattern} are results, never logs.")
    if facts.disk.kind == "folder":
        return Verdict("no job", "It is no job: no log in it was read.",
                       "Explain the log that should be in it; `manage.py rescan` takes up decks without"
                       " a log.", fine=False)  # fmt: skip
    if head is None or head.trouble:
        return Verdict("closed", "It is no job: it cannot be opened, see above.",
                       "Let the service's account read it.", fine=False)  # fmt: skip
    return _claimed(facts)


def _claimed(facts: Facts) -> Verdict | None:
    """By what parsers say of a file that can be opened."""
    head = facts.head
    assert head is not None
    if not head.size:
        return Verdict("empty", "It is no job yet: it is empty.")
    if head.deck_of:
        return Verdict("deck", f"It is no job: a deck of {head.deck_of} without a log makes none in a tree.",
                       "Drop it into the hot folder to have it run; `manage.py rescan` enters it without"
                       " running it.", fine=False)  # fmt: skip
    if len(head.claims) != 1:
        return Verdict("no parser", "It is no job: not exactly one parser claims it.",
                       "See docs/solvers.md for what is read, and docs/add-a-solver.md.", fine=False)  # fmt: skip
    if "/" not in facts.place.relative:
        return Verdict("at the top", "It is no job: a log directly in the root belongs to no run.",
                       "Move it into a folder of its own.", fine=False)  # fmt: skip
    if not facts.health.watcher.running:
        return unseen(facts)
    if (facts.disk.age_s or 0.0) < LATE_S or facts.queued.count or facts.word.get("to_import"):
        return Verdict("on its way", "It is a log that will be read in a moment.")
    return Verdict("unread", "It is a log that nobody has read.", VERIFY, fine=False)
