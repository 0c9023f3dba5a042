"""Why a path is a job or not, and what to do: the first of these rules that fits."""

from collections.abc import Callable

from pdfjobs import names
from pdfjobs.health.watcher import STATES
from pdfjobs.templatetags.diary import duration
from workers.explaining.answer import LATE_S, VERIFY, Verdict
from workers.explaining.answer_drop import dropped, rejected, unseen
from workers.explaining.answer_log import log_of_run, not_a_log, of_run
from workers.explaining.facts import Facts


def judge(facts: Facts) -> Verdict:
    for rule in RULES:
        if (found := rule(facts)) is not None:
            return found
    return Verdict("not a job", "It is no job, and none of the parts says why.", VERIFY, fine=False)


def _outside(facts: Facts) -> Verdict | None:
    if facts.place.root is not None or facts.place.special:
        return None
    return Verdict(
        "outside",
        "It is no job, since it lies in no root.",
        "Drop the deck into the hot folder, or name the tree in pdfjobs.toml under [[trees]] and"
        " start the service anew.",
        fine=False,
    )


def _root_away(facts: Facts) -> Verdict | None:
    root = facts.place.root
    if root is None:
        return None
    watched = facts.watched
    says_so = watched is not None and watched.state == STATES[-1] and facts.health.watcher.running
    if facts.root_disk.kind == "folder" and not says_so:
        return None
    why = watched.why if watched is not None and says_so and watched.why else facts.root_disk.kind
    return Verdict(
        "root away",
        f"Nothing of the root {root.name} is noticed now, since its folder is out of reach ({why}).",
        f"Mount or make {names.readable(root.path)}; it is taken up again without a restart. Jobs"
        " keep their facts.",
        fine=False,
    )


def _unknown(facts: Facts) -> Verdict | None:
    if not facts.known.trouble:
        return None
    return Verdict(
        "not known",
        f"Whether it is a job cannot be told: {facts.known.trouble}.",
        "Run `manage.py status`: it says what to do first. Then ask again.",
        fine=False,
    )


def _failed(facts: Facts) -> Verdict | None:
    bad = next((task for task in facts.queued.tasks if task.state == "failed"), None)
    if bad is None:
        return None
    return Verdict(
        "failed",
        f"A task about it failed for good: {bad.fault or 'its exception stands with the task'}.",
        f"Staff finds it at /rq/0/view/jobs/{bad.queue}/failed/8/desc/1 as {bad.rq_id}; requeue it"
        " there once the cause is gone.",
        fine=False,
    )


def _again(facts: Facts) -> Verdict | None:
    later = next((task for task in facts.queued.tasks if task.state == "later"), None)
    if later is None:
        return None
    when = max(0.0, later.in_s or 0.0)
    return Verdict(
        "tried again",
        f"It waits for a fault to pass ({later.fault or 'its host went away'}) and is tried again in"
        f" {duration(when)}.",
        "Mend the fault; all that waits for the same is then tried at once.",
        fine=False,
    )


def _under_way(facts: Facts) -> Verdict | None:
    tasks = [task for task in facts.queued.tasks if task.state in ("waiting", "begun")]
    tasks = [task for task in tasks if task.queue not in ("arrivals", "upkeep", "notices")]
    if not tasks or facts.place.relative == "" or facts.known.run is not None:
        return None
    waits = max(task.age_s or 0.0 for task in tasks)
    where = " and ".join(sorted({task.queue for task in tasks}))
    if waits < LATE_S or tasks[0].queue in ("backlog", "solve"):
        return Verdict("under way", f"It is on its way through the queue {where}.")
    return Verdict(
        "under way",
        f"It has been in the queue {where} for {duration(waits)}.",
        "Run `manage.py status`: it says whether the workers get through.",
        fine=False,
    )


RULES: tuple[Callable[[Facts], Verdict | None], ...] = (
    _outside,
    _root_away,
    _unknown,
    _failed,
    _again,
    _under_way,
    rejected,
    dropped,
    log_of_run,
    of_run,
    not_a_log,
    unseen,
)
