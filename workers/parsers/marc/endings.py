"""Marc's exit numbers, which both of its files end with."""

from workers.parsers.rules import Line, line

WORDS = r"(?:[Jj]ob ends with|marc) exit number *:? *"

EXITS: tuple[Line, ...] = (
    #          job ends with exit number     3004            marc exit number    3004
    line(WORDS + r"3004\b", status="normal"),
    # 3002: no convergence within the allowed recycles; 3015: the time step became too small
    line(WORDS + r"3002\b", status="error", cause="no convergence"),
    line(WORDS + r"3015\b", status="error", cause="time step too small"),
    # 13: input errors; 1005, 1009: element inside out; 2004: the stiffness matrix is not positive definite
    line(WORDS + r"13\b", status="error", cause="input error"),
    line(WORDS + r"100[59]\b", status="error", cause="negative volume"),
    line(WORDS + r"2004\b", status="error", cause="singular matrix"),
    line(WORDS + r"\d+", status="error"),
)
