"""Tests of rules, written in the language of the rules: given, change, expect."""

from datalox.testing.coverage import Coverage, RuleCoverage
from datalox.testing.judge import Failure
from datalox.testing.runner import Case, Outcome, collect, run_file, run_text

__all__ = ["Case", "Coverage", "Failure", "Outcome", "RuleCoverage", "collect", "run_file", "run_text"]
