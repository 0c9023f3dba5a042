"""After lost events every watched folder is looked at: one round at a time, later and later while it goes on."""

RAPID_S = 10.0
"""A round that comes so soon after the last one backs off."""
FIRST_BACK_OFF_S, MOST_BACK_OFF_S = 0.1, 60.0


class Recovery:
    """Which folders are still to be looked at. All times are the monotonic clock's."""

    def __init__(self) -> None:
        self.overflows = 0
        self.rounds = 0
        self._is_lost = False
        self._left: list[str] = []
        self._at, self._back_off_s = float("-inf"), 0.0

    def __bool__(self) -> bool:
        """Whether events were lost that no look has made up for."""
        return self._is_lost or bool(self._left)

    def lost(self) -> None:
        """Events were dropped."""
        self.overflows += 1
        self._is_lost = True

    def clear(self) -> None:
        """Everything is looked at anyway."""
        self._is_lost = False
        self._left = []

    def next_due(self) -> float:
        if self._left:
            return float("-inf")
        return self._at if self._is_lost else float("inf")

    def is_due(self, now: float) -> bool:
        """Whether a round is to `begin`."""
        return self._is_lost and not self._left and now >= self._at

    def begin(self, folders: list[str], now: float) -> None:
        is_rapid = now - self._at < RAPID_S
        doubled = min(2 * self._back_off_s or FIRST_BACK_OFF_S, MOST_BACK_OFF_S)
        self._back_off_s = doubled if is_rapid else 0.0
        self._is_lost = False
        self._left = folders[::-1]
        self.rounds += 1

    def next_folder(self, now: float) -> str | None:
        """The next one to look at; None between two rounds."""
        if not self._left:
            return None
        folder = self._left.pop()
        self._at = now + self._back_off_s
        return folder
