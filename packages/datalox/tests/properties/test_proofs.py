"""All proofs of a row: each can be checked, none comes twice, none is lower than the one before."""

from __future__ import annotations

from itertools import islice

from hypothesis import given, settings
from oracle.proofs import faults
from properties.followed import Followed
from properties.streams import Scenario, scenarios
from properties.test_engine import SETTINGS

from datalox import DatalogError


@settings(SETTINGS, max_examples=40)
@given(scenarios(steps=2))
def test_all_proofs_can_be_checked(scenario: Scenario) -> None:
    followed = Followed(scenario)
    for step in scenario.steps:
        with followed.db.transaction() as tx:
            followed.run(tx, step.operations)
    oracle = followed.oracle()
    for name in followed.arities:
        for row in sorted(oracle.state[name], key=repr)[:3]:
            try:
                found = list(islice(followed.db.proofs(name, *row), 8))
            except DatalogError as refused:
                assert refused.diagnostics[0].code == "budget"
                continue
            first = followed.db.explain(name, *row)
            assert first is not None
            assert found[0].height <= first.height
            heights = [proof.height for proof in found]
            assert heights == sorted(heights)
            assert len({str(proof.json()) for proof in found}) == len(found)
            for proof in found:
                assert proof.verify(followed.db), proof.text()
                wrong = faults(proof, followed.program, followed.facts, oracle)
                assert not wrong, (wrong, proof.text())
