"""The rules of the product, tested in their own language: one file per rule file, readable by operators."""

from pathlib import Path

import pytest

from datalox.testing import Case, Coverage, collect
from mxc.server.kernel.facts.rulebook import base_programs, rule_files
from mxc.server.kernel.resource import catalogue

HERE = Path(__file__).parent
CASES = collect(HERE, base_programs(catalogue()))


@pytest.mark.parametrize("case", CASES, ids=str)
def test_rules(case: Case) -> None:
    case.check()


def test_every_rule_of_the_product_fires_in_some_test() -> None:
    coverage = Coverage()
    for case in CASES:
        case.check(coverage)
    ours = tuple(f"{name}:" for name, _ in rule_files())
    silent = [rule for rule in coverage.never_fired if rule.place.startswith(ours)]
    assert silent == []
    assert coverage.percent > 80


def test_every_rule_file_has_tests() -> None:
    tested = {case.path.stem for case in CASES}
    assert {name.rsplit("/", 1)[-1].removesuffix(".dl") for name, _ in rule_files()} <= tested


def test_every_rule_says_in_plain_words_what_it_means() -> None:
    silent = [
        f"{program.name}: {rule.head}"
        for program in base_programs(catalogue())[1:]
        for rule in program.rules
        if not rule.comment
    ]
    assert silent == []
