"""The one write path: what it does, what it refuses, what it writes down, and what it costs."""

import asyncio
import os
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import event, select, text

from mxc.server.domains.identity.user import User
from mxc.server.domains.rulebooks.scheduling_rule import SchedulingRule
from mxc.server.domains.tenants.tenant import Tenant
from mxc.server.domains.workloads.node import Node
from mxc.server.domains.workloads.workload import Status, Workload
from mxc.server.domains.workloads.workload_event import WorkloadEvent
from mxc.server.kernel.access.actor import Actor
from mxc.server.kernel.access.tenancy import Store
from mxc.server.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from mxc.server.kernel.perform import Expect, perform, unit
from mxc.server.kernel.records import audit, decisions, outbox
from mxc.server.kernel.resource import Row
from mxc.testing.law import law


async def rows_of(store: Store, tenant: UUID, table: Any) -> Sequence[Any]:
    async with store.session(tenant) as session:
        source: Any = table.__table__ if isinstance(table, type) and issubclass(table, Row) else table
        return (await session.execute(select(source).order_by(text("ctid")))).all()


async def a_node(store: Store, core: Actor, now: datetime) -> UUID:
    node = await perform(
        store, Node.create, actor=core, now=now, hostname="n1", cpu_total=4.0, memory_total=8192
    )
    return node.id


async def test_created_rows_start_with_their_defaults(store: Store, ada: Actor, now: datetime) -> None:
    made = await perform(store, Workload.create, actor=ada, now=now, command="sleep", cpu=2, env={"A": "b"})
    async with store.session(ada.tenant_id) as session:
        found = await session.get_one(Workload, {"tenant_id": ada.tenant_id, "id": made.id})
    assert (found.status, found.generation, found.cpu_required) == (Status.PENDING, 0, 2.0)
    assert (found.memory_required, found.env, found.created_at) == (128, {"A": "b"}, now)


async def test_a_transition_is_written_journaled_and_audited(store: Store, ada: Actor, now: datetime) -> None:
    made = await perform(store, Workload.create, actor=ada, now=now, command="sleep")
    later = now + timedelta(seconds=5)
    stopped = await perform(store, Workload.stop, made.id, actor=ada, now=later, reason="enough")
    assert (stopped.status, stopped.reason, stopped.updated_at) == (Status.STOPPED, "enough", later)
    journal = await rows_of(store, ada.tenant_id, WorkloadEvent)
    assert [(each.from_status, each.to_status, each.action, each.actor) for each in journal] == [
        (None, "pending", "create", "user:ada"),
        ("pending", "stopped", "stop", "user:ada"),
    ]
    noted = (await rows_of(store, ada.tenant_id, audit))[-1]
    assert (noted.action, noted.args) == ("stop", {"reason": "enough"})
    assert noted.before == {"status": "pending", "reason": None}
    assert noted.after == {"status": "stopped", "reason": "enough"}


async def test_a_refused_transition_names_what_is_allowed(store: Store, ada: Actor, now: datetime) -> None:
    made = await perform(store, Workload.create, actor=ada, now=now, command="sleep")
    with pytest.raises(Conflict) as refused:
        await perform(store, Workload.restart, made.id, actor=ada, now=now)
    assert refused.value.code == "transition-refused"
    assert refused.value.details["allowed"] == ["delete", "stop"]
    assert "pending" in refused.value.message
    assert len(await rows_of(store, ada.tenant_id, audit)) == 1


async def test_of_two_stops_at_once_one_wins(store: Store, ada: Actor, now: datetime) -> None:
    made = await perform(store, Workload.create, actor=ada, now=now, command="sleep")
    outcomes = await asyncio.gather(
        *(perform(store, Workload.stop, made.id, actor=ada, now=now) for _ in range(8)),
        return_exceptions=True,
    )
    won = [each for each in outcomes if isinstance(each, Workload)]
    lost = [each for each in outcomes if isinstance(each, Conflict)]
    assert (len(won), len(lost)) == (1, 7)
    assert {each.code for each in lost} == {"transition-refused"}
    assert len(await rows_of(store, ada.tenant_id, WorkloadEvent)) == 2


async def test_late_reports_of_an_older_generation_are_stale(
    store: Store, ada: Actor, core: Actor, now: datetime
) -> None:
    made = await perform(store, Workload.create, actor=ada, now=now, command="sleep")
    node = await a_node(store, core, now)
    await perform(store, Workload.place, made.id, actor=core, now=now, node_id=node, deadline_s=60)
    with pytest.raises(Conflict, match="generation is 1, not 0") as refused:
        await perform(store, Workload.run, made.id, actor=core, now=now, expect=Expect(generation=0))
    assert refused.value.code == "stale"
    running = await perform(store, Workload.run, made.id, actor=core, now=now, expect=Expect(generation=1))
    assert running.status is Status.RUNNING


async def test_secrets_and_environments_are_masked_in_the_audit(
    store: Store, core: Actor, now: datetime
) -> None:
    await perform(
        store, User.create, actor=core, now=now, email="a@example.org", password_hash="argon-secret"
    )
    await perform(store, Workload.create, actor=core, now=now, command="x", env={"TOKEN": "hunter2"})
    noted = await rows_of(store, core.tenant_id, audit)
    assert "argon-secret" not in str(noted)
    assert "hunter2" not in str(noted)
    assert noted[1].after["env"] == {"TOKEN": "•••"}


@pytest.mark.parametrize(
    ("document", "field"),
    [
        ({}, "command"),
        ({"command": "x", "cpu": -1}, "cpu"),
        ({"command": "x", "cpu": 1e6}, "cpu"),
        ({"command": "x", "cpu": float("nan")}, "cpu"),
        ({"command": "x", "cpu": "many"}, "cpu"),
        ({"command": "x", "memory": 10**10}, "memory"),
        ({"command": "x", "memory_mb": 1.5}, "memory_mb"),
        ({"command": "x\0"}, "command"),
        ({"command": "x" * 40_000}, "command"),
        ({"command": "x", "args": ["y" * 600_000] * 2}, "args"),
        ({"command": "x", "env": {"A": "\ud800"}}, "env"),
        ({"command": "x", "constraints": {"gpu": [1]}}, "constraints"),
        ({"command": "x", "generation": 9}, "generation"),
        ({"command": "x", "cpu": 1, "cpu_required": 2}, "cpu_required"),
        ({"command": "x", "restart": "sometimes"}, "restart"),
    ],
)
async def test_bad_documents_are_refused_by_field(
    store: Store, ada: Actor, now: datetime, document: dict[str, Any], field: str
) -> None:
    with pytest.raises(Invalid) as refused:
        await perform(store, Workload.create, actor=ada, now=now, **document)
    assert list(refused.value.fields) == [field]
    assert await rows_of(store, ada.tenant_id, Workload) == []


async def test_a_second_of_a_name_is_a_conflict(store: Store, ada: Actor, now: datetime) -> None:
    await perform(store, SchedulingRule.create, actor=ada, now=now, name="one", rule_text="p(1).")
    with pytest.raises(Conflict) as refused:
        await perform(store, SchedulingRule.create, actor=ada, now=now, name="one", rule_text="p(2).")
    assert refused.value.code == "already-exists"
    elsewhere = Actor("user", "8", "bob", UUID(int=2), role="admin")
    await perform(store, SchedulingRule.create, actor=elsewhere, now=now, name="one", rule_text="p(3).")


async def test_update_changes_only_what_is_given(store: Store, ada: Actor, now: datetime) -> None:
    rule = await perform(store, SchedulingRule.create, actor=ada, now=now, name="one", rule_text="p(1).")
    changed = await perform(store, SchedulingRule.update, rule.id, actor=ada, now=now, priority=4)
    assert (changed.priority, changed.rule_text) == (4, "p(1).")
    with pytest.raises(Invalid, match="did you mean priority"):
        await perform(store, SchedulingRule.update, rule.id, actor=ada, now=now, prioritty=5)


async def test_an_action_that_changes_nothing_is_only_audited(
    store: Store, ada: Actor, now: datetime
) -> None:
    rule = await perform(store, SchedulingRule.create, actor=ada, now=now, name="one", rule_text="p(1).")
    same = await perform(store, SchedulingRule.enable, rule.id, actor=ada, now=now + timedelta(seconds=1))
    assert same.updated_at == now
    assert (await rows_of(store, ada.tenant_id, audit))[-1].action == "enable"


async def test_delete_removes_and_an_overridden_one_only_asks(
    store: Store, ada: Actor, core: Actor, now: datetime
) -> None:
    rule = await perform(store, SchedulingRule.create, actor=ada, now=now, name="one", rule_text="p(1).")
    await perform(store, SchedulingRule.delete, rule.id, actor=ada, now=now)
    assert await rows_of(store, ada.tenant_id, SchedulingRule) == []
    made = await perform(store, Workload.create, actor=ada, now=now, command="sleep")
    asked = await perform(store, Workload.delete, made.id, actor=ada, now=now)
    assert (asked.is_deleting, asked.status) == (True, Status.STOPPED)
    await perform(store, Workload.purge, made.id, actor=core, now=now)
    assert await rows_of(store, ada.tenant_id, Workload) == []
    with pytest.raises(NotFound):
        await perform(store, Workload.stop, made.id, actor=ada, now=now)


async def test_who_may_not_is_told_why(store: Store, ada: Actor, now: datetime) -> None:
    viewer = Actor("user", "9", "vi", ada.tenant_id, role="viewer")
    capped = Actor("token", "t", "ci", ada.tenant_id, role="admin", scope="read")
    agent = Actor.agent(ada.tenant_id, uuid4())
    for actor in (viewer, capped):
        lacks = "it needs the role operator" if actor is viewer else "a token of the scope read"
        with pytest.raises(Forbidden, match=rf"workloads\.create: {lacks}"):
            await perform(store, Workload.create, actor=actor, now=now, command="x")
    made = await perform(store, Workload.create, actor=ada, now=now, command="x")
    with pytest.raises(Forbidden, match="only the system"):
        await perform(store, Workload.run, made.id, actor=ada, now=now)
    with pytest.raises(Forbidden, match="agents report"):
        await perform(store, Workload.stop, made.id, actor=agent, now=now)


async def test_another_tenants_row_is_not_found(
    store: Store, ada: Actor, stranger: UUID, now: datetime
) -> None:
    made = await perform(store, Workload.create, actor=ada, now=now, command="sleep")
    for actor in (Actor("user", "8", "bob", stranger, role="admin"), Actor.system(stranger)):
        with pytest.raises(NotFound):
            await perform(store, Workload.stop, made.id, actor=actor, now=now)


async def test_a_unit_is_all_or_nothing(store: Store, ada: Actor, core: Actor, now: datetime) -> None:
    made = await perform(store, Workload.create, actor=ada, now=now, command="sleep")
    node = await a_node(store, core, now)

    async def place(is_broken: bool) -> None:
        async with unit(store, core, now=now) as work:
            work.decide("can_place", [str(made.id)], proof={"kind": "fact"}, rules={"scheduling": 1})
            await work.perform(Workload.place, made.id, node_id=node, deadline_s=60)
            work.send(node, made.id, b"start")
            if is_broken:
                await work.perform(Workload.place, made.id, node_id=node, deadline_s=60)

    with pytest.raises(Conflict):
        await place(is_broken=True)
    assert await rows_of(store, ada.tenant_id, outbox) == []
    assert await rows_of(store, ada.tenant_id, decisions) == []
    await place(is_broken=False)
    (message,) = await rows_of(store, ada.tenant_id, outbox)
    (decision,) = await rows_of(store, ada.tenant_id, decisions)
    assert (message.agent_id, message.workload_id, message.payload) == (node, made.id, b"start")
    assert (decision.predicate, decision.proof, decision.at) == ("can_place", {"kind": "fact"}, now)
    assert (await rows_of(store, ada.tenant_id, WorkloadEvent))[-1].decision_id == decision.id
    assert (await rows_of(store, ada.tenant_id, audit))[-1].cause == decision.id


async def test_a_tenant_makes_itself(store: Store, now: datetime) -> None:
    fresh = uuid4()
    made = await perform(
        store, Tenant.create, fresh, actor=Actor.system(fresh), now=now, name="Acme", slug="acme"
    )
    assert made.id == fresh
    async with store.system() as session:
        assert (await session.execute(select(Tenant.slug))).scalars().all() == ["acme"]


async def test_agents_keep_their_nodes_id(store: Store, core: Actor, now: datetime) -> None:
    chosen = uuid4()
    node = await perform(
        store, Node.create, chosen, actor=core, now=now, hostname="n1", cpu_total=4.0, memory_total=8192
    )
    assert node.id == chosen


async def test_a_perform_costs_at_most_six_round_trips(
    store: Store, dsn: str, ada: Actor, now: datetime, tmp_path: Path
) -> None:
    made = await perform(store, Workload.create, actor=ada, now=now, command="sleep")
    watched = Store(dsn, pool_size=1, judge=law())
    trace = os.open(tmp_path / "trace", os.O_CREAT | os.O_WRONLY)

    @event.listens_for(watched._app.sync_engine, "connect")
    def start_tracing(connection: Any, _: object) -> None:
        connection.driver_connection.pgconn.trace(trace)

    async with watched.session(ada.tenant_id):
        pass
    before = round_trips(tmp_path / "trace")
    await perform(watched, Workload.stop, made.id, actor=ada, now=now)
    assert 3 <= round_trips(tmp_path / "trace") - before <= 6
    await watched.close()
    os.close(trace)


def round_trips(trace: Path) -> int:
    """Every simple query and every synchronisation waits for the server once."""
    fields = [line.split("\t") for line in trace.read_text().splitlines()]
    return sum(1 for line in fields if len(line) > 3 and line[1] == "F" and line[3] in ("Query", "Sync"))
