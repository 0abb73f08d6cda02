"""One action about to be done to one row: checked, applied in memory, and as the write it comes down to."""

from collections.abc import Mapping, Sequence
from copy import copy
from dataclasses import dataclass, field, replace
from datetime import datetime
from types import MappingProxyType
from typing import Any, Final
from uuid import UUID, uuid4

from pydantic import BaseModel
from sqlalchemy import Table

from mxc.server.kernel.access.actor import Actor
from mxc.server.kernel.access.judge import Judge
from mxc.server.kernel.access.permission import may_hand_on, may_write, refused
from mxc.server.kernel.confinement import confinement, out_of_bounds
from mxc.server.kernel.entry import audited, journaled
from mxc.server.kernel.errors import Conflict, MxcError
from mxc.server.kernel.resource import Action, Spec, checked, facts_of
from mxc.server.kernel.resource.columns import default_of
from mxc.server.kernel.resource.unsealing import mark_place, place_in
from mxc.server.kernel.sealing.ring import KeyRing
from mxc.server.kernel.sealing.sealed import Sealed
from mxc.server.kernel.statement import Shape, Verb, named

Values = Mapping[str, Any]
NO_RIVALS: Final[Mapping[str, Sequence[bytes]]] = MappingProxyType({})
# What perform itself writes at every change: the audit row has its own time, and every row its revision.
BOOKKEEPING: Final = frozenset({"created_at", "updated_at", "revision"})


@dataclass(frozen=True, slots=True)
class Expect:
    """What the caller believes of the row; when it is no longer so, the perform is refused as `stale`."""

    status: str | None = None
    generation: int | None = None
    revision: int | None = None


@dataclass(frozen=True, slots=True)
class Write:
    """A row before and after, and the statement with its values that makes the one into the other."""

    shape: Shape
    values: dict[str, Any]
    before: Values
    after: Values
    rivals: Mapping[str, Sequence[bytes]] = field(default_factory=lambda: NO_RIVALS)
    """Blind index → the marks by which rows under other keys would hold the same text."""


@dataclass(frozen=True, slots=True)
class Deed:
    """Who does what, when, under which epoch, and because of which decision."""

    spec: Spec
    action: Action[Any, ...]
    args: Values
    actor: Actor
    now: datetime
    epoch: int | None
    cause: UUID | None
    keys: KeyRing
    judge: Judge

    @property
    def table(self) -> Table:
        """Where the rows are."""
        table: Table = self.spec.resource.__table__
        return table

    def create(self, row_id: UUID | None) -> tuple[Any, Write]:
        """The new row, and its insertion. Raises Invalid, Forbidden."""
        spec, action = self.spec, self.action
        given = checked(creation_model(spec, action, self.actor), self.args, spec.aliases)
        may_write(self.judge, self.actor, spec, given)
        values = {} if action.has_body else given
        chosen = {
            "id": row_id or values.pop("id", None) or uuid4(),
            "created_at": self.now,
            "updated_at": self.now,
        }
        owned = {"tenant_id": self.actor.tenant_id} if spec.is_tenant_owned else {}
        owned |= confinement(self.actor, spec, given)
        row = spec.resource(**{**defaults_of(spec), **values, **owned, **chosen})
        row.set_now(self.now)
        row.set_by(self.actor.name)
        if action.has_body:
            action.function(row, **given)
        self._permit(row, {})
        rivals = self._seal(row, {})
        after = snapshot(self.table, row)
        write = replace(self, args=given)._write("insert", tuple(after), {}, after)
        return row, replace(write, rivals=rivals)

    def change(self, row: Any, expect: Expect) -> Write:
        """Runs the action on the row; the write it comes down to. Raises Conflict, Invalid, Forbidden."""
        before = snapshot(self.table, row)
        _require(self.spec, before, expect)
        row.set_now(self.now)
        row.set_by(self.actor.name)
        deed = self._applied(row)
        self._permit(row, before)
        rivals = self._seal(row, before)
        after = snapshot(self.table, row)
        changed = tuple(name for name, value in after.items() if value != before[name])
        if self.action.removes:
            return deed._write("delete", (), before, after)
        if not changed:
            return deed._write("nothing", (), before, after)
        after["updated_at"] = row.updated_at = self.now
        after["revision"] = row.revision = before["revision"] + 1
        write = deed._write("update", (*changed, "updated_at", "revision"), before, after)
        return replace(write, rivals=rivals)

    def _seal(self, row: Any, before: Values) -> dict[str, Sequence[bytes]]:
        """Encrypts what was set; the same text stays as it is kept. Blind indexes follow: see `rivals`."""
        rivals: dict[str, Sequence[bytes]] = {}
        for name in self.spec.sealed:
            value, place = getattr(row, name), place_in(row, name)
            if value is None or not value.is_fresh:
                continue
            text, old = value.open(self.keys, place), before.get(name)
            is_same = old is not None and self._is_same(old, text, place)
            setattr(row, name, old if is_same else value.seal(self.keys, place))
            for blind, of in self.spec.blind.items():
                if of == name and not is_same:
                    mark, *others = self.keys.marks(text.strip().lower(), mark_place(row, blind))
                    setattr(row, blind, mark)
                    rivals |= {blind: others} if others else {}
        for blind, of in self.spec.blind.items():
            if getattr(row, of) is None:
                setattr(row, blind, None)
        return rivals

    def _is_same(self, old: Sealed, text: str, place: str) -> bool:
        """What cannot be opened any more, for want of its key or because it was changed, may be replaced."""
        try:
            return old.open(self.keys, place) == text
        except MxcError:
            return False

    def _permit(self, row: Any, before: Values) -> None:
        reason = None if self.actor.is_internal else row.objection(self.actor, self.action.name, before)
        reason = reason or out_of_bounds(self.actor, self.spec, before, row)
        if reason is not None:
            raise refused(self.actor, self.action.permission, reason)
        roles = row.hands_on(before)
        may_hand_on(self.judge, self.actor, self.action.permission, roles, facts_of(row) if roles else ())

    def _applied(self, row: Any) -> "Deed":
        """With its arguments checked, after the action ran on the row."""
        action, spec = self.action, self.spec
        if action.kind == "update" and not action.has_body:
            given = checked(spec.update_model, self.args, spec.aliases)
            may_write(self.judge, self.actor, spec, given)
            for name, value in given.items():
                setattr(row, name, value)
        else:
            aliases = spec.aliases if action.kind == "update" else None
            given = checked(spec.argument_models[action.name], self.args, aliases)
            may_write(self.judge, self.actor, spec, given)
            action.run(row, **given)
        return replace(self, args=given)

    def _write(self, verb: Verb, columns: tuple[str, ...], before: Values, after: Values) -> Write:
        compared = (*self.table.primary_key.columns.keys(), "revision")
        compared = compared if verb in ("update", "delete") else ()
        values = named("audit", self.audit_row(before, after))
        values |= named("set", {name: after[name] for name in columns})
        values |= named("was", {name: before[name] for name in compared})
        journal = None
        if self.spec.journal is not None and (self.action.moves or verb == "insert"):
            entry = journaled(self.spec, self.action, self.actor, before, after)
            told = {"at": self.now, "decision_id": self.cause}
            values |= named("journal", entry | {name: told[name] for name in told if name in entry})
            journal = self.spec.journal.__table__
        return Write(Shape(self.table, verb, columns, compared, journal), values, before, after)

    def audit_row(self, before: Values, after: Values) -> dict[str, Any]:
        """What the audit says of it: who did what, and the values that are no longer what they were."""
        moved = [name for name in after if name not in before or before[name] != after[name]]
        names = [name for name in moved if name not in BOOKKEEPING]
        old = {name: before[name] for name in names if name in before}
        new = {name: after[name] for name in names}
        if self.action.removes:
            old, new = dict(before), {}
        row_id: UUID = after["id"]
        row = audited(self.spec, self.action, self.actor, row_id, self.args, old, new)
        return {**row, "at": self.now, "epoch": self.epoch, "cause": self.cause}


def creation_model(spec: Spec, action: Action[Any, ...], actor: Actor) -> type[BaseModel]:
    """What a document of a new row is checked by; the system may fill every column."""
    if action.has_body:
        return spec.argument_models[action.name]
    return spec.full_model if actor.is_internal else spec.create_model


def defaults_of(spec: Spec) -> dict[str, Any]:
    """What a new row holds where nothing is said: declared defaults, the first state, and nothing."""
    table: Table = spec.resource.__table__
    values = {column.name: default_of(column) for column in table.c if column.name not in ("tenant_id", "id")}
    if spec.lifecycle is not None:
        values[spec.lifecycle.column] = spec.lifecycle.initial
    return values


def snapshot(table: Table, row: Any) -> dict[str, Any]:
    """The values of a row, safe from what happens to it."""
    found = {name: getattr(row, name) for name in table.c.keys()}  # noqa: SIM118 (it yields columns)
    return {name: copy(value) if isinstance(value, dict | list) else value for name, value in found.items()}


def _require(spec: Spec, before: Values, expect: Expect) -> None:
    """Raises Conflict `stale` when the row is not what the caller believed."""
    state = spec.lifecycle.column if spec.lifecycle else ""
    generation = spec.lifecycle.generation if spec.lifecycle else None
    found = {
        "status": before.get(state),
        "generation": before.get(generation or ""),
        "revision": before["revision"],
    }
    wanted = {"status": expect.status, "generation": expect.generation, "revision": expect.revision}
    wrong = {name: value for name, value in wanted.items() if value is not None and value != found[name]}
    if wrong:
        facts = ", ".join(f"{name} is {found[name]}, not {value}" for name, value in wrong.items())
        raise Conflict(f"the {spec.name} has moved on: {facts}", code="stale", details={"found": found})
