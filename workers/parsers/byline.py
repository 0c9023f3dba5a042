"""Parsers that take their log line by line."""

from collections.abc import Iterator
from typing import Any, Protocol

from workers.parsers.messages import Messages
from workers.parsers.report import News


class Source(Protocol):
    """Cuts chunks into numbered lines, as `Lines` does."""

    @property
    def state(self) -> dict[str, Any]: ...
    def feed(self, chunk: bytes) -> Iterator[tuple[int, str]]: ...
    def finish(self) -> Iterator[tuple[int, str]]: ...


class ByLine:
    """The half of a `Parser` that is the same in all of them; the other half is what a line says."""

    _lines: Source

    def feed(self, chunk: bytes) -> News:
        news = News()
        self._read(self._lines.feed(chunk), news)
        self._tell_marks(news)
        return news

    def finish(self) -> News:
        news = News()
        self._read(self._lines.finish(), news)
        self._end_message()
        self._tell_marks(news)
        return news

    def _end_message(self) -> None:
        """Counts the message that the log ends with, in parsers whose messages have several lines."""

    def _tell_marks(self, news: News) -> None:
        """Adds where the messages stand that were counted since the last time, if there are `_messages`."""
        said: Messages | None = getattr(self, "_messages", None)
        if said is not None:
            news.marks += said.take_marks()

    def _read(self, lines: Iterator[tuple[int, str]], news: News) -> None:
        for number, line in lines:
            self._take(number, line, news)

    def _take(self, number: int, line: str, news: News) -> None:
        """Takes a line, and adds to the news what it brought."""
        raise NotImplementedError
