"""Which names are due when: a heap that may be told of later times without growing."""

import heapq


class Alarms:
    """At most one due time per name, on the clock of whoever uses it."""

    def __init__(self) -> None:
        self._due: dict[str, float] = {}
        self._entry: dict[str, float] = {}
        self._heap: list[tuple[float, str]] = []

    def __len__(self) -> int:
        return len(self._due)

    def __contains__(self, name: str) -> bool:
        return name in self._due

    def set(self, name: str, due: float) -> None:
        self._due[name] = due
        # A later time waits until its earlier entry comes up: a busy file is put off a thousand times a second.
        if name not in self._entry or due < self._entry[name]:
            self._push(name, due)

    def due(self, name: str) -> float | None:
        """When; None where it is not due ever."""
        return self._due.get(name)

    def drop(self, name: str) -> None:
        self._due.pop(name, None)

    def clear(self) -> None:
        self._due.clear()
        self._entry.clear()
        self._heap.clear()

    def pop(self, now: float, most: int | None = None) -> list[str]:
        """The names due at `now`, at most so many, which then have no due time any more."""
        names: list[str] = []
        while len(names) != most and (due := self.next()) is not None and due <= now:
            _, name = heapq.heappop(self._heap)
            del self._entry[name], self._due[name]
            names.append(name)
        return names

    def next(self) -> float | None:
        """The earliest due time; None when nothing is due ever."""
        while self._heap:
            time, name = self._heap[0]
            is_current = self._entry.get(name) == time
            if is_current and self._due.get(name) == time:
                return time
            heapq.heappop(self._heap)
            if is_current:
                del self._entry[name]
                if name in self._due:
                    self._push(name, self._due[name])
        return None

    def _push(self, name: str, due: float) -> None:
        self._entry[name] = due
        heapq.heappush(self._heap, (due, name))
