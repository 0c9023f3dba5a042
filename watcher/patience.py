"""Questions to a disk that may never be answered, as of a share whose server is gone."""

import threading
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")

PATIENCE_S = 2.0
"""A disk that wakes up from its sleep may take longer; then it is heard at a later look."""


class SilentError(Exception):
    """No answer has come yet."""


class Patience(Generic[T]):
    """Asks in a thread of its own. While one asking hangs no second is begun, and who asks learns so at once."""

    def __init__(self, ask: Callable[[], T], patience_s: float = PATIENCE_S) -> None:
        self._ask, self._patience_s = ask, patience_s
        self._answers: list[T] = []
        self._asking: threading.Thread | None = None
        self._has_waited = False

    def answer(self) -> T:
        """What `ask` returns, which raises nothing. Raises SilentError."""
        if self._asking is None:
            self._answers.clear()
            self._asking = threading.Thread(
                target=lambda: self._answers.append(self._ask()), daemon=True
            )
            self._asking.start()
        self._asking.join(0.0 if self._has_waited else self._patience_s)
        self._has_waited = self._asking.is_alive()
        if self._has_waited:
            raise SilentError
        self._asking = None
        return self._answers[-1]
