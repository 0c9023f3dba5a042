"""Tickets: keys in the queue server by which the watcher sees how far a reading is that it asked for.

    waiting ID   not begun: what changes now will be read by it
    begun ID     being read: what changes now must be asked for anew
    done         nothing is left to read

ID is the RQ id of the task that holds the ticket; "" is the ticket of a reading that nobody asks about. A ticket
that is gone stays gone, since the watcher took it away.
"""

from redis.client import Pipeline, Redis

TICKET_TTL_S = 24 * 3600
DONE_TTL_S = 3600


def begin(connection: Redis, ticket: str, rq_id: str) -> None:
    """Before the first look at a file: from here on a change is a new one."""
    if ticket:
        connection.set(ticket, f"begun {rq_id}", xx=True, keepttl=True)


def pass_on(pipeline: Pipeline, ticket: str, rq_id: str) -> None:
    """Gives the ticket to the task that reads on; in the transaction that queues it."""
    if ticket:
        pipeline.set(ticket, f"begun {rq_id}", xx=True, ex=TICKET_TTL_S)


def wait_again(connection: "Redis | Pipeline", ticket: str, rq_id: str) -> None:
    """For a task that is to be begun once more: it will read what changes until then."""
    if ticket:
        connection.set(ticket, f"waiting {rq_id}", xx=True, ex=TICKET_TTL_S)


def finish(connection: Redis, ticket: str) -> None:
    if ticket:
        connection.set(ticket, b"done", xx=True, ex=DONE_TTL_S)
