"""What the engine holds is what PostgreSQL holds, however it changed."""

import logging
from typing import Any

import psycopg
import pytest

from mxc.server.domains.rulebooks.scheduling_rule import SchedulingRule
from mxc.server.domains.workloads.node import Node
from mxc.server.domains.workloads.workload import Workload
from mxc.server.kernel.errors import Unavailable
from mxc.server.kernel.facts.feed import Note

FIVE = "constraint_violated(Workload, Node) :- count(W, workload_placement(W, Node), N), N >= 5."


async def test_a_row_changed_by_hand_is_seen_at_once(loop: Any, dsn: str) -> None:
    node = await loop.add_node()
    await loop.until(lambda: loop.facts.query("node_accepting", str(node)))
    async with await psycopg.AsyncConnection.connect(dsn) as connection:
        await connection.execute("update nodes set intent = 'cordoned', cpu_total = 3")
    await loop.until(lambda: not loop.facts.query("node_accepting", str(node)), within=1)
    assert loop.facts.query("node_resources", str(node), ..., ...) == [(str(node), 3, 10_240)]


async def test_a_change_nobody_announced_is_repaired_and_said_so(loop: Any, dsn: str, caplog: Any) -> None:
    """A change of which no note arrived."""
    node = await loop.add_node()
    await loop.until(lambda: loop.facts.query("node_accepting", str(node)))
    async with await psycopg.AsyncConnection.connect(dsn, autocommit=True) as connection:
        await connection.execute("alter table nodes disable trigger user")
        await connection.execute("update nodes set intent = 'cordoned'")
        await connection.execute("alter table nodes enable trigger user")
    assert loop.facts.query("node_accepting", str(node))
    with caplog.at_level(logging.WARNING):
        [result] = (await loop.keeper.reconcile()).values()
    assert (result.missing, result.extra) == (1, 0)
    assert not loop.facts.query("node_accepting", str(node))
    assert "1 rows were held wrongly" in caplog.text
    [again] = (await loop.keeper.reconcile()).values()
    assert not again
    assert loop.engines.counters.repaired == 1


async def test_notes_without_a_ring_are_a_repair(loop: Any, caplog: Any) -> None:
    """The note is written, and the NOTIFY gets lost: nobody listens any more."""
    node = await loop.add_node()
    await loop.until(lambda: loop.facts.query("node_accepting", str(node)))
    with caplog.at_level(logging.WARNING):
        await loop.deafen()
        await loop.perform(Node.cordon, node)
        assert loop.facts.query("node_intent", str(node), "schedulable")
        loop.ahead.by += 30
        await loop.until(lambda: loop.engines.counters.repaired == 1)
    assert loop.facts.query("node_intent", str(node), "cordoned")
    assert "repaired" in caplog.text


async def test_a_row_gone_behind_our_back_is_forgotten(loop: Any, dsn: str) -> None:
    node = await loop.add_node()
    await loop.until(lambda: loop.facts.query("node", str(node), ..., ...))
    async with await psycopg.AsyncConnection.connect(dsn, autocommit=True) as connection:
        await connection.execute("alter table nodes disable trigger user")
        await connection.execute("delete from nodes")
    [result] = (await loop.keeper.reconcile()).values()
    assert (result.missing, result.extra) == (0, 1)
    assert not loop.facts.query("node", str(node), ..., ...)


async def test_what_is_announced_is_no_repair(loop: Any) -> None:
    """A change committed while the reconcile reads is news, not a fault."""
    await loop.add_node()
    results = []
    for _ in range(5):
        await loop.add_workload(memory_required=999_999)
        results += (await loop.keeper.reconcile()).values()
    assert not any(results)


async def test_an_operators_rule_counts_from_the_moment_its_row_is_written(loop: Any) -> None:
    await loop.add_node()
    rule = await loop.perform(SchedulingRule.create, name="five", rule_text=FIVE)
    await loop.until(lambda: loop.facts.rule_versions == {"five": 1})
    for _ in range(7):
        await loop.add_workload()
    await loop.until(lambda: loop.reactor.counters.decisions == 10)
    assert len(loop.facts.rows("workload_placement")) == 5
    # Taking the rule away changes no stored fact, and yet the two that wait are placed at once.
    await loop.perform(SchedulingRule.disable, rule.id)
    await loop.until(lambda: len(loop.facts.rows("workload_placement")) == 7, within=5)


async def test_one_bad_rule_disables_no_other(loop: Any) -> None:
    await loop.perform(SchedulingRule.create, name="bad", rule_text="nonsense(")
    await loop.perform(SchedulingRule.create, name="five", rule_text=FIVE)
    await loop.perform(
        SchedulingRule.create, name="greedy", rule_text="should_fail(W, x) :- workload_waiting(W)."
    )
    await loop.until(lambda: len(loop.facts.rule_faults) == 2 and "five" in loop.facts.rule_versions)
    bad, greedy = loop.facts.rule_faults["bad"], loop.facts.rule_faults["greedy"]
    assert (bad.diagnostics[0]["code"], bad.diagnostics[0]["line"]) == ("syntax", 1)
    assert greedy.diagnostics[0]["code"] == "not-extensible"
    await loop.add_node()
    await loop.status(await loop.add_workload(), "starting")


async def test_a_rule_that_never_ends_is_taken_out_and_the_facts_go_on(loop: Any) -> None:
    endless = "count_up(N) :- count_up(M), N = M + 1. count_up(1) :- node(_, _, _)."
    await loop.perform(SchedulingRule.create, name="endless", rule_text=endless)
    await loop.until(lambda: "endless" in loop.facts.rule_versions)
    node = await loop.add_node()
    await loop.until(lambda: loop.facts.query("node_accepting", str(node)), within=60)
    assert loop.facts.rule_versions == {}
    assert "endless" in loop.facts.rule_faults


async def test_checking_a_rule_changes_nothing(loop: Any) -> None:
    found = loop.facts.check("x", "constraint_violated(W, N) :- nod(N, _, _).")
    assert [(each["code"], each["line"], each["column"]) for each in found] == [("unknown-predicate", 1, 30)]
    assert "node" in found[0]["hint"]
    assert loop.facts.check("five", FIVE) == []
    assert loop.facts.rule_versions == {}


async def test_subscribers_see_rows_and_conclusions(loop: Any) -> None:
    reader = loop.feed.subscribe(loop.facts.tenant_id)
    node = await loop.add_node()
    seen: list[Any] = []
    async for item in reader:
        seen.append(item)
        if isinstance(item, Note):
            break
    assert [each.predicate for each in seen[:-1] if each.predicate == "node_healthy"] == ["node_healthy"]
    assert (seen[-1].relation, seen[-1].id, seen[-1].change) == ("nodes", str(node), "put")
    assert seen[-1].document["status"] == "available"


async def test_facts_that_are_not_loaded_say_so(loop: Any) -> None:
    loop.engines.unload()
    with pytest.raises(Unavailable) as caught:
        _ = loop.facts
    assert caught.value.code == "not-leading"


async def test_everything_held_can_be_rebuilt_from_the_rows(loop: Any) -> None:
    await loop.add_node()
    for _ in range(12):
        await loop.add_workload()
    await loop.until(lambda: loop.reactor.counters.decisions == 20)
    await loop.keeper.pull()
    before = dict(loop.facts.held())
    rebuilt = await loop.engines.load(loop.facts.tenant_id)
    assert dict(rebuilt.held()) == before
    for predicate in ("node_resources_free", "workload_turn", "start_wanted"):
        assert rebuilt.rows(predicate) == loop.engines[rebuilt.tenant_id].rows(predicate)
    assert {row.status.value for row in await loop.rows(Workload)} == {"starting", "pending"}
    assert len(await loop.rows(Node)) == 1
