"""The one write path: authorize → validate → check transition → compare-and-set → audit, in one transaction.

A `Unit` is that transaction: one tenant, one actor, one time, optionally under the epoch of a lease. It may
hold several performs, the messages they send to agents, and the decision they carry out. All or nothing.
One perform costs five round trips: begin; tenant and epoch; read and lock; write, audit, journal; commit.
"""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from copy import copy
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID, uuid4

from sqlalchemy import Table, insert
from sqlalchemy.ext.asyncio import AsyncSession

from mxc.server.kernel.access.actor import Actor
from mxc.server.kernel.access.permission import may
from mxc.server.kernel.access.tenancy import Store
from mxc.server.kernel.entry import audited, journaled
from mxc.server.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from mxc.server.kernel.records import audit, decisions, outbox
from mxc.server.kernel.resource import Action, Spec, checked, spec_of
from mxc.server.kernel.resource.columns import default_of
from mxc.server.kernel.statement import Shape, Verb, named, reading_of, statement_of

R = TypeVar("R")
Values = Mapping[str, Any]
# The audit row has its own time.
TIMESTAMPS = frozenset({"created_at", "updated_at"})


@dataclass(frozen=True, slots=True)
class Expect:
    """What the caller believes of the row; when it is no longer so, the perform is refused as `stale`."""

    status: str | None = None
    generation: int | None = None


@dataclass(frozen=True, slots=True)
class _Deed:
    """One action about to be done to one row."""

    spec: Spec
    action: Action[Any, ...]
    args: Mapping[str, Any]
    cause: UUID | None

    @property
    def table(self) -> Table:
        table: Table = self.spec.resource.__table__
        return table


class Unit:
    """One transaction of the core; make it with `unit(…)`."""

    def __init__(
        self, session: AsyncSession, actor: Actor, now: datetime, epoch: int | None, cause: UUID | None
    ) -> None:
        self.session = session
        self.actor = actor
        self.now = now
        self.epoch = epoch
        self.cause = cause
        self._decisions: list[dict[str, Any]] = []
        self._messages: list[dict[str, Any]] = []

    async def perform(
        self,
        action: Action[R, ...],
        id: UUID | None = None,  # noqa: A002 (the name of the column)
        *,
        expect: Expect | None = None,
        cause: UUID | None = None,
        **args: Any,
    ) -> R:
        """Does one action; returns the row as it is afterwards, detached.

        Raises Forbidden, Invalid (fields), NotFound, Conflict (`transition-refused` names the allowed
        actions, `stale`, `changed`, `already-exists`).
        """
        may(self.actor, action)
        deed = _Deed(spec_of(action.resource), action, args, cause or self.cause)
        if action.kind == "create":
            created: R = await self._create(deed, id)
            return created
        if id is None:
            raise Invalid(fields={"id": ["is required"]})
        changed: R = await self._change(deed, id, expect or Expect())
        return changed

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

    async def _create(self, deed: _Deed, id: UUID | None) -> Any:  # noqa: A002
        spec, action = deed.spec, deed.action
        model = spec.full_model if self.actor.is_internal else spec.create_model
        if action.has_body:
            model = spec.argument_models[action.name]
        given = checked(model, deed.args, spec.aliases)
        values = {} if action.has_body else given
        chosen = {
            "id": id or values.pop("id", None) or uuid4(),
            "created_at": self.now,
            "updated_at": self.now,
        }
        owned = {"tenant_id": self.actor.tenant_id} if spec.is_tenant_owned else {}
        row = spec.resource(**{**defaults_of(spec), **values, **owned, **chosen})
        row.set_now(self.now)
        if action.has_body:
            action.function(row, **given)
        self._permit(deed, row, {})
        after = _snapshot(deed.table, row)
        await self._write(deed, "insert", tuple(after), {}, after)
        return row

    async def _change(self, deed: _Deed, id: UUID, expect: Expect) -> Any:  # noqa: A002
        row = await self._locked(deed, id)
        before = _snapshot(deed.table, row)
        _require(deed.spec, before, expect)
        row.set_now(self.now)
        deed = _apply(deed, row)
        self._permit(deed, row, before)
        after = _snapshot(deed.table, row)
        changed = tuple(name for name, value in after.items() if value != before[name])
        if deed.action.removes:
            await self._write(deed, "delete", (), before, after)
        elif not changed:
            await self._write(deed, "nothing", (), before, after)
        else:
            after["updated_at"] = row.updated_at = self.now
            await self._write(deed, "update", (*changed, "updated_at"), before, after)
        return row

    def _permit(self, deed: _Deed, row: Any, before: Values) -> None:
        reason = None if self.actor.is_internal else row.objection(self.actor, deed.action.name, before)
        if reason is not None:
            raise Forbidden(
                f"{self.actor.label} may not {deed.action.permission}: {reason}",
                details={"permission": deed.action.permission, "reason": reason},
            )

    async def _locked(self, deed: _Deed, id: UUID) -> Any:  # noqa: A002
        key = {"id": id} | ({"tenant_id": self.actor.tenant_id} if deed.spec.is_tenant_owned else {})
        connection = await self.session.connection()
        statement = reading_of(deed.table, deed.action.removes)
        found = (await connection.execute(statement, named("was", key))).mappings().one_or_none()
        if found is None:
            raise NotFound(f"there is no {deed.spec.name} {id}")
        return deed.spec.resource(**found)

    async def _write(
        self, deed: _Deed, verb: Verb, columns: tuple[str, ...], before: Values, after: Values
    ) -> None:
        compared = _compared(deed) if verb in ("update", "delete") else ()
        values = named("audit", self._audit_row(deed, before, after))
        values |= named("set", {name: after[name] for name in columns})
        values |= named("was", {name: before[name] for name in compared})
        journal = None
        if deed.spec.journal is not None and (deed.action.moves or verb == "insert"):
            entry = journaled(deed.spec, deed.action, self.actor, before, after)
            told = {"at": self.now, "decision_id": deed.cause}
            entry |= {name: value for name, value in told.items() if name in entry}
            values |= named("journal", entry)
            journal = deed.spec.journal.__table__
        statement = statement_of(Shape(deed.table, verb, columns, compared, journal))
        connection = await self.session.connection()
        result = await connection.execute(statement, values)
        if compared and result.rowcount != 1:
            raise Conflict(
                "somebody else changed it meanwhile", code="changed", hint="look again, then retry"
            )

    def _audit_row(self, deed: _Deed, before: Values, after: Values) -> dict[str, Any]:
        moved = [name for name in after if name not in before or before[name] != after[name]]
        names = [name for name in moved if name not in TIMESTAMPS]
        old = {name: before[name] for name in names if name in before}
        new = {name: after[name] for name in names}
        if deed.action.removes:
            old, new = dict(before), {}
        row_id: UUID = after["id"]
        row = audited(deed.spec, deed.action, self.actor, row_id, deed.args, old, new)
        return {**row, "at": self.now, "epoch": self.epoch, "cause": deed.cause}


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
    async with store.system(epoch) if platform else store.session(actor.tenant_id, epoch) as session:
        work = Unit(session, actor, now, epoch, cause)
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
    **args: Any,
) -> R:
    """A unit of one: see `Unit.perform`."""
    platform = spec_of(action.resource).is_platform
    async with unit(store, actor, now=now, epoch=epoch, cause=cause, platform=platform) as work:
        return await work.perform(action, id, expect=expect, **args)


def defaults_of(spec: Spec) -> dict[str, Any]:
    """What a new row holds where nothing is said: declared defaults, the first state, and nothing."""
    table: Table = spec.resource.__table__
    values = {column.name: default_of(column) for column in table.c if column.name not in ("tenant_id", "id")}
    if spec.lifecycle is not None:
        values[spec.lifecycle.column] = spec.lifecycle.initial
    return values


def _apply(deed: _Deed, row: Any) -> _Deed:
    """Runs the action on the row; returns the deed with its arguments checked."""
    action, spec = deed.action, deed.spec
    if action.kind == "update" and not action.has_body:
        given = checked(spec.update_model, deed.args, spec.aliases)
        for name, value in given.items():
            setattr(row, name, value)
    else:
        aliases = spec.aliases if action.kind == "update" else None
        given = checked(spec.argument_models[action.name], deed.args, aliases)
        action.run(row, **given)
    return _Deed(spec, action, given, deed.cause)


def _require(spec: Spec, before: Mapping[str, Any], expect: Expect) -> None:
    """Raises Conflict `stale` when the row is not what the caller believed."""
    state = spec.lifecycle.column if spec.lifecycle else ""
    generation = spec.lifecycle.generation if spec.lifecycle else None
    found = {"status": before.get(state), "generation": before.get(generation or "")}
    wanted = {"status": expect.status, "generation": expect.generation}
    wrong = {name: value for name, value in wanted.items() if value is not None and value != found[name]}
    if wrong:
        facts = ", ".join(f"{name} is {found[name]}, not {value}" for name, value in wrong.items())
        raise Conflict(f"the {spec.name} has moved on: {facts}", code="stale", details={"found": found})


def _compared(deed: _Deed) -> tuple[str, ...]:
    """Compare-and-set: the columns that must be as they were read, beside the key state and generation."""
    lifecycle = deed.spec.lifecycle
    names = [lifecycle.column, lifecycle.generation] if lifecycle else []
    return (*deed.table.primary_key.columns.keys(), *(name for name in names if name is not None))


def _snapshot(table: Table, row: Any) -> dict[str, Any]:
    found = {name: getattr(row, name) for name in table.c.keys()}  # noqa: SIM118 (it yields columns)
    return {name: copy(value) if isinstance(value, dict | list) else value for name, value in found.items()}
