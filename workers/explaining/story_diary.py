"""What the diary has of a path, in sentences: intake, job, log, parser, last error."""

from collections.abc import Iterator
from datetime import datetime

from django.utils import timezone

from pdfjobs import names
from pdfjobs.services.intake import signed
from pdfjobs.templatetags.diary import bytes_size
from workers.explaining import reading
from workers.explaining.diary import KnownRun, Record
from workers.explaining.facts import Facts


def intake(facts: Facts) -> Iterator[str]:
    place, known = facts.place, facts.known
    is_drop = bool(place.special) or (place.root is not None and place.root.kind == "hot")
    if not is_drop or known.trouble:
        return
    for record in known.records:
        yield _record(record, facts)
    if not known.records and place.relative:
        yield "Intake has no record of it."


def _record(record: Record, facts: Facts) -> str:
    when = (
        f"{STATES[record.state]} (seen {_at(record.seen_at)}, last word {_at(record.updated_at)})"
    )
    number = f", number {record.number}" if record.number is not None else ""
    owner = f", from {record.owner}" if record.owner else ""
    reason = f": {record.reason.rstrip('.')}" if record.reason else ""
    kept = f" It lies in VAR/rejected/{record.kept_as}." if record.kept_as else ""
    other = " What lies there now is another thing of that name." if _differs(record, facts) else ""
    return f"Record {record.id}: {when}{number}{owner}{reason}.{kept}{other}"


def _differs(record: Record, facts: Facts) -> bool:
    there = facts.disk.inode
    if there is None or record.inode is None or facts.place.relative != facts.place.deck:
        return False
    return signed(there) != record.inode


STATES = {
    "arriving": "arriving",
    "claimed": "being taken in",
    "taken": "taken in",
    "refused": "refused",
    "gone": "gone",
}


def diary(facts: Facts) -> Iterator[str]:
    known = facts.known
    if known.run is not None:
        yield _run(known.run)
    runs = [run for run in known.below if run != known.run]
    if sum(known.counts.values()) > 1 or (runs and known.run is None):
        stands = ", ".join(f"{count} {status}" for status, count in known.counts.items())
        yield f"{sum(known.counts.values())} runs lie here: {stands}."
        for run in runs[:5]:
            yield _run(run)
    is_tree = facts.place.root is not None and facts.place.root.kind == "tree"
    if is_tree and known.run is None and not known.below and not known.trouble:
        yield "The diary has no run here."


def _run(run: KnownRun) -> str:
    gone = f" Its folder has been gone since {_at(run.gone_since)}." if run.gone_since else ""
    reason = f", {run.reason}" if run.reason else ""
    place = names.readable(f"{run.root}/{run.folder}")
    ours = "taken in here" if run.ours else "found there"
    return (
        f"Job {run.number} ({run.name}), {run.solver or 'solver unknown'}, run {run.ordinal} in {place},"
        f" {ours}: {run.status}{reason} (by {run.source}).{gone}"
    )


def log(facts: Facts) -> Iterator[str]:
    row = facts.known.log
    if row is None:
        if facts.known.run is not None and facts.head is not None and not facts.known.trouble:
            yield "Nothing of it has been read."
        return
    size = facts.head.size if facts.head and not facts.head.trouble else facts.disk.size
    if size is None:
        yield f"{bytes_size(row.offset)} of it were read before it was out of reach."
        return
    left = size - row.offset
    if left > 0:
        share = row.offset / size
        yield f"{row.offset} of its {size} bytes are read ({share:.1%}); {left} are not."
    elif left == 0:
        yield f"It is read to its last byte ({size} bytes)."
    else:
        yield f"{row.offset} bytes were read and now there are {size}: it was cut, and is read anew."
    if facts.head and facts.head.inode and facts.head.inode != row.inode:
        yield "What was read was another file of this name; this one is read from its first byte."
    if row.generation > 1:
        yield f"It was begun anew {row.generation - 1} times: cut, replaced or written over."
    if row.closed:
        yield "Its run has ended and its last line was taken as it stood."


def parser(facts: Facts) -> Iterator[str]:
    head, row = facts.head, facts.known.log
    if row is not None:
        present = reading.present_version(row.parser)
        newer = "" if present in (None, row.parser_version) else f"; the present one is {present}"
        yield f"The parser {row.parser} (version {row.parser_version}{newer}) reads it."
        if present is None:
            yield f"There is no parser {row.parser} any more."
    if head is None:
        return
    if head.trouble:
        yield f"It cannot be opened: {names.readable(head.trouble)}."
    elif not head.size:
        yield "It is empty, so no parser can tell what it is."
    elif not head.claims:
        yield f"No parser claims it by its first {head.looked_at} bytes."
        if head.deck_of:
            yield f"It is a deck of {head.deck_of}, not a log."
    elif len(head.claims) > 1:
        claiming = ", ".join(name for _, name, _ in head.claims)
        yield f"{len(head.claims)} parsers claim it ({claiming}), so none may read it."
    elif row is None or row.parser != head.claims[0][1]:
        yield f"The parser {head.claims[0][1]} claims it, and no other."


def last_error(facts: Facts) -> Iterator[str]:
    row = facts.known.log
    if row is not None and row.last_error:
        yield f"Its solver's last error, line {row.last_error_line}: {row.last_error[:300]}"


def _at(moment: datetime) -> str:
    return f"{timezone.localtime(moment):%Y-%m-%d %H:%M:%S}"
