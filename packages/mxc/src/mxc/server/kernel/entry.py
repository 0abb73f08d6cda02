"""What is written down beside a write: the audit row, and the journal row of a transition."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID, uuid4

from mxc.server.kernel.access.actor import Actor
from mxc.server.kernel.resource import Action, Spec
from mxc.server.kernel.resource.document import mask, plain

Values = Mapping[str, Any]


def audited(
    spec: Spec,
    action: Action[Any, ...],
    actor: Actor,
    row_id: UUID,
    args: Values,
    before: Values,
    after: Values,
) -> dict[str, Any]:
    """The columns of an audit row that tell who did what; secrets masked, only what changed."""
    return {
        "tenant_id": actor.tenant_id,
        "id": uuid4(),
        "actor_kind": actor.kind,
        "actor_id": actor.id,
        "actor_name": actor.name,
        "action": action.name,
        "resource": spec.plural,
        "row_id": row_id,
        "args": _masked(spec, args) if spec.argument_models.get(action.name) else {},
        "before": _masked(spec, before),
        "after": _masked(spec, after),
    }


def _masked(spec: Spec, values: Values) -> dict[str, Any]:
    hidden = {field.name for field in spec.fields if field.is_masked or field.visible_to}
    return {name: mask(value) if name in hidden else plain(value) for name, value in values.items()}


def journaled(
    spec: Spec, action: Action[Any, ...], actor: Actor, before: Values, after: Values
) -> dict[str, Any]:
    """The columns of a journal row: what happened, and the row as it is or just was."""
    if spec.journal is None or spec.lifecycle is None:
        raise TypeError(f"{spec.plural} have no journal")
    state = spec.lifecycle.column
    happened = {
        "tenant_id": actor.tenant_id,
        "id": uuid4(),
        f"{spec.name}_id": after["id"],
        "from_status": before.get(state),
        "to_status": after[state],
        "action": action.name,
        "actor": actor.label,
    }
    names = spec.journal.__table__.c.keys()
    return {name: happened[name] if name in happened else _latest(name, before, after) for name in names}


def _latest(name: str, before: Values, after: Values) -> Any:
    value = after.get(name)
    return before.get(name) if value is None else value
