"""A question that is not answered holds nobody up for longer than once, and is heard when its answer comes."""

import threading
import time

import pytest

from watcher.patience import Patience, SilentError


def test_an_answer_is_asked_for_anew_each_time():
    answers = iter([1, 2])
    patience = Patience(lambda: next(answers))

    assert [patience.answer(), patience.answer()] == [1, 2]


def test_who_hangs_is_waited_for_once_asked_once_and_heard_later():
    may_answer, asked = threading.Event(), []

    def ask():
        asked.append(1)
        may_answer.wait()
        return "here"

    patience = Patience(ask, 0.2)
    with pytest.raises(SilentError):
        patience.answer()
    begun = time.monotonic()
    for _ in range(100):
        with pytest.raises(SilentError):
            patience.answer()

    assert (len(asked), time.monotonic() - begun < 0.2) == (1, True)
    may_answer.set()
    patience._asking.join()
    assert patience.answer() == "here"
    assert patience.answer() == "here"
    assert len(asked) == 2
