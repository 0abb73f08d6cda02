"""A rule in mode shadow changes nothing; what it would have done is written down, once."""

from mxc.server.domains.rulebooks.scheduling_rule import Mode, SchedulingRule
from mxc.server.domains.workloads.shadow import Shadows
from mxc.server.kernel.reactor import Hands
from mxc.testing.served import SYSTEM, Served, until

NOWHERE = "% nobody goes anywhere\nconstraint_violated(_, Node) :- node(Node, _, _).\n"


def shadows(served: Served) -> Shadows:
    core = served.core
    return Shadows(core.engines, Hands(core.store, core.clock, core.lease, lambda *_: None), core.feed)


async def test_what_a_shadow_rule_would_do_is_written_down_once_and_not_done(served: Served) -> None:
    node = await served.add_node()
    made = await served.call("POST", "/workloads", json={"command": "sleep"})
    facts = served.core.facts(SYSTEM)
    await until(lambda: facts.query("can_place", made["id"], ...))
    body = {"name": "nowhere", "rule_text": NOWHERE, "mode": "shadow"}
    rule = await served.call("POST", "/rules", json=body)
    looking = shadows(served)
    assert await looking.look(facts) == 1
    assert await looking.look(facts) == 0
    assert await shadows(served).look(facts) == 0
    told = await served.get(f"/rules/{rule['id']}/shadow")
    [effect] = told["effects"]
    assert (effect["workload_id"], effect["kind"], effect["version"]) == (made["id"], "waits", 1)
    assert effect["where"].startswith("a node that meets its constraints")
    assert "constraint_violated" in str(effect["proof"]) and effect["rules"] == {"nowhere": 1}
    assert f"workload {made['id'][:8]} waits" in told["text"]
    assert facts.query("can_place", made["id"], node)
    assert facts.rule_versions == {}
    why = await served.get(f"/workloads/{made['id']}/why")
    assert why["decisions"] == []


async def test_a_rule_that_is_off_or_a_draft_is_not_played(served: Served) -> None:
    await served.add_node()
    await served.call("POST", "/workloads", json={"command": "sleep"})
    facts = served.core.facts(SYSTEM)
    body = {"name": "nowhere", "rule_text": NOWHERE, "mode": "draft"}
    rule = await served.call("POST", "/rules", json=body)
    assert await shadows(served).look(facts) == 0
    told = await served.get(f"/rules/{rule['id']}/shadow")
    assert told["effects"] == [] and "mode draft" in told["text"]
    row = (await served.core.select(SYSTEM, SchedulingRule))[0]
    await served.core.perform(SYSTEM, SchedulingRule.update, row.id, mode=Mode.SHADOW, is_enabled=False)
    assert await shadows(served).look(facts) == 0
