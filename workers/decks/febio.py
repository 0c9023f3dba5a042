"""FEBio models (.feb), XML of format 1.2 to 4.0: read as a stream of tags, never as a tree.

`<Include>` and `from="..."` take the part of another file; files are named from the one that names them.
"""

import re
from typing import ClassVar
from xml.parsers import expat

from workers.decks.arithmetic import positive
from workers.decks.facts import DeckFacts, Opener, Step, Stream
from workers.decks.reader import DeckReader
from workers.decks.sources import BOM, Sources
from workers.parsers.text import fortran_float, integer

DEEPEST = 100
TEXT_KEPT = 1000
UNPARSED_BYTES = 1 << 24
"""So much without a tag is no model, and the XML parser would keep it all."""

_SPEC = re.compile(rb"<(?:febio_spec|febio_include)\b", re.IGNORECASE)
_SETTINGS = """
analysis time_steps step_size final_time plot_level max_refs max_ups dtol etol rtol lstol opt_iter dtmin dtmax
    max_retries cutback symmetric_stiffness linear_solver plot_stride
"""
_CONTROLS = frozenset(_SETTINGS.split())


class FebioDeck(DeckReader):
    """Reader of FEBio models."""

    solver: ClassVar[str] = "febio"
    endings: ClassVar[tuple[str, ...]] = (".feb",)
    levels: ClassVar[int] = 10

    @staticmethod
    def claims(head: bytes) -> bool:
        return head.removeprefix(BOM).lstrip()[:1] == b"<" and _SPEC.search(head) is not None

    def __init__(self, deck: Stream, open_include: Opener) -> None:
        super().__init__(deck, open_include)
        self._settings: dict[str, str] = {}
        """Of the <Control> that is read."""

    def facts(self) -> DeckFacts:
        self.take_file()
        periods = [step.period for step in self._facts.steps if step.period]
        self._facts.end_at(sum(periods) if periods else None)
        return self._facts

    def take_file(self) -> None:
        _File(self, self._sources).parse()

    def take_start(self, tag: str, parent: str, attributes: dict[str, str], line: int) -> None:
        facts = self._facts
        if tag == "node" and parent == "Nodes":
            facts.nodes += 1
        elif tag == "elem" and parent == "Elements":
            facts.elements += 1
        elif tag == "febio_spec" and facts.solver_version is None:
            facts.solver_version = attributes.get("version", "")[:20] or None
        elif tag == "Module":
            facts.control("Module", attributes.get("type"))
        elif tag == "Control":
            self._settings = {}
        elif tag in ("plugin", "import", "Import"):
            facts.note(f"<{tag}> loads a plugin")
        elif tag == "analysis" and "type" in attributes:
            self._settings["analysis"] = attributes["type"]
        if "from" in attributes and parent:
            self.include(attributes["from"], line)

    def include(self, name: str, line: int) -> None:
        """A `from` may say what of the file it means, after a colon; a drive's letter is none."""
        name = name.strip()
        head, colon, part = name.rpartition(":")
        name = head if colon and len(head) > 1 and "/" not in part and "\\" not in part else name
        before = self._sources.source
        self._sources.include(name, (self._sources.folder, ""), line=line)
        if self._sources.source != before:
            self.take_file()

    def take_text(self, tag: str, text: str, line: int) -> None:
        """Text of a tag that is asked for: an include's name, or a setting."""
        if tag == "Include":
            self.include(text, line)
        elif text.strip():
            self._settings[tag] = text.strip()

    def take_end(self, tag: str) -> None:
        if tag != "Control":
            return
        said = self._settings
        for name, text in said.items():
            self._facts.control(name, text)
        count, size = integer(said.get("time_steps", "")), fortran_float(said.get("step_size", ""))
        period = positive(count * size) if count and size else None
        procedure = said.get("analysis", "").upper()
        self._facts.add_step(Step(procedure, period, count, True))
        self._settings = {}


class _StopError(Exception):
    """Reading on would bring nothing, or cost more than a model may."""


class _File:
    """The tags of one file."""

    def __init__(self, reading: FebioDeck, sources: Sources) -> None:
        self._reading, self._sources = reading, sources
        self._tags: list[str] = []
        self._text = ""
        self._parser = expat.ParserCreate()
        self._parser.buffer_text = True
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.EntityDeclHandler = self._refuse

    def parse(self) -> None:
        fed = 0
        try:
            for chunk in self._sources.chunks():
                self._parser.Parse(chunk)
                fed += len(chunk)
                if fed - self._parser.CurrentByteIndex > UNPARSED_BYTES:
                    break
        except (expat.ExpatError, _StopError, ValueError, LookupError):
            pass  # what was read so far is said
        self._sources.leave()

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        if len(self._tags) >= DEEPEST:
            raise _StopError
        parent = self._tags[-1] if self._tags else ""
        self._reading.take_start(tag, parent, attributes, self._parser.CurrentLineNumber)
        self._tags.append(tag)
        if tag == "Include" or (tag in _CONTROLS and "Control" in self._tags):
            self._text = ""
            self._parser.CharacterDataHandler = self._take_text

    def _take_text(self, text: str) -> None:
        self._text = (self._text + text)[:TEXT_KEPT]

    def _end(self, tag: str) -> None:
        self._tags.pop()
        if self._parser.CharacterDataHandler is not None:
            self._parser.CharacterDataHandler = None
            self._reading.take_text(tag, self._text, self._parser.CurrentLineNumber)
        self._reading.take_end(tag)

    def _refuse(self, *declaration: object) -> None:
        raise _StopError
