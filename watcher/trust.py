"""Whether events tell of what happens: what a scan finds in a watched folder must have an event, if a late one."""

SUSPECT_S = 5.0
MOST_MISSED = 3
"""Changes that a scan found and no event told: after so many a root is polled."""
PAUSE_S = 1.0
"""Who was not asked for so long was stopped, and so were the events."""


class Suspects:
    """Files whose change was found and not told of. All times are the monotonic clock's."""

    def __init__(self) -> None:
        self.missed = 0
        """Changes that no event told of in time."""
        self._found: dict[str, float] = {}
        self._judged_at = float("inf")

    def __bool__(self) -> bool:
        return bool(self._found)

    def add(self, path: str, now: float) -> None:
        self._found.setdefault(path, now)

    def heard(self, path: str) -> None:
        self._found.pop(path, None)

    def clear(self) -> None:
        self._found.clear()

    def judge(self, now: float) -> None:
        """Called in every turn: while nobody takes events, none can come."""
        if now - self._judged_at > PAUSE_S:
            self._found = dict.fromkeys(self._found, now)
        self._judged_at = now
        ripe = []
        for path, at in self._found.items():
            if now - at <= SUSPECT_S:
                break  # the others are younger
            ripe.append(path)
        for path in ripe:
            del self._found[path]
        self.missed += len(ripe)
