"""Messages of several lines, and the parsers that read no more than one of them at a time."""

from dataclasses import asdict, dataclass
from typing import Any, ClassVar

from workers.parsers.byline import ByLine
from workers.parsers.messages import TEXT_LENGTH, Messages
from workers.parsers.report import Severity
from workers.parsers.series import Tally
from workers.parsers.text import Lines


@dataclass
class Block:
    """A message whose lines may still go on."""

    severity: Severity
    code: str | None
    line: int
    lines: list[str]
    room: int = 12
    """Lines that may still follow."""

    def takes(self, line: str) -> bool:
        """Takes the line if the message goes on with it."""
        raise NotImplementedError

    def text(self) -> str:
        return " ".join(" ".join(self.lines).split())[:TEXT_LENGTH]

    def _keep(self, words: str) -> bool:
        self.lines.append(words[:TEXT_LENGTH])
        self.room -= 1
        return True


class ByBlock(ByLine):
    """Lines in, messages and points kept; facts are the parser's own."""

    block_type: ClassVar[type[Block]]
    axes: ClassVar[dict[str, str]] = {}
    """Series that lie over something else than the table of series says."""

    _lines: Lines

    def __init__(self, state: dict[str, Any] | None = None) -> None:
        state = state or {}
        self._lines = Lines(state.get("lines"))
        self._tally = Tally(state.get("series"), axes=self.axes)
        self._messages = Messages(state.get("messages"))
        block = state.get("block")
        self._block = self.block_type(**block) if block else None

    @property
    def state(self) -> dict[str, Any]:
        return {
            "lines": self._lines.state,
            "series": self._tally.state,
            "messages": self._messages.state,
            "block": asdict(self._block) if self._block else None,
        }

    def _end_message(self) -> None:
        if self._block is not None:
            _count(self._block, self._messages)
            self._block = None

    def _all_messages(self) -> Messages:
        """With the one that may still go on, as far as it goes."""
        messages = Messages(self._messages.state)
        if self._block is not None:
            _count(self._block, messages)
        return messages

    def _forget(self) -> None:
        """A further run begins in this file."""
        self._tally, self._messages = Tally(axes=self.axes), self._messages.afresh()
        self._block = None


def _count(block: Block, messages: Messages) -> None:
    messages.add(block.severity, block.code, block.text(), block.line)
