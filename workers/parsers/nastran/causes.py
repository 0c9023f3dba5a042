"""Why Nastran runs fail, by the numbers and words of its messages."""

from workers.parsers.causes import Table

CAUSES: Table = (
    # *** USER FATAL MESSAGE 3060 (PREFACE) SUBROUTINE MODEL - OPTION NAST NOT IN APPROVED LIST.
    (
        r"^3060\b|NOT IN APPROVED LIST|Authorization Information - .*(?:Fail|Denied|Error|Unable)",
        "licence",
    ),
    # *** USER FATAL MESSAGE 9137 (SEKRRS)     ^^^ USER FATAL MESSAGE 9050 (SEKRRS)
    #     RUN TERMINATED DUE TO EXCESSIVE PIVOT RATIOS IN MATRIX KLL.
    (
        r"EXCESSIVE PIVOT RATIOS|^(?:9137|9050|4673)\b|MATRIX \S+ (?:\S+ )?IS SINGULAR|SINGULAR MATRIX",
        "singular matrix",
    ),
    (r"PREFACE.*SINGULAR|HAS \d+ SINGULARITIES|FACTOR DIAGONAL RATIOS? GREATER", "singular matrix"),
    # *** USER FATAL MESSAGE 1012 (GALLOC)  DBSET SCRATCH   IS FULL. NO SPACE CAN BE ALLOCATED
    (
        r"^(?:1012|1221)\b|DATABLOCKS IS FULL|DBSET \S+ +(?i:is full)|(?i:disk|file system) (?:IS )?(?i:full)|(?i:no space)",
        "out of disk",
    ),
    # *** SYSTEM FATAL MESSAGE 3008 (DFMSB)  INSUFFICIENT CORE AVAILABLE FOR SUBROUTINE …
    # *** USER FATAL MESSAGE 6136 (DFMSA)    INSUFFICIENT CORE FOR SYMMETRIC DECOMPOSITION
    (
        r"^(?:3008|6136)\b|(?i:insufficient (?:core|memory|space in open core)|not enough memory)",
        "out of memory",
    ),
    (r"(?i:unable to allocate .*(?:open core|memory))", "out of memory"),
    #  *** JOB DOES NOT CONVERGE AT THE CURRENT TIME STEP OR INCREMENT.       (SOL 400)
    (
        r"^4551\b|(?i:does not converge|not converged?|failed (?:to converge|convergence)|without convergence"
        r"|solution (?:has |is )?diverg|bisection limit)",
        "no convergence",
    ),
    # Words for elements that are turned over or degenerate.
    (
        r"(?i:negative (?:volume|jacobian)|inside out)|BAD GEOMETRY|IMPROPER GEOMETRY",
        "negative volume",
    ),
    # Words for an include or database file that is not there.
    (r"(?i:file .*(?:does not exist|not found|cannot be (?:found|opened)))", "missing file"),
    (r"(?i:(?:unable|failed|could not|cannot|error) (?:to )?open(?:ing)? .*file)", "missing file"),
    # *** USER FATAL MESSAGE 307 (IFPDRV)   ILLEGAL NAME FOR BULK DATA ENTRY …
    # 0*** USER FATAL MESSAGE 204, COLD START NO BULK DATA.
    (
        r"\((?:IFP\w*|BULKIN|IFS\w+P|CASE\w*|XSORT\w*|XCSA\w*|IFPDRV|SEMTRN|RCOVR|FREFLD|DSXCARD\w*)\)|(?:BULK DATA|CASE CONTROL|EXECUTIVE CONTROL)",
        "input error",
    ),
    (
        r"^(?:2101A?|5289|9994)\b|\b(?:ILLEGAL(?:LY)?|UNDEFINED|INVALID|UNRECOGNIZED|DUPLICATE|NOT DEFINED|DOES NOT EXIST|MISSING|UNKNOWN)\b",
        "input error",
    ),
)
