"""What became of the tickets: done, lost, failed, put off; and what changed while its file waited to be read."""

import pytest

from watcher.outbox import AGAIN_S, ASK_S, IDLE_ASK_S, LOST_AFTER, ROOM, Answers, Outbox
from watcher.publish import QueueAwayError


class Queue:
    """Answers with what the test says."""

    def __init__(self):
        self.said = {}
        self.forgotten = []
        self.is_away = False
        self.questions = 0

    def fates(self, tickets):
        self.questions += 1
        if self.is_away:
            raise QueueAwayError("away")
        return {ticket: self.said.get(ticket, "waiting") for ticket in tickets}

    def forget(self, tickets):
        if self.is_away and tickets:
            raise QueueAwayError("away")
        self.forgotten += tickets


@pytest.fixture
def queue():
    return Queue()


@pytest.fixture
def outbox():
    outbox = Outbox()
    outbox.add("t1", ["a", "b"], "ingest", 10.0)
    outbox.add("t2", ["c"], "backlog", 10.0)
    return outbox


def ask(outbox, queue, now):
    return outbox.ask(queue, max(now, outbox.next_due()))


def counts(outbox):
    rooms = {lane: ROOM[lane] - outbox.room(lane) for lane in ROOM}
    return outbox.outstanding, outbox.parked, rooms


def test_what_waits_takes_up_room_in_its_lane(outbox, queue):
    assert counts(outbox) == (3, 0, {"ingest": 2, "backlog": 1})
    assert ask(outbox, queue, 11.0) == Answers()
    assert counts(outbox) == (3, 0, {"ingest": 2, "backlog": 1})


def test_a_change_of_a_file_that_waits_goes_out_when_its_task_has_begun(outbox, queue):
    assert [outbox.park("a", 11.0), outbox.park("a", 12.0), outbox.park("x", 12.0)] == [
        True,
        True,
        False,
    ]
    assert ask(outbox, queue, 12.5).free == {}
    assert (outbox.parked, outbox.oldest()) == (1, ("a", 11.0))

    queue.said["t1"] = "begun"

    assert ask(outbox, queue, 13.0) == Answers(free={"a": (11.0, 12.0)})
    assert ask(outbox, queue, 14.0) == Answers()
    assert counts(outbox) == (3, 0, {"ingest": 2, "backlog": 1})
    assert (outbox.park("a", 15.0), outbox.oldest()) == (False, None)


def test_a_task_that_is_done_leaves_nothing_behind(outbox, queue):
    outbox.park("b", 11.0)
    queue.said = {"t1": "done", "t2": "done"}

    assert ask(outbox, queue, 12.0) == Answers(done=["t1", "t2"], free={"b": (11.0, 11.0)})
    assert counts(outbox) == (0, 0, {"ingest": 0, "backlog": 0})


def test_a_done_ticket_is_deleted_only_with_the_next_question(outbox, queue):
    """By then the memory has been committed: a ticket that is missing after a kill is taken for lost."""
    queue.said = {"t1": "done", "t2": "done"}
    ask(outbox, queue, 12.0)
    assert queue.forgotten == []

    ask(outbox, queue, 13.0)

    assert (queue.forgotten, outbox.next_due()) == (["t1", "t2"], float("inf"))


def test_a_task_that_is_missing_once_may_just_have_ended(outbox, queue):
    queue.said["t1"] = "lost"
    for _ in range(LOST_AFTER - 1):
        assert ask(outbox, queue, 11.0) == Answers()
    queue.said["t1"] = "done"

    assert ask(outbox, queue, 12.0) == Answers(done=["t1"])


def test_a_task_that_is_missing_again_is_lost_with_all_its_paths(outbox, queue):
    outbox.park("a", 11.0)
    queue.said["t1"] = "lost"
    for _ in range(LOST_AFTER - 1):
        ask(outbox, queue, 11.0)

    assert ask(outbox, queue, 12.0) == Answers(free={"a": (11.0, 11.0)}, lost={"t1": ["a", "b"]})
    assert counts(outbox) == (1, 0, {"ingest": 0, "backlog": 1})


def test_missing_must_be_in_a_row(outbox, queue):
    for fate in ["lost", "waiting"] * 5:
        queue.said["t1"] = fate
        assert ask(outbox, queue, 11.0) == Answers()


def test_a_task_that_failed_takes_no_room_and_is_handed_over_anew_after_a_while(outbox, queue):
    outbox.park("a", 11.0)
    queue.said["t1"] = "failed"

    assert ask(outbox, queue, 12.0) == Answers(free={"a": (11.0, 11.0)})
    assert counts(outbox) == (3, 0, {"ingest": 0, "backlog": 1})
    assert ask(outbox, queue, 10.0 + AGAIN_S) == Answers()
    assert ask(outbox, queue, 10.1 + AGAIN_S) == Answers(lost={"t1": ["a", "b"]})


def test_changes_wait_for_a_task_that_will_be_tried_again(outbox, queue):
    outbox.park("a", 11.0)
    queue.said["t1"] = "later"
    assert ask(outbox, queue, 12.0) == Answers()
    assert outbox.park("b", 12.5)

    queue.said["t1"] = "begun"

    assert ask(outbox, queue, 13.0) == Answers(free={"a": (11.0, 11.0), "b": (12.5, 12.5)})


def test_a_task_that_failed_and_is_tried_again_by_somebody_takes_its_room_again(outbox, queue):
    for fate, used in (("failed", 0), ("waiting", 2), ("later", 0), ("begun", 2), ("done", 0)):
        queue.said["t1"] = fate
        ask(outbox, queue, 11.0)
        assert counts(outbox)[2] == {"ingest": used, "backlog": 1}


def test_nothing_is_lost_when_the_queue_goes_away_between_two_questions(outbox, queue):
    """The answers were thrown away when the tickets seen done could not be deleted."""
    outbox.park("a", 11.0)
    queue.said["t2"] = "done"
    ask(outbox, queue, 11.0)
    queue.said["t1"] = "begun"
    queue.is_away = True
    for _ in range(3):
        with pytest.raises(QueueAwayError):
            ask(outbox, queue, 12.0)

    queue.is_away = False

    assert ask(outbox, queue, 13.0) == Answers(free={"a": (11.0, 11.0)})
    assert queue.forgotten == ["t2"]


def test_a_file_that_stands_with_two_tickets_is_free_when_the_later_one_has_begun(outbox, queue):
    """As after a restart in the middle of handing over anew."""
    outbox.add("t3", ["a"], "ingest", 12.0)
    outbox.park("a", 12.5)
    queue.said["t1"] = "done"
    assert ask(outbox, queue, 13.0) == Answers(done=["t1"])
    assert outbox.park("a", 13.5)

    queue.said["t3"] = "begun"

    assert ask(outbox, queue, 14.0).free == {"a": (12.5, 13.5)}


def test_there_is_never_less_than_no_room(queue):
    outbox = Outbox()
    outbox.add("t", [f"{number}" for number in range(ROOM["ingest"] + 1)], "ingest", 0.0)

    assert outbox.room("ingest") == 0


@pytest.mark.parametrize("tickets", [1, 20, 400])
def test_the_more_tickets_the_less_often_one_asks(queue, tickets):
    outbox = Outbox()
    for number in range(tickets):
        outbox.add(f"{number}", [f"{number}"], "ingest", 10.0)
    outbox.ask(queue, 10.1)

    assert outbox.next_due() == pytest.approx(10.1 + ASK_S * (1 + tickets // 20))
    for number in range(tickets):
        queue.said[f"{number}"] = "failed"
    outbox.ask(queue, 20.0)
    assert outbox.next_due() == 20.0 + IDLE_ASK_S


def test_changes_of_many_files_that_wait_do_not_make_us_ask_all_the_time(queue):
    """Each change brings the question nearer; with many tickets it costs more than it tells."""
    outbox = Outbox()
    for number in range(400):
        outbox.add(f"{number}", [f"{number}"], "ingest", 10.0)
    for step in range(1000):
        now = 10.0 + step / 100
        outbox.park(f"{step % 400}", now)
        outbox.ask(queue, now)

    assert queue.questions <= 10.0 / ASK_S
