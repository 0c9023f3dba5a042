"""Whether a thing in a hot folder became a job, and what to do where it did not."""

from workers.explaining.answer import Verdict
from workers.explaining.facts import Facts


def rejected(facts: Facts) -> Verdict | None:
    if facts.place.special != "rejected":
        return None
    reason = (
        facts.known.records[0].reason if facts.known.records else "the diary has no record of it"
    )
    return Verdict(
        "refused",
        f"It is no job, since intake refused it: {reason}",
        "Mend that and drop it into the hot folder again.",
        fine=False,
    )


def dropped(facts: Facts) -> Verdict | None:
    """What lies, or lay, in a hot folder."""
    root, records = facts.place.root, facts.known.records
    is_hot = root is not None and root.kind == "hot"
    if not (is_hot or facts.place.special) or not facts.place.relative:
        return None
    is_there = facts.disk.kind not in ("missing", "unknown")
    if is_there and (settling := _settling(facts)) is not None:
        return settling
    if not records:
        return unseen(facts) if is_there else never(facts)
    last = records[0]
    if last.state == "taken":
        run = facts.known.run
        if is_there and is_hot:
            return unseen(facts)
        stands = f", which stands as {run.status}" if run else ""
        return Verdict("job", f"It is job {last.number}{stands}.")
    if last.state == "refused":
        return Verdict(
            "refused",
            f"It is no job, since intake refused it: {last.reason}",
            "Mend that and drop it again.",
            fine=False,
        )
    if last.state == "gone":
        return Verdict(
            "gone", f"It is no job: {last.reason.rstrip('.')}.", "Drop it again if it is wanted."
        )
    if last.reason:
        return Verdict(
            "waits", f"Intake has begun and waits: {last.reason}", "Mend that.", fine=False
        )
    return (
        unseen(facts)
        if last.state == "arriving"
        else Verdict(
            "taken in",
            "Intake is at work on it; a kill or a full disk is taken up again by itself.",
        )
    )


def _settling(facts: Facts) -> Verdict | None:
    if ignored := facts.word.get("ignored"):
        return Verdict(
            "ignored",
            f"It is no job, since {ignored}.",
            "Rename it when the copy is whole.",
            fine=False,
        )
    quiet = facts.word.get("settling")
    if quiet is None or quiet.get("handed_s") is not None:
        return None
    return Verdict(
        "settling",
        "It is no job yet: it is waited until nothing about it changes any more.",
        "Wait; where it still grows, its copy goes on.",
    )


def unseen(facts: Facts) -> Verdict | None:
    """It lies there, and nobody has it."""
    if facts.health.watcher.running:
        return Verdict(
            "unseen",
            "It lies there and the watcher has handed it over or is about to; intake has not begun.",
            "Ask again in a few seconds; if it stays so, run `manage.py status`.",
            fine=False,
        )
    return Verdict(
        "no watcher",
        "It is no job yet, since no watcher runs that could notice it.",
        "Start the service; what changed meanwhile is found by itself.",
        fine=False,
    )


def never(facts: Facts) -> Verdict:
    return Verdict(
        "never there",
        "It is no job: nothing of that name is there, and nobody has ever heard of it.",
        "See that the name is right, bytes and all; `manage.py jobs --search` finds jobs by name.",
        fine=False,
    )
