"""The limits that plots draw are those that the early warnings rest on."""

from pdfjobs.points.plots import LIMITS, LIMITS_OF
from workers.alertrules import RULES


def test_each_rule_about_a_range_is_drawn_with_its_own_limits() -> None:
    ranges = {
        name: (tuple(rule.yellow), tuple(rule.red))
        for rule in RULES
        if rule.look == "range"
        for name in rule.series
    }
    solvers = {
        name: frozenset(rule.solvers)
        for rule in RULES
        if rule.look == "range" and rule.solvers
        for name in rule.series
    }

    assert ranges == LIMITS
    assert solvers == LIMITS_OF
