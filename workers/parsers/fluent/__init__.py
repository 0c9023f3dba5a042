"""Ansys Fluent: the transcript (.trn), or the console's output, holds everything."""

from workers.parsers.fluent.transcript import FluentTranscript
from workers.parsers.solver import Solver

SOLVER = Solver(name="fluent", parsers=(FluentTranscript,), roles=("trn",))
