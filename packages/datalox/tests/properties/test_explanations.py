"""What holds has a proof that can be checked; what does not is refused, with a reason for every rule."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st
from oracle.naive import Naive
from oracle.proofs import faults
from properties.followed import Followed
from properties.streams import Row, Scenario, scenarios, values_of
from properties.test_engine import ASKED, SETTINGS


def last_state(scenario: Scenario) -> tuple[Followed, Naive]:
    followed = Followed(scenario)
    for step in scenario.steps:
        if step.how == "commit":
            with followed.db.transaction() as tx:
                followed.run(tx, step.operations)
    return followed, followed.oracle()


def explained(followed: Followed, oracle: Naive, name: str, row: Row) -> None:
    """The row has a proof, which the engine and the oracle accept."""
    proof = followed.db.explain(name, *row)
    assert proof is not None, (name, row)
    assert proof.verify(followed.db), proof.text()
    assert (proof.predicate, proof.row) == (name, row)
    wrong = faults(proof, followed.program, followed.facts, oracle)
    assert not wrong, (wrong, proof.text())
    assert followed.db.why_not(name, *row).holds


@settings(SETTINGS, max_examples=60)
@given(scenarios(steps=3))
def test_what_holds_has_a_proof_that_can_be_checked(scenario: Scenario) -> None:
    followed, oracle = last_state(scenario)
    for name in followed.arities:
        for row in sorted(oracle.state[name], key=repr)[:8]:
            explained(followed, oracle, name, row)
    for name, modes in followed.written.demand.items():
        for value in ASKED:
            row = (value,) * len(modes)
            if oracle.ask(name, row):
                explained(followed, oracle, name, row)


@settings(SETTINGS, max_examples=60)
@given(scenarios(steps=3), st.data())
def test_what_does_not_hold_is_refused_with_reasons(scenario: Scenario, data: st.DataObject) -> None:
    followed, oracle = last_state(scenario)
    for predicate in followed.db.predicates():
        places = range(predicate.arity)
        choices = [st.sampled_from(values_of(followed.written, predicate.name, place)) for place in places]
        for _ in range(3):
            row = data.draw(st.tuples(*choices))
            holds = bool(oracle.ask(predicate.name, row))
            refusal = followed.db.why_not(predicate.name, *row)
            assert refusal.holds == holds
            assert (followed.db.explain(predicate.name, *row) is not None) == holds
            assert refusal.text()
            assert holds or all(rule.reason for rule in refusal.rules)
