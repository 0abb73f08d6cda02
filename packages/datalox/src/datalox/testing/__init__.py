"""Tests of rules, written in the language of the rules: given, change, expect."""

from datalox.testing.judge import Failure
from datalox.testing.runner import Case, Outcome, collect, run_file, run_text

__all__ = ["Case", "Failure", "Outcome", "collect", "run_file", "run_text"]
