"""The one write path: authorize → validate → check transition → compare-and-set → audit, in one transaction.

A `Unit` is that transaction: one tenant, one actor, one time, optionally under the epoch of a lease. It may
hold several performs, the messages they send to agents, and the decision they carry out. All or nothing.
One perform costs five round trips: begin; tenant and epoch; read and lock; write, audit, journal; commit.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID, uuid4

from sqlalchemy import Index, insert
from sqlalchemy.ext.asyncio import AsyncSession

from mxc.server.kernel.access.actor import Actor
from mxc.server.kernel.access.judge import Judge
from mxc.server.kernel.access.permission import may
from mxc.server.kernel.access.tenancy import Store
from mxc.server.kernel.bulk import Mode, Outcome, perform_each
from mxc.server.kernel.deed import Deed, Expect, Write, defaults_of
from mxc.server.kernel.errors import Conflict, Invalid, NotFound
from mxc.server.kernel.kin import attend
from mxc.server.kernel.records import audit, decisions, outbox
from mxc.server.kernel.refused import in_our_words
from mxc.server.kernel.resource import Action, spec_of
from mxc.server.kernel.sealing.ring import KeyRing
from mxc.server.kernel.statement import claim_of, named, reading_of, statement_of
from mxc.server.kernel.upsert import upserted

__all__ = ["Expect", "Outcome", "Unit", "defaults_of", "perform", "unit"]

R = TypeVar("R")


class Unit:
    """One transaction of the core; make it with `unit(…)`."""

    def __init__(
        self,
        session: AsyncSession,
        actor: Actor,
        now: datetime,
        epoch: int | None,
        cause: UUID | None,
        keys: KeyRing,
        judge: Judge,
    ) -> None:
        self.session = session
        self.actor = actor
        self.now = now
        self.epoch = epoch
        self.cause = cause
        self.keys = keys
        self.judge = judge
        self._decisions: list[dict[str, Any]] = []
        self._messages: list[dict[str, Any]] = []

    async def perform(
        self,
        action: Action[R, ...],
        id: UUID | None = None,  # noqa: A002 (the name of the column)
        *,
        expect: Expect | None = None,
        cause: UUID | None = None,
        by: str = "",
        **args: Any,
    ) -> R:
        """Does one action; returns the row as it is afterwards, detached.

        `by` names the identity an upsert goes by, where there are several. Raises Forbidden, Invalid
        (fields), NotFound, Conflict (`transition-refused` names the allowed actions, `stale`, `changed`,
        `in-use`, `already-exists`).
        """
        may(self.judge, self.actor, action)
        deed = self._deed(action, args, cause)
        done: R
        if action.kind == "upsert":
            done = await upserted(self.session, deed, by, expect or Expect(), self.create, self.change)
        elif action.kind == "create":
            done = await self.create(deed, id)
        elif id is None:
            raise Invalid(fields={"id": ["is required"]})
        else:
            done = await self.change(deed, id, expect or Expect())
        return done

    async def perform_many(
        self, action: Action[R, ...], ids: Sequence[UUID], *, mode: Mode = "all", **args: Any
    ) -> list[Outcome]:
        """Does one action to many rows; an outcome for each id, in their order.

        `all`: one refusal refuses everything, with Conflict `bulk-refused` that lists them. `each`: what can
        be done is done, and an outcome holds the error of what cannot. At most a thousand ids at once.
        """
        may(self.judge, self.actor, action)
        return await perform_each(self.session, self._deed(action, args, None), ids, mode)

    def send(self, agent_id: UUID, workload_id: UUID, payload: bytes) -> None:
        """Puts a message for an agent in the outbox: it leaves if, and only if, this transaction commits."""
        self._messages.append(
            {
                "tenant_id": self.actor.tenant_id,
                "agent_id": agent_id,
                "workload_id": workload_id,
                "payload": payload,
                "created_at": self.now,
            }
        )

    def decide(
        self,
        predicate: str,
        args: list[Any],
        *,
        proof: Any,
        rules: Any,
        action: str = "",
        target: str = "",
        outcome: str = "done",
    ) -> UUID:
        """Writes a decision to the ledger; this unit's performs name it as their cause from here on.

        `args`, `proof` and `rules` are JSON. Give `unit(…, cause=…)` an id to name it before it is made.
        """
        self.cause = self.cause or uuid4()
        self._decisions.append(
            {
                "tenant_id": self.actor.tenant_id,
                "id": self.cause,
                "at": self.now,
                "predicate": predicate,
                "args": args,
                "proof": proof,
                "rules": rules,
                "action": action,
                "target": target,
                "outcome": outcome,
                "epoch": self.epoch,
            }
        )
        return self.cause

    async def note(self, action: str, resource: str, args: Mapping[str, Any]) -> None:
        """Audits what changed no row: a refusal, a failed sign-in. `args` are JSON and hold no secrets."""
        row = {
            "tenant_id": self.actor.tenant_id, "id": uuid4(), "at": self.now,
            "actor_kind": self.actor.kind, "actor_id": self.actor.id, "actor_name": self.actor.name,
            "action": action, "resource": resource, "row_id": UUID(int=0), "args": dict(args),
            "before": {}, "after": {}, "epoch": self.epoch, "cause": self.cause,
        }  # fmt: skip
        await self.session.execute(insert(audit).values(row))

    async def flush(self) -> None:
        """Writes what was decided and is to be sent, in one statement; the end of the unit does this."""
        decided = insert(decisions).values(self._decisions) if self._decisions else None
        sent = insert(outbox).values(self._messages) if self._messages else None
        self._decisions, self._messages = [], []
        if sent is not None and decided is not None:
            sent = sent.add_cte(decided.cte("decided"))
        statement = sent if sent is not None else decided
        if statement is not None:
            await self.session.execute(statement)

    async def create(self, deed: Deed, row_id: UUID | None, index: Index | None = None) -> Any:
        """Makes a row; None when there is one already that is the same by that unique index."""
        row, write = deed.create(row_id)
        await attend(self.session, deed, [write])
        if index is not None:
            if not await self._claimed(deed, write, index):
                return None
            write = replace(write, shape=replace(write.shape, verb="nothing", columns=()))
        await self._execute(deed, write)
        return row

    async def change(self, deed: Deed, row_id: UUID, expect: Expect) -> Any:
        """Changes or removes a row."""
        row = await self._locked(deed, row_id)
        write = deed.change(row, expect)
        await attend(self.session, deed, [write])
        await self._execute(deed, write)
        return row

    def _deed(self, action: Action[Any, ...], args: dict[str, Any], cause: UUID | None) -> Deed:
        spec = spec_of(action.resource)
        return Deed(
            spec, action, args, self.actor, self.now, self.epoch, cause or self.cause, self.keys, self.judge
        )

    async def _locked(self, deed: Deed, row_id: UUID) -> Any:
        key = {"id": row_id} | ({"tenant_id": self.actor.tenant_id} if deed.spec.is_tenant_owned else {})
        connection = await self.session.connection()
        statement = reading_of(deed.table, deed.action.removes, deed.action.reaches_deleted)
        found = (await connection.execute(statement, named("was", key))).mappings().one_or_none()
        if found is None:
            raise NotFound(f"there is no {deed.spec.name} {row_id}")
        return deed.spec.resource(**found)

    async def _claimed(self, deed: Deed, write: Write, index: Index) -> bool:
        connection = await self.session.connection()
        with in_our_words(deed.spec, write):
            result = await connection.execute(claim_of(write.shape, index), write.values)
        return result.first() is not None

    async def _execute(self, deed: Deed, write: Write) -> None:
        connection = await self.session.connection()
        with in_our_words(deed.spec, write):
            result = await connection.execute(statement_of(write.shape), write.values)
        if write.shape.compared and result.rowcount != 1:
            raise Conflict(
                "somebody else changed it meanwhile", code="changed", hint="look again, then retry"
            )


@asynccontextmanager
async def unit(
    store: Store,
    actor: Actor,
    *,
    now: datetime,
    epoch: int | None = None,
    cause: UUID | None = None,
    platform: bool = False,
) -> AsyncIterator[Unit]:
    """One transaction in the actor's tenant at `now`; with `epoch` only while that lease is ours.

    With `platform` it is over what belongs to the whole installation instead; its audit is the actor's
    tenant's.
    """
    async with (
        store.system(epoch)
        if platform
        else store.session(actor.tenant_id, epoch, actor.partition_id) as session
    ):
        work = Unit(session, actor, now, epoch, cause, store.keys, store.judge)
        yield work
        await work.flush()


async def perform(
    store: Store,
    action: Action[R, ...],
    id: UUID | None = None,  # noqa: A002
    *,
    actor: Actor,
    now: datetime,
    epoch: int | None = None,
    expect: Expect | None = None,
    cause: UUID | None = None,
    by: str = "",
    **args: Any,
) -> R:
    """A unit of one: see `Unit.perform`."""
    platform = spec_of(action.resource).is_platform
    async with unit(store, actor, now=now, epoch=epoch, cause=cause, platform=platform) as work:
        return await work.perform(action, id, expect=expect, by=by, **args)
