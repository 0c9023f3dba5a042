"""What OptiStruct's messages tell of why a run failed, by their numbers and words."""

from workers.parsers.causes import Table

# 9008 and 9009: a file that cannot be read, and one that cannot be written, mostly on a full disk  (manual, expanded
# error messages)   153: singular stiffness (named by warning 1265)
#  *** ERROR # 1000 in the input data:
CAUSES: Table = (
    (r"^9008\b|(?i:(?:cannot|could not|unable to|can't) (?:find|open|read)|file .*not found)", "missing file"),
    (r"^9009\b", "out of disk"),
    (r"(?i:licen[sc]e)", "licence"),
    (r"(?i:not enough memory|insufficient memory|(?:unable|failed) to allocate|memory allocation)", "out of memory"),
    (r"(?i:cut-?backs?\b|(?:not|failed to|fails to) converge|no convergence|diverge)", "no convergence"),
    (r"^153\b|(?i:singular|zero pivot|not positive definite|rigid body mo)", "singular matrix"),
    (r"(?i:negative (?:volume|jacobian)|jacobian)", "negative volume"),
    (r"(?i:input data|input processing|\bcard\b|undefined|not defined|missing|invalid|incorrect|unrecogni[sz]ed)", "input error"),
    (r"^1\d{3}\b", "input error"),
)  # fmt: skip
