"""What a reaction may see and do: questions to the engine, rows, and effects that carry their proof."""

import asyncio
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, TypeAlias
from uuid import UUID, uuid4

from sqlalchemy import inspect

from mxc.protocol import Start, Stop, encode
from mxc.server.kernel.access.actor import Actor
from mxc.server.kernel.facts.tenant import Key, TenantFacts
from mxc.server.kernel.perform import Expect, Unit
from mxc.server.kernel.reactor.hands import Hands, R
from mxc.server.kernel.reactor.when import Reaction
from mxc.server.kernel.resource import Action, facts_of, spec_of

Fact: TypeAlias = tuple[Any, ...]
NO_PROOF: Final[dict[str, Any]] = {"kind": "unproven"}


@dataclass(slots=True)
class Act:
    """One transaction in the making: what it performs and sends, and so what the ledger will say was done."""

    work: Unit
    done: list[str] = field(default_factory=list)
    target: str = ""

    async def perform(self, action: Action[R, ...], row: Any, **args: Any) -> R:
        """Does the action if the row is still in the state and generation that `row` shows."""
        self._note(action.name, row.id)
        return await self.work.perform(action, row.id, expect=expect_of(row), **args)

    async def create(self, resource: type[Any], **columns: Any) -> Any:
        """Makes a new row."""
        row_id = uuid4()
        self._note("create", row_id)
        return await self.work.perform(resource.create, row_id, **columns)

    def send(self, agent_id: UUID | str, order: Start | Stop) -> None:
        """Has the agent of a node told, if this transaction commits."""
        self._note(f"send {type(order).__name__.lower()}", order.workload)
        self.work.send(UUID(str(agent_id)), order.workload, encode(order))

    def _note(self, done: str, target: UUID) -> None:
        self.done.append(done)
        self.target = self.target or str(target)


class Situation:
    """One derived row that asks for an effect, at one moment, under one epoch."""

    def __init__(
        self, hands: Hands, facts: TenantFacts, reaction: Reaction, row: Fact, turn: asyncio.Lock
    ) -> None:
        self.now: datetime = hands.clock.now()
        self.epoch = hands.epoch()
        self.tenant_id = facts.tenant_id
        self.acts = 0
        self._turn = turn
        self._hands = hands
        self._facts = facts
        self._fact = (reaction.predicate, *row)
        self._actor = Actor.system(facts.tenant_id, reaction.name)

    def query(self, predicate: str, *pattern: Any) -> list[Fact]:
        """See `TenantFacts.query`."""
        return self._facts.query(predicate, *pattern)

    def best(self, predicate: str, *pattern: Any, order: str) -> list[Fact]:
        """See `TenantFacts.best`: at most one row."""
        return self._facts.best(predicate, *pattern, order=order)

    def setting(self, name: str) -> Any:
        """The value of one of the installation's settings."""
        [(_, value)] = self._facts.query("setting", name, ...)
        return value

    async def load(self, resource: type[R], row_id: UUID | str) -> R:
        """One row as PostgreSQL has it now. Raises NotFound."""
        return await self._hands.load(self.tenant_id, resource, row_id)

    @asynccontextmanager
    async def act(self, because: Fact | None = None) -> AsyncIterator[Act]:
        """One transaction; with it goes a decision with the proof of `because` (or of the situation)."""
        fact = because or self._fact
        async with self._act(fact, self._proof(fact)) as act:
            yield act

    async def perform(self, action: Action[R, ...], row: Any, **args: Any) -> R:
        """One action in a transaction of its own."""
        async with self.act() as act:
            return await act.perform(action, row, **args)

    async def create(self, resource: type[Any], **columns: Any) -> Any:
        """One new row in a transaction of its own."""
        async with self.act() as act:
            return await act.create(resource, **columns)

    async def send(self, agent_id: UUID | str, order: Start | Stop) -> None:
        """One message in a transaction of its own."""
        async with self.act() as act:
            act.send(agent_id, order)

    def in_turn(self) -> asyncio.Lock:
        """Held by one situation of this reaction at a time, in order of their rows: `async with`."""
        return self._turn

    def reserve(self, action: Action[R, ...], row: Any, *, because: Fact, **args: Any) -> Awaitable[R]:
        """Lets the engine see at once what an action will lead to; await the result to write it.

        Nothing else runs during this call: what was asked just before it still holds, and who asks after it
        sees the room taken. When the write fails the row is read again as it is.
        """
        key = (spec_of(type(row)).plural, row.id)
        proof = self._proof(because)
        self._facts.reserve(key, facts_of(after(action, row, self.now, args)))
        return self._write(key, action, row, because, proof, args)

    async def _write(
        self,
        key: Key,
        action: Action[R, ...],
        row: Any,
        because: Fact,
        proof: dict[str, Any],
        args: dict[str, Any],
    ) -> R:
        done = False
        try:
            async with self._act(because, proof) as act:
                written = await act.perform(action, row, **args)
            done = True
        finally:
            was_noted = self._facts.release(key)
            if was_noted or not done:
                self._hands.want(self.tenant_id, key)
        return written

    @asynccontextmanager
    async def _act(self, fact: Fact, proof: dict[str, Any]) -> AsyncIterator[Act]:
        async with self._hands.unit(self._actor, cause=uuid4()) as work:
            act = Act(work)
            yield act
            if act.done:
                self.acts += 1
                work.decide(
                    fact[0], list(fact[1:]), proof=proof, rules=dict(self._facts.rule_versions),
                    action=", ".join(act.done), target=act.target,
                )  # fmt: skip

    def _proof(self, fact: Fact) -> dict[str, Any]:
        explanation = self._facts.explain(*fact)
        return NO_PROOF if explanation is None else explanation.tree


def expect_of(row: Any) -> Expect:
    """That a row is still what we saw of it."""
    lifecycle = spec_of(type(row)).lifecycle
    if lifecycle is None:
        return Expect()
    generation = getattr(row, lifecycle.generation) if lifecycle.generation else None
    return Expect(status=getattr(row, lifecycle.column).value, generation=generation)


def after(action: Action[Any, ...], row: Any, now: datetime, args: dict[str, Any]) -> Any:
    """A copy of the row as it would be after the action."""
    names = inspect(type(row)).columns.keys()
    twin = type(row)(**{name: getattr(row, name) for name in names})
    twin.set_now(now)
    action.run(twin, **args)
    return twin
