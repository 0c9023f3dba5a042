"""Abaqus procedures: which have a time, and where their data line says it."""

TIMED = {
    "STATIC": "STATIC",
    "DYNAMIC": "DYNAMIC",
    "VISCO": "VISCO",
    "HEATTRANSFER": "HEAT TRANSFER",
    "COUPLEDTEMPERATURE-DISPLACEMENT": "COUPLED TEMPERATURE-DISPLACEMENT",
    "DYNAMICTEMPERATURE-DISPLACEMENT": "DYNAMIC TEMPERATURE-DISPLACEMENT",
    "COUPLEDTHERMAL-ELECTRICAL": "COUPLED THERMAL-ELECTRICAL",
    "COUPLEDTHERMAL-ELECTROCHEMICAL": "COUPLED THERMAL-ELECTROCHEMICAL",
    "MODALDYNAMIC": "MODAL DYNAMIC",
    "GEOSTATIC": "GEOSTATIC",
    "SOILS": "SOILS",
    "MASSDIFFUSION": "MASS DIFFUSION",
    "DIRECTCYCLIC": "DIRECT CYCLIC",
    "ELECTROMAGNETIC": "ELECTROMAGNETIC",
    "CFD": "CFD",
    "ANNEAL": "ANNEAL",
}
"""The second entry of the data line is the step time; without it that is 1."""
UNTIMED = {
    "FREQUENCY": "FREQUENCY",
    "COMPLEXFREQUENCY": "COMPLEX FREQUENCY",
    "BUCKLE": "BUCKLE",
    "STEADYSTATEDYNAMICS": "STEADY STATE DYNAMICS",
    "STEADYSTATETRANSPORT": "STEADY STATE TRANSPORT",
    "RANDOMRESPONSE": "RANDOM RESPONSE",
    "RESPONSESPECTRUM": "RESPONSE SPECTRUM",
    "SUBSTRUCTUREGENERATE": "SUBSTRUCTURE GENERATE",
    "MATRIXGENERATE": "MATRIX GENERATE",
}
NAMES = TIMED | UNTIMED

_FEW = ("S4", "B21", "B22", "B31", "B32", "B33", "MASS", "ROTARYI")
"""Begins of short element types whose first digits are no count of nodes, S4R5 among them."""


def is_short(element_type: str) -> bool:
    """Whether all nodes of such an element stand on one line, so that lines are elements."""
    element_type = element_type.upper()
    if element_type.startswith(_FEW):
        return True
    digits = element_type.replace("3D", "", 1).replace("2D", "", 1)
    number = "".join(c for c in digits if c in "0123456789")[:2]
    return bool(number) and int(number) <= 10
