"""Why Radioss runs fail, in the words of its starter and engine."""

from workers.parsers.causes import Table

CAUSES: Table = (
    # Model file bracket_0000.rad not found
    #  ** ERROR: INPUT FILE bracket_0002.rad NOT FOUND
    (r"[Ff]ile \S+ not found|FILE \S+ NOT FOUND|CANNOT FIND INPUT FILE", "missing file"),
    # Include file mesh.inc not found
    #  ** ERROR IN OPENING INPUT FILE bracket_0002.rad
    (r"ERROR IN OPENING INPUT FILE", "missing file"),
    #  ** RUN KILLED: TOTAL MASS ERROR LIMIT REACHED
    (r"(?:ENERGY|MASS) ERROR LIMIT", "energy error"),
    #  ** STOP: ZERO OR NEGATIVE VOLUME FOR 3D-ELEMENT ID=1201
    #  ** SOLVER STOPS DUE TO /NEGVOL/STOP 3D-ELEMENT ID: 1201
    (r"(?:STOP|ERROR).*NEGATIVE (?:SUB-)?(?:OR NULL )?(?:VOLUME|SURFACE|RHO)", "negative volume"),
    (r"/NEGVOL/STOP", "negative volume"),
    #  ** ERROR: SINGULAR STIFFNESS MATRIX
    (r"SINGULAR \S*\s?MATRIX|STIFFNESS MATRIX IS NOT DEFINITE|NULL PIVOT", "singular matrix"),
    #  ** ERROR: CONVERGENCE PROBLEM - TRY INCREASING INCV
    (r"CONVERGENCE PROBLEM|NO CONVERGENCE|ITERATION DIVERGE|SOLVER IMPLICIT", "no convergence"),
    (r"MINIMUM TIME STEP|TIME STEP LESS OR EQUAL DTMIN", "time step too small"),
    #  ** ERROR IN MEMORY ALLOCATION
    (r"ERROR.*(?:MEMORY|SPACE) |ERROR.*MEMORY|NOT ENOUGH MEMORY", "out of memory"),
    #  |          Floating Point Exception                           |
    (r"Floating Point Exception", "floating point error"),
    (r"Segmentation Violation|Bus Error|ABNORMAL END", "crash"),
    (r"(?i)licen[cs]e (?:error|denied|not|server)|HWU? ?LICENSE|no valid licen", "licence"),
    # User or system abort detected (CTRL-C) !
    (r"USER BREAK|abort detected \(CTRL-C\)", "killed by user"),
    #  ** ERROR: END OF FILE DURING READING                     (screen)
    (r"END OF FILE DURING READING", "input error"),
    (r"UNRECOGNIZED OPTION|NOT A VALID (?:KEYWORD|OPTION)|ERROR IN SOLVER INPUT", "input error"),
)
