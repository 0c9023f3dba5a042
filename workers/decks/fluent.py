"""Fluent journals (.jou): commands of its text menus, `/solve/iterate 500` or `solve iter 500`, and Scheme (6 to 2025).

`;` begins a comment; the words of a menu may be cut short. Loops in Scheme are not run: what stands in them counts once.
The case is binary, so the counts are not known.
"""

import re
from typing import ClassVar

from workers.decks.arithmetic import positive
from workers.decks.facts import DeckFacts, Opener, Step, Stream
from workers.decks.reader import DeckReader, first_line
from workers.parsers.text import fortran_float, integer

# /file/read-case "wing.cas.h5"    file set-batch-options n y n    rc wing.cas    (cx-gui-do cx-activate-item "...")
_SURE = re.compile(
    rb"^[ \t]*(?:/?[ \t]*(?:file|f)[ /]+(?:read-\w|rc|rd|rcd|set-|start-t|startt|confirm-o|write-\w|cff|import|async|auto-save"
    rb"|transient-export|exec|export)|/?[ \t]*(?:solve|so)[ /]+(?:init|it|set|mon|dual|report|patch|dti|conv)"
    rb"|/?[ \t]*(?:define|de|def)[ /]+(?:mod|mat|bou|user|oper|para|unit|dynam|inj)|/(?:mesh|grid)/\w|r[cd]d?[ \t]+\S+\.(?:cas|msh)"
    rb"|\((?:cx-gui-do|ti-menu-load-string|rpsetvar|%py-exec|cx-use-window-id))",
    re.MULTILINE,
)
# Journals of meshing tools: / Journal File for GAMBIT 2.4.6      vertex create "A" coordinates 0 0 0      brick x 10
_FOREIGN = re.compile(
    rb"^[ \t]*(?:/ ?Journal File for GAMBIT|(?:vertex|edge|face|volume) create\b|solver select\b|brick[ \t]+x[ \t]"
    rb"|#!(?:cubit|python)|(?:ic|mom)_\w+)",
    re.MULTILINE | re.IGNORECASE,
)
_MENU = re.compile(r'\(ti-menu-load-string[ \t]+(?:\(format #f[ \t]+)?"((?:\\.|[^"\\])*)"')
_WORD = re.compile(r'"((?:\\.|[^"\\])*)"|([^\s"]+)')
_MENUS = {"file": "f", "solve": "so", "define": "de", "mesh": "me", "grid": "g", "parallel": "pa"}
"""Menus, with the shortest words that mean them."""
_READS = (
    "read-case-data",
    "read-case",
    "read-data",
    "read-journal",
    "read-macros",
    "rcd",
    "rc",
    "rd",
)
_READ_ENDINGS = ("", ".cas.h5", ".cas", ".cas.gz", ".msh.h5", ".msh", ".jou")
_READ_WORDS = ("read-case", "read-case-data", "read-data", "rc", "rd", "rcd")
_ASKS = {
    *_READ_WORDS,
    "iterate",
    "it",
    "dual-time-iterate",
    "dti",
    "time-step",
    "number-of-time-steps",
}
"""What takes its first answer from the next line, where its own has none."""
_SCHEMES = {
    "discretization-scheme",
    "p-v-coupling",
    "under-relaxation",
    "gradient-scheme",
    "courant-number",
}
_UNSTEADY = re.compile(r"unsteady|transient")


class FluentDeck(DeckReader):
    """Reader of Fluent journals."""

    solver: ClassVar[str] = "fluent"
    endings: ClassVar[tuple[str, ...]] = (".jou",)
    levels: ClassVar[int] = 10

    @staticmethod
    def claims(head: bytes) -> bool:
        begins = first_line(head, b";") != b""
        return begins and _SURE.search(head) is not None and _FOREIGN.search(head) is None

    def __init__(self, deck: Stream, open_include: Opener) -> None:
        super().__init__(deck, open_include)
        self._time_step: float | None = None
        self._time_steps: int | None = None
        self._time = 0.0
        self._iterations = 0
        self._begun = ""
        """A command that asks for what the next line says."""

    def facts(self) -> DeckFacts:
        for raw in self._sources:
            text = raw.decode("utf-8", "surrogateescape").strip()
            if text.startswith("!"):
                self._facts.note("runs commands of the system")
            elif text.startswith("("):
                self._take_scheme(text)
            elif text and not text.startswith(";"):
                self._take_line(text)
        if self._begun:
            self._take_command(self._begun, alone=True)
        self._facts.end_at(positive(self._time) or positive(float(self._iterations)))
        return self._facts

    def _take_line(self, text: str) -> None:
        """A command, or what the command on the line before asks for."""
        begun, self._begun = self._begun, ""
        if begun and text[0] != "/":
            self._take_command(f"{begun} {text}")
            return
        if begun:
            self._take_command(begun, alone=True)
        self._take_command(text)

    def _take_scheme(self, text: str) -> None:
        if "(system " in text:
            self._facts.note("runs commands of the system")
        if "(load " in text or "%py-exec" in text:
            self._facts.note("runs Scheme or Python of its own")
        for found in _MENU.finditer(text):
            self._take_command(found[1].replace('\\"', '"'))

    def _take_command(self, text: str, *, alone: bool = False) -> None:
        """`/solve/set/time-step 0.01`: the menu's words up to the first blank, or without strokes one by one."""
        said = [found[1] if found[2] is None else found[2] for found in _WORD.finditer(text[:2000])]
        if not said:
            return
        head = [word for word in said[0].split("/") if word]
        if len(said) > 1 and said[0] == "/":
            head = []
        words = [*head, *said[1:]]
        if not words:
            return
        if len(said) == 1 and not alone and words[-1].lower() in _ASKS:
            self._begun = text
            return
        first = words[0].lower()
        menu = next(
            (m for m, short in _MENUS.items() if m.startswith(first) and first.startswith(short)),
            "",
        )
        if menu == "file" or first in ("rc", "rd", "rcd"):
            self._take_file(words[1:] if menu else words)
        elif menu == "solve" or ("iterate".startswith(first) and first.startswith("it")):
            self._take_solve(words[1:] if menu else words)
        elif menu == "define":
            self._take_define(words[1:])

    def _take_file(self, words: list[str]) -> None:
        command = words[0].lower() if words else ""
        rest = words[1:]
        if "set-tui-version".startswith(command) and command.startswith("set-t"):
            self._facts.solver_version = (rest or [""])[0][:20] or None
        elif command.startswith(("start-t", "startt")) and rest:
            self._facts.control("transcript", rest[0])
        elif command.startswith(("execute", "exec")):
            self._facts.note("executes a program")
        elif command in _READS or command.startswith("read-"):
            self._take_read(command, rest)

    def _take_read(self, command: str, rest: list[str]) -> None:
        """`read-case wing` means wing.cas.h5, wing.cas or another of that name."""
        name = rest[0] if rest else ""
        if not name or name == "," or "~" in name:  # `case~a.cas` is made up by Scheme
            return
        folders = (self._sources.folder, "")
        journal = command.startswith(("read-j", "read-m"))
        for ending in _READ_ENDINGS:
            found = self._sources.include(name + ending, folders, follow=journal, optional=True)
            if found.state == "found":
                return
        self._sources.include(name, folders, follow=journal)

    def _take_solve(self, words: list[str]) -> None:
        command = words[0].lower() if words else ""
        rest = [word for word in words[1:] if word]
        if command.startswith("it"):
            self._iterate(rest)
        elif command.startswith("dual") or command == "dti":
            self._march(rest)
        elif command == "set" and len(rest) > 1:
            self._take_setting(rest[0].lower(), rest[1:])
        elif command.startswith("mon") and rest[:1] == ["residual"] and len(rest) > 2:
            self._facts.control(f"residual {rest[1]}", " ".join(rest[2:]))
        elif command.startswith("init") and len(rest) == 1:
            self._facts.control("initialization", rest[0])

    def _iterate(self, rest: list[str]) -> None:
        count = integer(rest[0]) if rest else None
        self._iterations += count or 0
        self._facts.add_step(Step("ITERATE", None, count))

    def _march(self, rest: list[str]) -> None:
        """`dual-time-iterate 200 20`: time steps, and most iterations of each."""
        count = integer(rest[0]) if rest else self._time_steps
        most = integer(rest[1]) if len(rest) > 1 else None
        self._facts.control("iterations per time step", most)
        period = positive((count or 0) * (self._time_step or 0.0))
        self._time += period or 0.0
        self._facts.add_step(Step("TRANSIENT", period, count))

    def _take_setting(self, name: str, rest: list[str]) -> None:
        if name in ("time-step", "physical-time-step"):
            self._keep_time_step(rest[0])
        elif name == "transient-controls" and len(rest) > 1:
            if rest[0] == "time-step-size":
                self._keep_time_step(rest[1])
            elif rest[0] == "number-of-time-steps":
                self._time_steps = integer(rest[1])
                self._facts.control("number-of-time-steps", self._time_steps)
            elif rest[0] == "max-iterations-per-time-step":
                self._facts.control("iterations per time step", rest[1])
        elif name in _SCHEMES:
            self._facts.control(" ".join([name, *rest[:-1]]), rest[-1])

    def _keep_time_step(self, text: str) -> None:
        self._time_step = positive(fortran_float(text))
        self._facts.control("time-step", self._time_step)

    def _take_define(self, words: list[str]) -> None:
        """`models viscous kw-sst y`, `models unsteady-2nd-order y`, `user-defined compiled-functions load "lib"`."""
        command = words[0].lower() if words else ""
        if (
            command.startswith("user-d")
            and len(words) > 1
            and words[1].startswith(("compiled", "interp"))
        ):
            self._facts.note("compiles or loads user-defined functions")
        elif command.startswith("mod") and len(words) > 1:
            name, rest = words[1].lower(), words[2:]
            if _UNSTEADY.match(name) or name == "steady":
                self._facts.control("time", name)
            else:
                self._facts.control(f"models {name}", " ".join(rest[:2]) or "yes")
