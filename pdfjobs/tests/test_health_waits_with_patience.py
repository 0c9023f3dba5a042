"""What hangs, breaks or is asked by many at once."""

import threading

import pytest

from pdfjobs.patience import NoAnswerError, Probe


class Asked:
    """Answers with the number of times it was asked, once it may."""

    def __init__(self, *, at_once=True):
        self.count = 0
        self.may = threading.Event()
        if at_once:
            self.may.set()

    def __call__(self):
        self.count += 1
        self.may.wait(5)
        return self.count


def test_an_answer_is_shared_while_it_is_young_enough():
    asked = Asked()
    probe = Probe(asked, 5)

    assert [probe.answer(60), probe.answer(60), probe.answer(0)] == [1, 1, 2]


def test_many_who_ask_at_once_cause_one_asking():
    asked = Asked(at_once=False)
    probe = Probe(asked, 5)
    answers = []
    threads = [threading.Thread(target=lambda: answers.append(probe.answer())) for _ in range(8)]
    for thread in threads:
        thread.start()
    while len(threading.enumerate()) < len(threads) + 2:
        assert asked.count <= 1
    asked.may.set()
    for thread in threads:
        thread.join()

    assert answers[0] == 1
    assert asked.count == len({*answers})


def test_what_hangs_is_waited_for_once_and_never_asked_twice():
    asked = Asked(at_once=False)
    probe = Probe(asked, 4)
    probe.begin().begun -= 5  # its time is over

    for _ in range(20):  # together they would wait longer than a test may take
        with pytest.raises(NoAnswerError, match="no answer within 4 s"):
            probe.answer()

    assert asked.count == 1
    asked.may.set()
    probe.begin().done.wait()
    assert probe.answer(60) == 1  # late, but it came
    assert probe.answer() == 2


def test_a_fault_in_the_asking_is_no_answer_and_is_logged(caplog):
    def broken():
        return {}["nothing"]

    with pytest.raises(NoAnswerError, match="KeyError: 'nothing'"):
        Probe(broken, 5).answer()
    assert "cannot be looked at" in caplog.text


def test_what_was_forgotten_is_asked_anew():
    probe = Probe(Asked(), 5)
    probe.answer(60)
    probe.forget()

    assert probe.answer(60) == 2
