"""What is wrong with the service as a whole, and with what notices changes."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from pdfjobs.health.disks import OURS
from pdfjobs.health.judge_confinement import judge_confinement
from pdfjobs.health.judge_queues import judge_queues, judge_server
from pdfjobs.health.judge_stores import judge_database, judge_disk
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
        *_watcher(health.watcher, health.at, starting),
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
        f"There is no instance at {var.path}: {var.error}.",
        "Start it (make run), mount it again, or set PDFJOBS_VAR to where it is.",
    )


def _web(health: "Health") -> Iterator[Problem]:
    if health.program.died:
        yield Problem(
            FAIL,
            "web",
            "The web server of this instance is gone and did not end in order.",
            f"Start the service anew (make run); {service_log()} may say why.",
        )


def _watcher(watcher: Watcher, now: float, starting: bool) -> Iterator[Problem]:
    if watcher.running is False and not starting:
        yield Problem(
            FAIL,
            "watcher",
            "The watcher is not running: new decks and growing logs are not noticed.",
            f"It is started again by itself; if it does not stay, {service_log()} says why."
            " What changed meanwhile is found when it is back.",
            since=None if watcher.at is None else datetime.fromtimestamp(watcher.at, UTC),
        )
    if watcher.at is not None and watcher.at - now > CLOCKS_S:
        yield Problem(
            WARN,
            "watcher",
            f"The clocks of {watcher.host or 'the watcher'} and of this host differ.",
            "Set both by NTP; until then, times and ages here are wrong.",
        )
    if not watcher.running:
        return  # what it said last is no news any more
    for sentence in watcher.advice:
        yield Problem(WARN, "watcher", sentence, "")
    share = watcher.limits.watches_share
    if share is not None and share > MOST_WATCHES and not watcher.advice:
        yield Problem(
            WARN,
            "watcher",
            f"The watcher holds {share:.0%} of the watches that the kernel gives one account.",
            f"On {watcher.host or 'its host'}: sysctl"
            f" fs.inotify.max_user_watches={2 * (watcher.limits.max_user_watches or 0)}, also in"
            " /etc/sysctl.d/; until then, further folders are polled.",
        )


def _root(root: Root, watcher: Watcher) -> Iterator[Problem]:
    if not watcher.running:
        return
    if root.state == "missing":
        yield Problem(
            FAIL if root.name in OURS else WARN,
            f"root {root.name}",
            f"The root {root.name} is missing{f' ({root.why})' if root.why else ''}: nothing there is noticed.",
            f"Mount or make {root.path or 'its folder'} on {watcher.host or 'the host of the watcher'};"
            " it is taken up again without a restart, and its jobs keep their facts.",
        )
        return  # its news wait for it
    importing = root.importing is not None and root.importing.done < root.importing.total
    if root.oldest_s is not None and root.oldest_s > NEWS_WARN_S and not importing:
        yield Problem(
            FAIL if root.oldest_s > NEWS_FAIL_S else WARN,
            f"root {root.name}",
            f"News of {root.oldest_path or 'a file'} have waited for {duration(root.oldest_s)}.",
            "See whether the workers get through: the queues' lengths and ages are below.",
        )
