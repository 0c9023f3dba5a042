"""Fields of LS-DYNA cards, and how many cards an element takes."""

# Card 1 of each keyword, by the manual's field names, eight columns of ten.
CONTROLS: dict[str, tuple[str, ...]] = {
    "CONTROL_TERMINATION": ("ENDTIM", "ENDCYC", "DTMIN", "ENDENG", "ENDMAS"),
    "CONTROL_TIMESTEP": ("DTINIT", "TSSFAC", "ISDO", "TSLIMT", "DT2MS", "LCTM", "ERODE", "MS1ST"),
    "CONTROL_IMPLICIT_GENERAL": ("IMFLAG", "DT0"),
    "CONTROL_IMPLICIT_AUTO": ("IAUTO", "ITEOPT", "ITEWIN", "implicit DTMIN", "DTMAX"),
    "CONTROL_IMPLICIT_SOLUTION": ("NSOLVR", "ILIMIT", "MAXREF", "DCTOL", "ECTOL"),
    "CONTROL_IMPLICIT_EIGENVALUE": ("NEIG",),
    "CONTROL_IMPLICIT_DYNAMICS": ("IMASS",),
    "CONTROL_IMPLICIT_SOLVER": ("LSOLVR",),
    "CONTROL_HOURGLASS": ("IHQ", "QH"),
    "CONTROL_ENERGY": ("HGEN", "RWEN", "SLNTEN", "RYLEN"),
    "CONTROL_SOLUTION": ("SOLN",),
    "CONTROL_CPU": ("CPUTIM",),
    "CONTROL_DYNAMIC_RELAXATION": ("NRCYCK", "DRTOL", "DRFCTR", "DRTERM"),
    "DATABASE_BINARY_D3PLOT": ("D3PLOT DT",),
    "DATABASE_BINARY_D3DUMP": ("D3DUMP CYCL",),
    "DATABASE_GLSTAT": ("GLSTAT DT",),
}

ELEMENTS = frozenset(("SOLID", "SHELL", "TSHELL", "BEAM", "DISCRETE", "SEATBELT", "SPH", "BEARING"))
"""Second word of *ELEMENT keywords that make elements; masses, inertias, plots and sensors make none."""

_CARDS = {
    "THICKNESS": 1,
    "BETA": 1,
    "MCID": 1,
    "OFFSET": 1,
    "DOF": 1,
    "PID": 1,
    "ORIENTATION": 1,
    "SECTION": 1,
    "ELBOW": 1,
    "SCALAR": 1,
    "SCALR": 1,
    "LCO": 1,
    "ORTHO": 2,
    "H20": 1,
    "H27": 2,
    "H64": 6,
    "T15": 1,
    "P21": 1,
    "P40": 3,
}
_NO_ELEMENT = (
    "ACCELEROMETER",
    "PRETENSIONER",
    "RETRACTOR",
    "SENSOR",
    "SLIPRING",
    "SOURCE",
    "REFERENCE",
)


def cards_of(keyword: str, first: bytes, width: int = 8) -> int:
    """Cards of each element under the keyword, whose first card is given with the columns of its fields; 0 where no
    element is made or none can be told from the next."""
    _, kind, *options = keyword.split("_")
    if kind not in ELEMENTS or "COMPOSITE" in options or any(o in _NO_ELEMENT for o in options):
        return 0
    cards = 1
    if kind == "SOLID" and len(fields(first, width)[:10]) <= 2:
        cards = 2  # since R7 the nodes may have a card of their own
    for option in options:
        # BETA stands in for THICKNESS (card 2 has both), and the old spelling joins them.
        both = option in ("BETA", "MCID") and "THICKNESS" in options
        cards += 0 if both else _CARDS.get(option, 0)
    return cards


def fields(card: bytes, width: int = 10) -> list[bytes]:
    """The card's fields without blanks: between commas, or in columns; empty ones at the end are left out."""
    if b"," in card:
        found = [part.strip() for part in card.split(b",")]
    else:
        found = [
            card[at : at + width].strip() for at in range(0, min(len(card), 16 * width), width)
        ]
    while found and not found[-1]:
        found.pop()
    return found
