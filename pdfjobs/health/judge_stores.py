"""What is wrong with the places that keep things: the database and the disks."""

from collections.abc import Iterator
from datetime import UTC, datetime

from django.utils.translation import gettext as _

from pdfjobs.health.backup import Backup
from pdfjobs.health.database import Database
from pdfjobs.health.disks import OURS, Disk
from pdfjobs.health.problem import FAIL, WARN, Problem
from pdfjobs.sentences.troubles import PLACES, TROUBLES
from pdfjobs.templatetags.diary import bytes_size, duration

SLOW_S = 0.5
MOST_WAL_BYTES = 2**30
WARN_SHARE, WARN_BYTES = 0.05, 2 * 10**9
FAIL_SHARE, FAIL_BYTES = 0.01, 200 * 10**6
"""Room that must be left on a disk, and share of its inodes."""


def judge_database(database: Database) -> Iterator[Problem]:
    if database.error:
        yield Problem(
            FAIL,
            "database",
            _("The database (%(place)s) does not answer: %(error)s.")
            % {
                "place": PLACES.said(database.place),
                "error": TROUBLES.said(database.error),
            },
            _(
                "See that the file is there, that its disk is not full and that this account may write it."
                " Work goes on by itself then."
            )
            if database.engine == "SQLite"
            else _(
                "Start the PostgreSQL server, or see what keeps it busy. Work goes on by itself then."
            ),
        )
        return
    yield from _version(database)
    if (database.latency_s or 0) > SLOW_S:
        yield Problem(
            WARN,
            "database",
            _("The database took %(time)s for the smallest question.")
            % {"time": duration(database.latency_s)},
            _("See what else its disk is busy with."),
        )
    if (database.wal_bytes or 0) > MOST_WAL_BYTES:
        yield Problem(
            WARN,
            "database",
            _("%(size)s of changes wait beside the database's file.")
            % {"size": bytes_size(database.wal_bytes)},
            _("A process reads in it without an end, a backup perhaps: end that one."),
        )


def _version(database: Database) -> Iterator[Problem]:
    if database.missing:
        yield Problem(
            FAIL,
            "database",
            _("The database is older than the program: it lacks %(names)s.")
            % {"names": ", ".join(database.missing)},
            _("Start the service anew (make run), or run manage.py migrate."),
        )
    if database.unknown:
        yield Problem(
            WARN,
            "database",
            _("The database is newer than the program: it has had %(names)s.")
            % {"names": ", ".join(database.unknown)},
            _("Run the version of the program that was here last."),
        )


def judge_backup(backup: Backup) -> Iterator[Problem]:
    if backup.limit_s is None:
        return
    if backup.failure is not None:
        yield Problem(
            WARN,
            "backup",
            _("The newest try to make a backup failed: %(why)s.")
            % {"why": backup.failure.words.rstrip(".")},
            _("See to that, and run manage.py backup; the next is made at its time."),
            since=datetime.fromtimestamp(backup.failure.at, UTC),
        )
    if backup.without_s <= backup.limit_s:
        return
    yield Problem(
        WARN,
        "backup",
        _("There has been no backup for %(time)s.") % {"time": duration(backup.without_s)},
        _(
            "Run manage.py backup, which says what is wrong; where a timer makes them, so does"
            " journalctl -u pdfjobs-backup."
        ),
    )


def judge_disk(disk: Disk) -> Iterator[Problem]:
    ours = any(place in OURS for place in disk.places)
    about = {"places": ", ".join(disk.places), "path": disk.path}
    if disk.error:
        # A foreign tree may be mounted on the watcher's host alone; the watcher tells when it is missing.
        if ours or disk.hangs:
            yield Problem(
                FAIL if ours else WARN,
                "disk",
                _("The disk of %(places)s (%(path)s) is out of reach: %(error)s.")
                % (about | {"error": TROUBLES.said(disk.error)}),
                _("Mount it again, or see to the server that it comes from."),
            )
        return
    if disk.read_only:
        if ours:
            yield Problem(
                FAIL,
                "disk",
                _("The disk of %(places)s (%(path)s) can only be read.") % about,
                _("Kernels do this to a disk with errors: see dmesg, mend it and mount it anew."),
            )
        return
    yield from _room(disk, about)


def _room(disk: Disk, about: dict[str, str]) -> Iterator[Problem]:
    share, free = disk.free_share, disk.free_bytes
    if share is None or free is None:
        return
    if share < WARN_SHARE or free < WARN_BYTES:
        failing = share < FAIL_SHARE or free < FAIL_BYTES
        yield Problem(
            FAIL if failing else WARN,
            "disk",
            (
                _("The disk of %(places)s (%(path)s) is full: %(size)s are free, %(share)s.")
                if failing
                else _(
                    "The disk of %(places)s (%(path)s) is nearly full: %(size)s are free, %(share)s."
                )
            )
            % (about | {"size": bytes_size(free), "share": f"{share:.1%}"}),
            _("Make room there: no run lies on it. Nothing is lost; what failed is tried again.")
            if disk.is_others
            else _(
                "Make room: results of old runs are the largest. Nothing is lost; what failed is tried again."
            ),
        )
    if disk.free_files is not None and disk.free_files < WARN_SHARE:
        yield Problem(
            FAIL if disk.free_files < FAIL_SHARE else WARN,
            "disk",
            _(
                "The disk of %(places)s (%(path)s) can hold hardly any more files:"
                " %(share)s of its inodes are free."
            )
            % (about | {"share": f"{disk.free_files:.1%}"}),
            _("Remove or pack up folders with many small files."),
        )
