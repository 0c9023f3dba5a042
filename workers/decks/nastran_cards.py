"""Names and fields of Nastran bulk data."""

_ELEMENTS = """
CQUAD4 CQUAD8 CQUADR CQUADX CQUADX4 CQUADX8 CQUAD CTRIA3 CTRIA6 CTRIAR CTRIAX CTRIAX3 CTRIAX6 CSHEAR CPLSTN3 CPLSTN4
CPLSTN6 CPLSTN8 CPLSTS3 CPLSTS4 CPLSTS6 CPLSTS8 CHEXA CHEXA8 CHEXA20 CPENTA CPENTA6 CPENTA15 CTETRA CTETRA4 CTETRA10
CPYRAM CPYRA CBAR CBEAM CBEAM3 CBEND CROD CONROD CTUBE CBUSH CBUSH1D CBUSH2D CELAS1 CELAS2 CELAS3 CELAS4 CDAMP1 CDAMP2
CDAMP3 CDAMP4 CDAMP5 CGAP CVISC CFAST CWELD CSEAM CCRSFIL CRAC2D CRAC3D CHBDYE CHBDYG CHBDYP CHACAB CHACBR CHEXCZ
CPENTCZ CIHEX1 CIHEX2 CIHEX3 CQDMEM CQDMEM1 CQDPLT CTRMEM CTRPLT CTRSHL CTORDRG CTRAPRG CTRIARG CIFQUAD CIFHEX CIFPENT
"""
ELEMENTS = frozenset(name.encode() for name in _ELEMENTS.split())
"""Cards that make an element of stiffness, damping or heat; masses and rigid ones are none here, as in most counts."""

_OTHERS = """
GRID GRDSET PARAM MAT1 MAT2 MAT8 MAT9 MAT10 PSHELL PSOLID PBAR PBARL PBEAM PBEAML PROD PCOMP PCOMPG PBUSH PELAS SPC
SPC1 SPCADD FORCE MOMENT PLOAD PLOAD1 PLOAD2 PLOAD4 GRAV LOAD RBE2 RBE3 CONM2 CORD2R CORD1R EIGRL EIGR SET1 MPC
TABLED1 FREQ FREQ1 TLOAD1 RLOAD1 DESVAR DRESP1 DCONSTR DVPREL1 CAERO1 SPLINE1 AERO AEROS TEMP TEMPD NLPARM TSTEP
"""
CARDS = ELEMENTS | {name.encode() for name in _OTHERS.split()}
"""What the first line of a file with nothing but bulk data may begin with."""


def name_of(line: bytes) -> bytes:
    """The card's name: `GRID*`, `grid,1`, `CQUAD4  1` in eight columns."""
    return line[:8].partition(b",")[0].partition(b"\t")[0].strip().rstrip(b"*").upper()


def fields(line: bytes) -> list[str]:
    """Fields after the name: free between commas, else small (8) or large (16, the name ends in `*`) columns."""
    text = line.decode("latin-1").partition("$")[0].rstrip().expandtabs(8)
    if "," in text:
        return [part.strip() for part in text.split(",")[1:]]
    width = 16 if "*" in text[:8] else 8
    return [text[at : at + width].strip() for at in range(8, min(len(text), 8 + 8 * width), width)]
