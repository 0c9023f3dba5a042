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

# ELEMENT, TYPE=... to nodes, where a letter more or less than the number in the name counts.
_FEW = {"S3": 3, "S4": 4, "B21": 2, "B31": 2, "B32": 3, "B22": 3, "B33": 2, "MASS": 1, "ROTARYI": 1}


def is_short(element_type: str) -> bool:
    """Whether all nodes of such an element stand on one line, so that lines are elements."""
    element_type = element_type.upper()
    few = next((count for name, count in _FEW.items() if element_type.startswith(name)), None)
    if few is not None:
        return True
    digits = element_type.replace("3D", "", 1).replace("2D", "", 1)
    number = "".join(c for c in digits if c.isdigit())[:2]
    return bool(number) and int(number) <= 10
