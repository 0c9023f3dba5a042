"""SU2: the screen tells end and messages, the history file has every iteration and more fields."""

from workers.parsers.solver import Solver, whole_folder
from workers.parsers.su2.history import Su2History
from workers.parsers.su2.screen import Su2Screen

SOLVER = Solver(
    name="su2",
    parsers=(Su2Screen, Su2History),
    roles=("screen", "history"),
    # The screen may show each tenth iteration only, and fewer fields.
    by_field={
        "time": ("history", "screen"),
        "cycle": ("history", "screen"),
        "series": ("history", "screen"),
        "pace": ("history", "screen"),
    },
    stem=whole_folder,
)
