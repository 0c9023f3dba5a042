"""The entries of OpenFOAM cases: key paths by file, the mesh by the heads of its files, fields without their values."""

import zlib

from workers.decks.cards import (
    CONTROL,
    LOAD,
    MATERIAL,
    OUTPUT,
    Cards,
    Row,
    value_from,
    words_from,
)
from workers.decks.facts import DeckFacts, Opener, Stream
from workers.decks.openfoam import _COUNTS, OpenFoamDeck
from workers.decks.openfoam_dictionary import Dictionary
from workers.parsers.text import decode

_FIELDS = [
    "U",
    "p",
    "p_rgh",
    "T",
    "k",
    "epsilon",
    "omega",
    "nut",
    "nuTilda",
    "alphat",
    "rho",
    "alpha.water",
    "h",
    "e",
    "v_s",
    "gammaInt",
    "ReThetat",
]
_FILES: dict[str, str] = {
    **dict.fromkeys(("system/fvSchemes", "system/fvSolution", "system/decomposeParDict"), CONTROL),
    **dict.fromkeys(("constant/turbulenceProperties", "constant/momentumTransport"), CONTROL),
    **dict.fromkeys(("system/fvOptions", "constant/fvOptions", "constant/fvModels"), CONTROL),
    **dict.fromkeys(("constant/dynamicMeshDict", "constant/RASProperties"), CONTROL),
    **dict.fromkeys(
        (
            *("constant/transportProperties", "constant/physicalProperties", "constant/g"),
            *("constant/thermophysicalProperties", "constant/thermoPhysicalProperties"),
            *(
                "constant/phaseProperties",
                "constant/regionProperties",
                "constant/radiationProperties",
            ),
        ),
        MATERIAL,
    ),
    **dict.fromkeys(("system/blockMeshDict", "system/snappyHexMeshDict"), "mesh"),
    **dict.fromkeys(("system/setFieldsDict", "system/topoSetDict"), LOAD),
    **{f"{folder}/{field}": LOAD for folder in ("0", "0.orig") for field in _FIELDS},
}
_MESH = ("points", "faces", "owner", "neighbour", "boundary")
_HASHED_BYTES = 1 << 32


class OpenFoamCards(OpenFoamDeck):
    """Reads controlDict and what lies beside it, entry by entry."""

    def __init__(self, deck: Stream, open_include: Opener) -> None:
        super().__init__(deck, open_include)
        self.cards = Cards(self.solver)

    def facts(self) -> DeckFacts:
        self._read_control()
        self._keep("system/controlDict", CONTROL)
        for name, group in _FILES.items():
            self._dictionary = Dictionary(self._take_directive)
            if self._open(name).state == "found":
                if "/" in name and name.startswith("0"):
                    self._read_field()
                else:
                    self._read_file()
                self._keep(name, group)
        for name in _MESH:
            self._take_mesh_file(f"constant/polyMesh/{name}")
        return self._facts

    def _keep(self, name: str, group: str) -> None:
        for path, said in self._dictionary.entries.items():
            if path.startswith("FoamFile"):
                continue
            value = value_from(said)
            row: Row = [words_from(said) if isinstance(value, str) else value]
            is_output = name == "system/controlDict" and path.startswith(
                ("functions", "write", "purge")
            )
            self.cards.add(name, path, [row], OUTPUT if is_output else group)

    def _read_field(self) -> None:
        """The head and the boundary: values of cells and faces are folded."""
        text = decode(self._begin())
        end = text.find("nonuniform")
        boundary = text.rfind("boundaryField") if end >= 0 else -1
        if end >= 0:
            text = f"{text[:end]}nonuniform;\n{text[boundary:] if boundary > end else ''}"
        self._dictionary.read(text)
        self._sources.leave()

    def _take_mesh_file(self, name: str) -> None:
        if self._open(name).state != "found":
            return
        total, length, head = 0, 0, b""
        for chunk in self._sources.chunks():
            head = head or chunk[:4096]
            total, length = zlib.crc32(chunk, total), length + len(chunk)
            if length > _HASHED_BYTES:
                break
        self._sources.leave()
        found = _COUNTS.search(head)
        if found and name.endswith("owner"):
            self.cards.mesh("points").count = int(found[1])
            cells = self.cards.mesh("cells")
            cells.count = int(found[2])
        self.cards.mesh("mesh file", name.rpartition("/")[2]).sum = total
