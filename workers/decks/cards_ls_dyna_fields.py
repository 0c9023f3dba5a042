"""What LS-DYNA's keywords mean, how they are called for short, and the names of their fields as the manual has them."""

from workers.decks.cards import CONTACT, CONTROL, CURVE, LOAD, MATERIAL, OTHER, OUTPUT, SECTION, SET
from workers.decks.ls_dyna_cards import CONTROLS

_GROUPS = {
    **dict.fromkeys(("MAT", "EOS"), MATERIAL),
    **dict.fromkeys(("SECTION", "PART", "HOURGLASS", "INTEGRATION"), SECTION),
    **dict.fromkeys(("CONTACT", "RIGIDWALL"), CONTACT),
    **dict.fromkeys(("LOAD", "BOUNDARY", "INITIAL", "CONSTRAINED", "AIRBAG"), LOAD),
    **dict.fromkeys(("CONTROL", "KEYWORD", "DAMPING", "TERMINATION"), CONTROL),
    **dict.fromkeys(("DATABASE", "INTERFACE", "TITLE"), OUTPUT),
    **dict.fromkeys(("DEFINE",), CURVE),
    **dict.fromkeys(("SET",), SET),
}

_MATERIALS = {
    "001": "ELASTIC",
    "003": "PLASTIC_KINEMATIC",
    "009": "NULL",
    "015": "JOHNSON_COOK",
    "020": "RIGID",
    "024": "PIECEWISE_LINEAR_PLASTICITY",
    "027": "MOONEY-RIVLIN_RUBBER",
    "037": "TRANSVERSELY_ANISOTROPIC_ELASTIC_PLASTIC",
    "054": "ENHANCED_COMPOSITE_DAMAGE",
    "057": "LOW_DENSITY_FOAM",
    "063": "CRUSHABLE_FOAM",
    "077_O": "OGDEN_RUBBER",
    "083": "FU_CHANG_FOAM",
    "098": "SIMPLIFIED_JOHNSON_COOK",
    "100": "SPOTWELD",
    "123": "MODIFIED_PIECEWISE_LINEAR_PLASTICITY",
    "138": "COHESIVE_MIXED_MODE",
    "181": "SIMPLIFIED_RUBBER",
    "187": "SAMP-1",
}

_ELASTIC = ("MID", "RO", "E", "PR", "DA", "DB", "K")
_CONTACT = (
    ("SURFA", "SURFB", "SURFATYP", "SURFBTYP", "SABOXID", "SBBOXID", "SAPR", "SBPR"),
    ("FS", "FD", "DC", "VC", "VDC", "PENCHK", "BT", "DT"),
    ("SFSA", "SFSB", "SAST", "SBST", "SFSAT", "SFSBT", "FSF", "VSF"),
    ("SOFT", "SOFSCL", "LCIDAB", "MAXPAR", "SBOPT", "DEPTH", "BSORT", "FRCFRQ"),
    ("PENMAX", "THKOPT", "SHLTHK", "SNLOG", "ISYM", "I2D3D", "SLDTHK", "SLDSTF"),
    ("IGAP", "IGNORE", "DPRFAC", "DTSTIF", "EDGEK", "", "FLANGL", "CID_RCF"),
)
FIELDS: dict[str, tuple[tuple[str, ...], ...]] = {
    **{name: (names,) for name, names in CONTROLS.items()},
    "MAT_ELASTIC": (_ELASTIC,),
    "MAT_NULL": (("MID", "RO", "PC", "MU", "TEROD", "CEROD", "YM", "PR"),),
    "MAT_RIGID": (
        ("MID", "RO", "E", "PR", "N", "COUPLE", "M", "ALIAS"),
        ("CMO", "CON1", "CON2"),
        ("LCO", "A2", "A3", "V1", "V2", "V3"),
    ),
    "MAT_PLASTIC_KINEMATIC": (
        ("MID", "RO", "E", "PR", "SIGY", "ETAN", "BETA"),
        ("SRC", "SRP", "FS", "VP"),
    ),
    "MAT_PIECEWISE_LINEAR_PLASTICITY": (
        ("MID", "RO", "E", "PR", "SIGY", "ETAN", "FAIL", "TDEL"),
        ("C", "P", "LCSS", "LCSR", "VP"),
        tuple(f"EPS{n}" for n in range(1, 9)),
        tuple(f"ES{n}" for n in range(1, 9)),
    ),
    "MAT_SPOTWELD": (
        ("MID", "RO", "E", "PR", "SIGY", "EH", "DT", "TFAIL"),
        ("EFAIL", "NRR", "NRS", "NRT", "MRR", "MSS", "MTT", "NF"),
    ),
    "MAT_LOW_DENSITY_FOAM": (
        ("MID", "RO", "E", "LCID", "TC", "HU", "BETA", "DAMP"),
        ("SHAPE", "FAIL", "BVFLAG", "ED", "BETA1", "KCON", "REF"),
    ),
    "PART": ((), ("PID", "SECID", "MID", "EOSID", "HGID", "GRAV", "ADPOPT", "TMID")),
    "SECTION_SHELL": (
        ("SECID", "ELFORM", "SHRF", "NIP", "PROPT", "QR/IRID", "ICOMP", "SETYP"),
        ("T1", "T2", "T3", "T4", "NLOC", "MAREA", "IDOF", "EDGSET"),
    ),
    "SECTION_SOLID": (("SECID", "ELFORM", "AET"),),
    "SECTION_BEAM": (
        ("SECID", "ELFORM", "SHRF", "QR/IRID", "CST", "SCOOR", "NSM"),
        ("TS1", "TS2", "TT1", "TT2", "NSLOC", "NTLOC"),
    ),
    "HOURGLASS": (("HGID", "IHQ", "QM", "IBQ", "Q1", "Q2", "QB/VDC", "QW"),),
    "CONTROL_CONTACT": (
        ("SLSFAC", "RWPNAL", "ISLCHK", "SHLTHK", "PENOPT", "THKCHG", "ORIEN", "ENMASS"),
    ),
    "CONTROL_SHELL": (("WRPANG", "ESORT", "IRNXX", "ISTUPD", "THEORY", "BWC", "MITER", "PROJ"),),
    "CONTROL_ACCURACY": (("OSU", "INN", "PIDOSU", "IACC"),),
    "CONTROL_BULK_VISCOSITY": (("Q1", "Q2", "TYPE", "BTYPE", "TSTYPE"),),
    "DEFINE_CURVE": (("LCID", "SIDR", "SFA", "SFO", "OFFA", "OFFO", "DATTYP"), ("x", "y")),
    "DEFINE_COORDINATE_SYSTEM": (
        ("CID", "XO", "YO", "ZO", "XL", "YL", "ZL", "CIDL"),
        ("XP", "YP", "ZP"),
    ),
    "LOAD_NODE_SET": (("NSID", "DOF", "LCID", "SF", "CID", "M1", "M2", "M3"),),
    "LOAD_NODE_POINT": (("NID", "DOF", "LCID", "SF", "CID", "M1", "M2", "M3"),),
    "LOAD_SEGMENT_SET": (("SSID", "LCID", "SF", "AT"),),
    **{f"LOAD_BODY_{axis}": (("LCID", "SF", "LCIDDR", "XC", "YC", "ZC", "CID"),) for axis in "XYZ"},
    "BOUNDARY_SPC_SET": (("NSID", "CID", "DOFX", "DOFY", "DOFZ", "DOFRX", "DOFRY", "DOFRZ"),),
    "BOUNDARY_PRESCRIBED_MOTION_SET": (
        ("NSID", "DOF", "VAD", "LCID", "SF", "VID", "DEATH", "BIRTH"),
    ),
    "BOUNDARY_PRESCRIBED_MOTION_RIGID": (
        ("PID", "DOF", "VAD", "LCID", "SF", "VID", "DEATH", "BIRTH"),
    ),
    "INITIAL_VELOCITY": (
        ("NSID", "NSIDEX", "BOXID", "IRIGID", "ICID"),
        ("VX", "VY", "VZ", "VXR", "VYR", "VZR"),
    ),
    "INITIAL_VELOCITY_GENERATION": (
        ("NSID/PID", "STYP", "OMEGA", "VX", "VY", "VZ", "IVATN", "ICID"),
        ("XC", "YC", "ZC", "NX", "NY", "NZ", "PHASE", "IRIGID"),
    ),
    "DATABASE_BINARY_D3PLOT": (("DT", "LCDT", "BEAM", "NPLTC", "PSETID", "CID"),),
    "DATABASE_GLSTAT": (("DT", "BINARY", "LCUR", "IOOPT"),),
}
ONE_A_ROW = (
    *("LOAD_NODE", "LOAD_SEGMENT_SET", "LOAD_SHELL_SET", "LOAD_RIGID_BODY"),
    *(
        "BOUNDARY_SPC",
        "BOUNDARY_PRESCRIBED_MOTION",
        "INITIAL_VELOCITY_NODE",
        "INITIAL_VELOCITY_RIGID",
    ),
    *("SECTION_SOLID", "HOURGLASS", "DATABASE_HISTORY"),
)
"""Begins of keywords under which each row is a card."""
WITH_ID = ("MAT", "EOS", "SECTION", "PART", "HOURGLASS", "DEFINE", "SET")
"""First words of keywords whose first field is the card's id."""


def group_of(keyword: str) -> str:
    return _GROUPS.get(keyword.partition("_")[0], OTHER)


def plain_name(keyword: str) -> str:
    """Without options that only add a line of text, and materials by their names: MAT_024_TITLE is one of these."""
    for option in ("_TITLE", "_ID"):
        keyword = keyword.removesuffix(option)
    kind, _, rest = keyword.partition("_")
    if kind == "MAT":
        number, _, option = rest.partition("_")
        name = _MATERIALS.get(rest) or _MATERIALS.get(number)
        if name:
            return f"MAT_{name}" + (f"_{option}" if option and rest not in _MATERIALS else "")
    return keyword


def names_of(keyword: str) -> tuple[tuple[str, ...], ...]:
    """Names of the fields of each row; none where they are not known."""
    if keyword.startswith("CONTACT_"):
        return _CONTACT
    if keyword.startswith("DATABASE_") and keyword.count("_") == 1:
        return FIELDS["DATABASE_GLSTAT"]
    return FIELDS.get(keyword, ())
