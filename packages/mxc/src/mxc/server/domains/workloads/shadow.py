"""Rules in mode shadow: played now and then over the facts as they are; what each would have done is written
down, and nothing is done."""

import asyncio
import logging
from collections.abc import Iterator
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select

from datalox import DatalogError
from mxc.server.domains.rulebooks.foresight import RECORDED
from mxc.server.domains.rulebooks.scheduling_rule import Mode, SchedulingRule
from mxc.server.domains.workloads.consequences import consequences
from mxc.server.domains.workloads.rehearsal import Outcome
from mxc.server.domains.workloads.shadow_ledger import Effect, target_of
from mxc.server.domains.workloads.workload import ENDED, Workload
from mxc.server.kernel.access.actor import Actor
from mxc.server.kernel.errors import MxcError
from mxc.server.kernel.facts.engines import Engines
from mxc.server.kernel.facts.feed import Derived, Feed
from mxc.server.kernel.facts.tenant import Changes, TenantFacts
from mxc.server.kernel.reactor import Hands
from mxc.server.kernel.records import decisions

log: Final = logging.getLogger(__name__)
EVERY_S: Final = 10.0
MOST_WORKLOADS: Final = 2_000
MOST_WRITTEN: Final = 50
MOST_KNOWN: Final = 1_000
OUTCOME: Final = "shadow"


class Shadows:
    """One per process; `run` looks while we lead, where a fact changed. A look costs one play without and one
    with each rule in mode shadow."""

    def __init__(self, engines: Engines, hands: Hands, feed: Feed) -> None:
        self._engines = engines
        self._feed = feed
        self._hands = hands
        self._stirred: set[UUID] = set()
        self._now: dict[UUID, set[Effect]] = {}
        engines.on_loaded.append(self._watch)

    async def run(self) -> None:
        """For ever; what fails is tried again at the next look."""
        while True:
            await asyncio.sleep(EVERY_S)
            for facts in self._engines:
                if facts.tenant_id in self._stirred:
                    self._stirred.discard(facts.tenant_id)
                    try:
                        await self.look(facts)
                    except MxcError as error:
                        self._stirred.add(facts.tenant_id)
                        log.warning("shadow rules could not be played, trying again: %s", error)

    async def look(self, facts: TenantFacts) -> int:
        """Plays every shadow rule of a tenant; how many effects were new and written down."""
        async with self._hands.store.session(facts.tenant_id) as session:
            found = select(SchedulingRule).where(
                SchedulingRule.is_enabled, SchedulingRule.mode == Mode.SHADOW
            )
            rules = list((await session.execute(found)).scalars())
            going_on = select(Workload).where(Workload.status.not_in(ENDED)).limit(MOST_WORKLOADS)
            rows = list((await session.execute(going_on)).scalars()) if rules else []
        players = {str(row.id): row for row in rows}
        written = 0
        for rule in rules:
            try:
                told = consequences(facts, players, self._hands.clock.now(), rule.name, rule.rule_text)
            except DatalogError as error:
                log.info("the shadow of rule %s cannot be played: %s", rule.name, error)
                continue
            written += await self._write(facts, rule, told.outcomes)
        return written

    async def _write(self, facts: TenantFacts, rule: SchedulingRule, outcomes: list[Outcome]) -> int:
        """New effects go to the ledger; those that were there at the last look are known."""
        known = self._now.get(rule.id)
        if known is None:
            known = await self._written(facts.tenant_id, rule.id)
        effects = dict(_effects(rule, outcomes))
        self._now[rule.id] = known & effects.keys()
        fresh = [effect for effect in effects if effect not in known][:MOST_WRITTEN]
        for effect in fresh:
            outcome = effects[effect]
            async with self._hands.unit(Actor.system(facts.tenant_id, OUTCOME)) as work:
                work.decide(
                    OUTCOME, list(effect), proof=outcome.proof or {"kind": "unproven"},
                    rules={**facts.rule_versions, rule.name: rule.version},
                    action=f"would {effect[3]}", target=target_of(rule.id), outcome=OUTCOME,
                )  # fmt: skip
            self._now[rule.id].add(effect)
        if fresh:
            self._feed.publish(facts.tenant_id, [Derived(RECORDED, tuple(fresh), ())])
        return len(fresh)

    async def _written(self, tenant_id: UUID, rule_id: UUID) -> set[Effect]:
        columns = decisions.c
        query = (
            select(columns.args)
            .where(columns.tenant_id == tenant_id, columns.target == target_of(rule_id))
            .order_by(columns.at.desc())
            .limit(MOST_KNOWN)
        )
        async with self._hands.store.session(tenant_id) as session:
            return {tuple(args) for (args,) in await session.execute(query)}

    def _watch(self, facts: TenantFacts) -> None:
        self._stirred.add(facts.tenant_id)

        def stir(_: Changes) -> None:
            self._stirred.add(facts.tenant_id)

        facts.listeners.append(stir)


def _effects(rule: SchedulingRule, outcomes: list[Outcome]) -> Iterator[tuple[Effect, Outcome]]:
    for each in outcomes:
        row: Any = each.workload
        where = str(row.node_id) if row.node_id else each.waiting_for or row.reason or ""
        yield (rule.name, str(rule.version), str(row.id), each.kind, where), each
