"""Rows as facts: names, coercions, and what the engine is told about the columns."""

from datetime import UTC, datetime
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mxc.server.domains.workloads.node import Hypervisor, Intent, Liveness, Node
from mxc.server.domains.workloads.workload import Status, Workload
from mxc.server.kernel.perform import defaults_of
from mxc.server.kernel.resource import (
    catalogue,
    declarations,
    facts_of,
    predicates_of,
    spec_of,
    transition_facts,
)
from mxc.server.kernel.resource.facts import as_value

ID = UUID(int=5)
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def workload(**columns: object) -> Workload:
    return Workload(**{**defaults_of(spec_of(Workload)), "id": ID, "command": "x", **columns})


def test_a_pending_workload() -> None:
    facts = facts_of(workload(constraints={"gpu": True, "zone": "eu"}))
    assert ("workload", (str(ID), "process", "pending")) in facts
    assert ("workload_constraint", (str(ID), "zone", "eu")) in facts
    assert ("workload_constraint", (str(ID), "gpu", "true")) in facts
    assert not [fact for fact in facts if fact[0] == "workload_placement"]


def test_a_placement_counts_only_while_it_occupies() -> None:
    for status, is_placed in ((Status.RUNNING, True), (Status.STOPPED, False), (Status.FAILED, False)):
        facts = facts_of(workload(status=status, node_id=UUID(int=9)))
        assert (("workload_placement", (str(ID), str(UUID(int=9)))) in facts) is is_placed


def test_instants_are_unix_seconds_and_an_empty_column_makes_no_fact() -> None:
    node = Node(
        id=ID, hostname="n1", cpu_total=4.0, memory_total=1024, cpu_used=0.0, memory_used=0, capabilities={},
        liveness=Liveness.AVAILABLE, intent=Intent.SCHEDULABLE, hypervisor=Hypervisor.NONE,
    )  # fmt: skip
    assert "node_heartbeat" not in {predicate for predicate, _ in facts_of(node)}
    node.last_heartbeat_at = NOON
    assert ("node_heartbeat", (str(ID), NOON.timestamp())) in facts_of(node)


def test_declarations_name_every_predicate_once_with_its_types() -> None:
    lines = declarations(catalogue()).splitlines()
    assert ".decl workload_resources(workload: text, cpu_required: float, memory_required: int)" in lines
    assert ".decl node_heartbeat(node: text, last_heartbeat_at: number)" in lines
    assert ".decl node_capability(node: text, type: text, value: scalar)" in lines
    assert ".decl valid_transition(resource: text, source: text, target: text)" in lines
    assert len(lines) == len({line.split("(")[0] for line in lines})


def test_every_fact_of_a_row_is_declared_with_its_arity() -> None:
    text = declarations(catalogue())
    for predicate, values in facts_of(workload(constraints={"a": 1}, created_at=NOON)):
        (line,) = [each for each in text.splitlines() if each.startswith(f".decl {predicate}(")]
        assert line.count(":") == len(values)


def test_transitions_are_facts() -> None:
    facts = transition_facts(catalogue())
    assert ("valid_transition", ("workload", "pending", "starting")) in facts
    assert ("valid_transition", ("notice", "open", "cleared")) in facts
    assert ("valid_transition", ("workload", "stopped", "running")) not in facts


def test_predicates_of_a_resource() -> None:
    assert {"node", "node_resources"} <= predicates_of(Node)


VALUES = st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text() | st.uuids() | st.datetimes()


@given(VALUES)
def test_every_column_value_becomes_text_or_a_number(value: object) -> None:
    assert type(as_value(value)) in (str, int, float)


def test_what_is_no_column_value_is_refused() -> None:
    with pytest.raises(TypeError):
        as_value(object())
