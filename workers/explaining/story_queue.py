"""What the queues hold of a path, in sentences."""

from collections.abc import Iterator

from pdfjobs.templatetags.diary import duration
from workers.explaining.facts import Facts
from workers.explaining.queued import Task


def queues(facts: Facts) -> Iterator[str]:
    found = facts.queued
    if facts.place.root is None and not found.tasks:
        return
    for task in found.tasks:
        yield _task(task)
    more = found.count - len(found.tasks)
    if more > 0:
        yield f"{more} more tasks are about it or what lies below it."
    if not found.count and not found.trouble:
        yield "No task in any queue is about it."
    if found.unseen:
        yield f"{found.unseen} tasks far back in the queues were not looked at."


def _task(task: Task) -> str:
    what = f"“{task.about}” in the queue {task.queue}"
    age = "" if task.age_s is None else f" for {duration(task.age_s)}"
    if task.state == "waiting":
        return f"{what} has waited{age}."
    if task.state == "begun":
        return f"{what} has been at work{age}, by {task.worker or 'a worker'}."
    if task.state == "later":
        when = "by now" if (task.in_s or 0.0) <= 0 else f"in {duration(task.in_s)}"
        fault = f" after: {task.fault}" if task.fault else ""
        return f"{what} is tried again {when}, for the {task.tries}. time{fault}."
    return f"{what} failed for good{f': {task.fault}' if task.fault else ''}."
