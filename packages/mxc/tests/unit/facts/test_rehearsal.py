"""A rule is tried over the facts as they are, in a session of its own, before it is accepted."""

from uuid import UUID

import pytest

from datalox import Program
from mxc.server.kernel.facts.clock import Clock
from mxc.server.kernel.facts.rulebook import OperatorRule
from mxc.server.kernel.facts.tenant import TenantFacts

BASE = """
.decl core_started(at: number)
.decl load(node: text, share: number)
busy(N) :- load(N, S), S > 1.
.extensible busy/1
"""


@pytest.fixture
def facts() -> TenantFacts:
    held = TenantFacts(UUID(int=1), [Program.parse(BASE, "base.dl")], Clock())
    held.apply({("nodes", UUID(int=n)): frozenset({("load", (f"n{n}", n))}) for n in range(4)})
    return held


def codes(found: list[dict[str, object]]) -> list[tuple[object, object]]:
    return [(each["severity"], each["code"]) for each in found]


def test_a_sound_rule_has_nothing_against_it_and_changes_nothing(facts: TenantFacts) -> None:
    before = facts.query("busy", ...)
    assert facts.rehearse("calm", "busy(N) :- load(N, S), S = 0.") == []
    assert facts.query("busy", ...) == before


def test_a_rule_without_end_is_an_error_that_names_the_budget(facts: TenantFacts) -> None:
    found = facts.rehearse("endless", "more(S) :- load(_, S).\nmore(S + 1) :- more(S).")
    assert ("error", "budget") in codes(found)
    assert facts.holds("busy", "n2")


def test_a_division_by_zero_is_a_warning_at_the_rule_that_met_it(facts: TenantFacts) -> None:
    found = facts.rehearse("ratio", "tall(N) :- load(N, S),\n    1 / S > 0.4.")
    assert codes(found) == [("warning", "met-fault")]
    assert found[0]["line"] == 1
    assert "zero" in str(found[0]["message"])


def test_another_version_of_a_loaded_rule_is_rehearsed_in_its_place(facts: TenantFacts) -> None:
    facts.load_rules([OperatorRule(name="calm", text="quiet(N) :- load(N, 0).", version=1)])
    assert facts.rehearse("calm", "quiet(N) :- load(N, 1).") == []
