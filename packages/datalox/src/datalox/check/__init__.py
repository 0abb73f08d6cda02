"""Static checks over a set of modules taken together: one mistake per file."""

from datalox.check.analysis import Analysis, CheckedFact, CheckedRule, Component, Predicate
from datalox.check.goals import check_goals
from datalox.check.suite import analyse

__all__ = ["Analysis", "CheckedFact", "CheckedRule", "Component", "Predicate", "analyse", "check_goals"]
