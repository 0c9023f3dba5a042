"""Questions that may never be answered: a share that hangs, a server that was stopped, a name that does not resolve."""

import logging
import threading
import time
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")


log = logging.getLogger(__name__)


class NoAnswerError(Exception):
    """Nothing came back in time, or the asking itself broke; the text says which."""


class _Flight(Generic[T]):
    """One asking, in a thread of its own."""

    def __init__(self, ask: Callable[[], T]) -> None:
        self._ask = ask
        self.begun = time.monotonic()
        self.done = threading.Event()
        self.value: T
        self.broke = ""
        threading.Thread(target=self._run, daemon=True).start()

    def _run(self) -> None:
        try:
            self.value = self._ask()
        except Exception as error:
            # A fault in looking at the service must not become a fault of every page.
            log.exception("the service cannot be looked at")
            self.broke = f"{type(error).__name__}: {error}"
        self.done.set()


class Probe(Generic[T]):
    """Asks one thing with patience, and shares the answer among all who want it at the same time.

    While an asking hangs, no second one is begun, and who asks later learns at once that nothing comes.
    """

    def __init__(self, ask: Callable[[], T], patience_s: float) -> None:
        self._ask = ask
        self._patience_s = patience_s
        self._lock = threading.Lock()
        self._flight: _Flight[T] | None = None

    def begin(self, max_age_s: float = 0.0) -> "_Flight[T]":
        """Asks, unless the last answer is young enough or still to come."""
        with self._lock:
            flight = self._flight
            if flight is None or (
                flight.done.is_set() and time.monotonic() - flight.begun >= max_age_s
            ):
                flight = self._flight = _Flight(self._ask)
            return flight

    def answer(self, max_age_s: float = 0.0) -> T:
        """Raises NoAnswerError."""
        flight = self.begin(max_age_s)
        left = flight.begun + self._patience_s - time.monotonic()
        if not flight.done.wait(max(0.0, left)):
            raise NoAnswerError(f"no answer within {self._patience_s:g} s")
        if flight.broke:
            raise NoAnswerError(flight.broke)
        return flight.value

    def forget(self) -> None:
        """Makes the next question a new one."""
        with self._lock:
            self._flight = None
