"""OpenFOAM cases of both lines (openfoam.org 2 to 13, openfoam.com v1606 to v2506): a folder whose system/controlDict is the deck.

fvSchemes, fvSolution, decomposeParDict and the models are read beside it, the mesh's counts from the head of
polyMesh/owner; other dictionaries and the start fields are looked through for code.
"""

import re
from typing import ClassVar

from workers.decks.arithmetic import positive
from workers.decks.facts import DeckFacts, Include, Opener, Step, Stream
from workers.decks.openfoam_dictionary import Dictionary
from workers.decks.reader import DeckReader
from workers.parsers.text import decode, fortran_float

FILE_BYTES = 1 << 20
"""Bytes of a dictionary that are read."""

# |  \\    /   O peration     | Version:  v2506        \\    /   O peration     | Version:  10
_VERSION = re.compile(r"\|\s*Version:\s+(v?[\w.]+)")
_SURE = re.compile(
    rb"^[ \t]*(?:application|solver|startFrom|endTime|deltaT|writeInterval|stopAt)[ \t]+[^;{]",
    re.MULTILINE,
)
# note "nPoints:1045  nCells:960  nFaces:3840  nInternalFaces:1920";
_COUNTS = re.compile(rb"nPoints:\s*(\d{1,15})\s+nCells:\s*(\d{1,15})")
_CODED = re.compile(rb"#codeStream|\btype\s+(coded\w*|systemCall)\s*;|#calc\b|\bcodedFixedValue\b")
_SETTINGS = """
application solver startFrom startTime stopAt endTime deltaT adjustTimeStep maxCo maxDeltaT maxAlphaCo writeControl
    writeInterval purgeWrite runTimeModifiable
"""
_CONTROLS = tuple(_SETTINGS.split())
_SCHEMES = ("ddtSchemes", "gradSchemes", "divSchemes", "laplacianSchemes")
_SOLUTION = re.compile(
    r"solvers\.[^.]+\.(?:solver|tolerance|relTol)|(?:SIMPLE|PIMPLE|PISO)\.(?:n\w+|consistent)"
)
_BESIDE = (
    "system/fvSchemes",
    "system/fvSolution",
    "system/decomposeParDict",
    "constant/turbulenceProperties",
    "constant/momentumTransport",
)
_LOOKED_THROUGH = (
    *("constant/fvOptions", "system/fvOptions", "constant/fvModels", "constant/dynamicMeshDict"),
    *(f"0/{field}" for field in ("U", "p", "p_rgh", "T", "k", "epsilon", "omega", "nut")),
)
_PLACES = {
    "$FOAM_CASE/": "",
    "${FOAM_CASE}/": "",
    "<case>/": "",
    "<system>/": "system/",
    "<constant>/": "constant/",
}


class OpenFoamDeck(DeckReader):
    """Reader of OpenFOAM cases: of the dictionaries in one."""

    solver: ClassVar[str] = "openfoam"
    endings: ClassVar[tuple[str, ...]] = ("controldict",)
    folder: ClassVar[str] = "system"
    levels: ClassVar[int] = 20

    @staticmethod
    def claims(head: bytes) -> bool:
        return _SURE.search(head) is not None

    def __init__(self, deck: Stream, open_include: Opener) -> None:
        super().__init__(deck, open_include)
        self._dictionary = Dictionary(self._take_directive)

    def facts(self) -> DeckFacts:
        control = self._read_control()
        for name in _BESIDE:
            self._dictionary = Dictionary(self._take_directive)
            if self._open(name).state == "found":
                self._read_file()
                self._take_beside(name, self._dictionary.entries)
        self._take_mesh()
        for name in _LOOKED_THROUGH:
            if self._open(name).state == "found":
                self._note_code(self._begin(), name)
                self._sources.leave()
        application = control.get("application") or control.get("solver") or ""
        self._facts.add_step(Step(application, self._facts.end_time))
        return self._facts

    def _open(self, name: str) -> Include:
        return self._sources.include(name, optional=True, line=0)

    def _read_control(self) -> dict[str, str]:
        text = self._read_file()
        found = _VERSION.search(text[:4000])
        self._facts.solver_version = found[1] if found else None
        entries = self._dictionary.entries
        for name in _CONTROLS:
            self._facts.control(name, entries.get(name))
        if entries.get("stopAt", "endTime") == "endTime":
            self._facts.end_at(positive(fortran_float(entries.get("endTime", ""))))
        for name, value in entries.items():
            last = name.rpartition(".")[2]
            if last == "libs":
                self._facts.note(f"{name} loads {value.strip('() ')}")
            elif last == "type" and (value.startswith("coded") or value == "systemCall"):
                runs = value == "systemCall"
                does = "runs commands of the system" if runs else "compiles and runs code"
                self._facts.note(f"{name.removesuffix('.type')} ({value}) {does}")
        return entries

    def _take_beside(self, name: str, entries: dict[str, str]) -> None:
        if name == "system/fvSchemes":
            for group in _SCHEMES:
                self._facts.control(f"{group}.default", entries.get(f"{group}.default"))
            self._facts.control("divSchemes.div(phi,U)", entries.get("divSchemes.div(phi,U)"))
        elif name == "system/fvSolution":
            for entry, value in entries.items():
                if _SOLUTION.fullmatch(entry):
                    self._facts.control(entry, value)
        elif name == "system/decomposeParDict":
            self._facts.control("numberOfSubdomains", entries.get("numberOfSubdomains"))
            self._facts.control("decomposition", entries.get("method"))
        else:
            for entry in (
                "simulationType",
                "RAS.RASModel",
                "RAS.model",
                "LES.LESModel",
                "LES.model",
            ):
                self._facts.control(entry, entries.get(entry))

    def _take_mesh(self) -> None:
        if self._open("constant/polyMesh/owner").state == "found":
            found = _COUNTS.search(self._begin()[:4096])
            self._sources.leave()
            if found:
                self._facts.nodes, self._facts.elements = int(found[1]), int(found[2])

    def _begin(self) -> bytes:
        """Of the file that was opened last."""
        raw = b""
        for chunk in self._sources.chunks():
            raw += chunk
            if len(raw) >= FILE_BYTES:
                break
        return raw[:FILE_BYTES]

    def _read_file(self) -> str:
        """Reads a dictionary while it counts as open, so that one that includes itself is seen."""
        raw = self._begin()
        text = decode(raw)
        self._note_code(raw, self._sources.source or "controlDict")
        self._dictionary.read(text)
        self._sources.leave()
        return text

    def _note_code(self, raw: bytes, where: str) -> None:
        for found in _CODED.finditer(raw):
            if found[1] is None or where != "controlDict":
                word = decode(found[1] or found[0])
                self._facts.note(f"{word} in {where} compiles and runs code")

    def _take_directive(self, directive: str, said: str, line: int) -> None:
        if directive not in ("#include", "#includeIfPresent", "#sinclude", "#includeFunc"):
            return
        begin = next((begin for begin in _PLACES if said.startswith(begin)), "")
        name = _PLACES.get(begin, "") + said.removeprefix(begin)
        folders = ("",) if begin else (self._sources.folder,)
        if name.startswith(("$", "~", "<")):
            return  # of the installation
        optional = directive != "#include"
        if directive == "#includeFunc":
            name, folders = name.partition("(")[0], ("system",)
        before = self._sources.source
        self._sources.include(name, folders, optional=optional, line=line)
        if self._sources.source != before:
            self._read_file()
