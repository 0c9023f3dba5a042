"""Which of others' real logs the parsers claim; these files stay outside this checkout.

What each says stands in the tests of its solver.
"""

from workers.tests.logcorpus import each_source, parser_of

NO_LOGS_OF_A_SOLVER = (
    "schedulers/",
    "calculix/testprobs_singular/spooles.out",
    "calculix/beam_static_v211/spooles.out",
)


@each_source(".")
def test_a_real_log_is_claimed_by_one_parser_of_its_solver_and_nothing_else_is(source):
    """spooles.out is CalculiX's, but only says what its equation solver met, never how it ended."""
    parser_type = parser_of(source.path)

    is_log = source.outcome != "n/a" and not source.name.startswith(NO_LOGS_OF_A_SOLVER)
    solver = source.name.partition("/")[0]
    assert (parser_type and parser_type.solver) == (solver if is_log else None)
