"""What is wrong with the service as a whole, and with what notices changes; in the language of who asks."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from pdfjobs.health.disks import OURS
from pdfjobs.health.judge_address import judge_address
from pdfjobs.health.judge_confinement import judge_confinement
from pdfjobs.health.judge_queues import judge_queues, judge_server
from pdfjobs.health.judge_stores import judge_backup, judge_database, judge_disk
from pdfjobs.health.problem import (
    FAIL,
    NEWS_FAIL_S,
    NEWS_WARN_S,
    STARTING_S,
    WARN,
    Problem,
    service_log,
)
from pdfjobs.health.watcher import Root, Watcher
from pdfjobs.sentences.troubles import TROUBLES
from pdfjobs.sentences.watching import ADVICE, WHYS
from pdfjobs.templatetags.diary import duration

if TYPE_CHECKING:
    from pdfjobs.health import Health

CLOCKS_S = 5.0
MOST_WATCHES = 0.9


def judge(health: "Health") -> tuple[Problem, ...]:
    """Every problem, the failing ones first."""
    if (gone := _no_instance(health)) is not None:
        return (gone,)
    since = health.program.serving_since
    starting = since is not None and health.at - since < STARTING_S
    missing = {
        root.name
        for root in health.watcher.roots
        if root.state == "missing" and health.watcher.running
    }
    found = [
        *_web(health),
        *judge_server(health.queues.server, starting),
        # Where the queue server keeps nothing, nobody's word that he lives comes through.
        *_watcher(health.watcher, health.at, starting or health.queues.server.takes_nothing),
        *(problem for root in health.watcher.roots for problem in _root(root, health.watcher)),
        *judge_queues(health.queues, starting),
        *judge_confinement(),
        *(judge_database(health.database) if health.database else ()),
        *(
            problem
            for disk in health.disks
            if not missing & {*disk.places}
            for problem in judge_disk(disk)
        ),
        *judge_backup(health.backup),
        *judge_address(health.address, health.at),
    ]
    return tuple(sorted(found, key=lambda problem: problem.level != FAIL))


def _no_instance(health: "Health") -> Problem | None:
    """Where there is nothing at all, that is the one thing to say."""
    var = next((disk for disk in health.disks if "VAR" in disk.places), None)
    if var is None or not var.error or var.hangs:
        return None
    return Problem(
        FAIL,
        "instance",
        _("There is no instance at %(path)s: %(error)s.")
        % {"path": var.path, "error": TROUBLES.said(var.error)},
        _("Start it (make run), mount it again, or set PDFJOBS_VAR to where it is."),
    )


def _web(health: "Health") -> Iterator[Problem]:
    if health.program.died:
        yield Problem(
            FAIL,
            "web",
            _("The web server of this instance is gone and did not end in order."),
            _("Start the service anew (make run); %(log)s may say why.") % {"log": service_log()},
        )


def _watcher(watcher: Watcher, now: float, may_be_silent: bool) -> Iterator[Problem]:
    if watcher.running is False and not may_be_silent:
        yield Problem(
            FAIL,
            "watcher",
            _("The watcher is not running: new decks and growing logs are not noticed."),
            _(
                "It is started again by itself; if it does not stay, %(log)s says why."
                " What changed meanwhile is found when it is back."
            )
            % {"log": service_log()},
            since=None if watcher.at is None else datetime.fromtimestamp(watcher.at, UTC),
        )
    if watcher.at is not None and watcher.at - now > CLOCKS_S:
        yield Problem(
            WARN,
            "watcher",
            _("The clocks of %(host)s and of this host differ.")
            % {"host": watcher.host or _("the watcher")},
            _("Set both by NTP; until then, times and ages here are wrong."),
        )
    if not watcher.running:
        return  # what it said last is no news any more
    for sentence in watcher.advice:
        yield Problem(WARN, "watcher", ADVICE.said(sentence), "")
    share = watcher.limits.watches_share
    if share is not None and share > MOST_WATCHES and not watcher.advice:
        yield Problem(
            WARN,
            "watcher",
            _("The watcher holds %(share)s of the watches that the kernel gives one account.")
            % {"share": f"{share:.0%}"},
            _(
                "On %(host)s: sysctl fs.inotify.max_user_watches=%(watches)s, also in"
                " /etc/sysctl.d/; until then, further folders are polled."
            )
            % {
                "host": watcher.host or _("its host"),
                "watches": 2 * (watcher.limits.max_user_watches or 0),
            },
        )


def _root(root: Root, watcher: Watcher) -> Iterator[Problem]:
    if not watcher.running:
        return
    if root.state == "missing":
        yield Problem(
            FAIL if root.name in OURS else WARN,
            f"root {root.name}",
            (
                _("The root %(name)s is missing (%(why)s): nothing there is noticed.")
                if root.why
                else _("The root %(name)s is missing: nothing there is noticed.")
            )
            % {"name": root.name, "why": WHYS.said(root.why)},
            _(
                "Mount or make %(folder)s on %(host)s; it is taken up again without a restart,"
                " and its jobs keep their facts."
            )
            % {
                "folder": root.path or _("its folder"),
                "host": watcher.host or _("the host of the watcher"),
            },
        )
        return  # its news wait for it
    importing = root.importing is not None and root.importing.done < root.importing.total
    if root.oldest_s is not None and root.oldest_s > NEWS_WARN_S and not importing:
        yield Problem(
            FAIL if root.oldest_s > NEWS_FAIL_S else WARN,
            f"root {root.name}",
            _("News of %(file)s have waited for %(time)s.")
            % {"file": root.oldest_path or _("a file"), "time": duration(root.oldest_s)},
            _("See whether the workers get through: the queues' lengths and ages are below."),
        )
