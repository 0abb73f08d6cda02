"""What a document brings: its type and id checked, its members as values of columns or arguments."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from mxc.server.hosting.request import Call
from mxc.server.kernel.errors import Invalid, NotFound
from mxc.server.kernel.resource import checked
from mxc.server.kernel.resource.conditions import unknown
from mxc.server.surfaces.jsonapi.kinds import Kind, Kinds, Link
from mxc.server.surfaces.jsonapi.mistakes import BadDocument, Mismatched, Unwritable, escaped

Body = Mapping[str, Any]
NOTHING: Final[Body] = {}


@dataclass(frozen=True, slots=True)
class Given:
    """The primary data of a document; `id` only where a client chose one."""

    id: UUID | None
    attributes: Body
    relationships: Body


def data_of(body: Body, kind: Kind) -> Body:
    """The one resource object of a document. Raises BadDocument, Mismatched."""
    data: Body = member(body, "data", dict, "")
    given = data.get("type")
    if not isinstance(given, str):
        raise BadDocument(fields={"/data/type": [f"is required: {kind.name!r}"]})
    if given != kind.name:
        raise Mismatched(
            f"is {given!r}, where {kind.name!r} belong", place="/data/type", code="type-mismatch"
        )
    return data


def created(body: Body, kind: Kind) -> Given:
    """A new row. Raises Unwritable for an id that a client chose where that is not declared."""
    data = data_of(body, kind)
    row_id = None
    if "id" in data:
        if not kind.spec.field("id").on_create:
            raise Unwritable(f"ids of {kind.name} are ours to give", place="/data/id", code="client-id")
        row_id = uuid_of(data["id"], "/data/id")
    return _given(data, row_id)


def updated(body: Body, kind: Kind, row_id: UUID) -> Given:
    """A change of that row. Raises Mismatched for another's id."""
    data = data_of(body, kind)
    if not isinstance(data.get("id"), str):
        raise BadDocument(fields={"/data/id": [f'is required: "{row_id}"']})
    if data["id"] != str(row_id):
        raise Mismatched(f"is not {row_id}, which the path names", place="/data/id", code="id-mismatch")
    return _given(data, None)


def _given(data: Body, row_id: UUID | None) -> Given:
    attributes = member(data, "attributes", dict, "/data", NOTHING)
    return Given(row_id, attributes, member(data, "relationships", dict, "/data", NOTHING))


def arguments(body: Body, kind: Kind) -> tuple[Body, str]:
    """What an action is given, and the pointer to it: `data.attributes`, or else `meta`."""
    if "data" not in body:
        return member(body, "meta", dict, "", NOTHING), "/meta"
    if body.get("meta"):
        raise BadDocument(
            fields={"/meta": ["arguments are given in data.attributes or in meta, not in both"]}
        )
    return member(data_of(body, kind), "attributes", dict, "/data", NOTHING), "/data/attributes"


def member(body: Body, name: str, kind: type[Any], at: str, default: Any = None) -> Any:
    """A member that must be an object or array. Raises BadDocument."""
    found = body.get(name, default)
    if not isinstance(found, kind | Mapping if kind is dict else kind):
        wanted = "an object" if kind is dict else "an array"
        said = f"must be {wanted}" if name in body else f"is required: {wanted}"
        raise BadDocument(fields={f"{at}/{name}": [said]})
    return found


def uuid_of(given: Any, pointer: str) -> UUID:
    """An id in a document. Raises BadDocument."""
    try:
        return UUID(given)
    except (ValueError, TypeError, AttributeError):
        raise BadDocument(fields={pointer: ["must be a UUID"]}) from None


async def values_of(call: Call, kinds: Kinds, kind: Kind, action: str, given: Given) -> dict[str, Any]:
    """Columns → checked values. Raises Invalid with pointers, NotFound for what is related and not there."""
    complaints: dict[str, list[str]] = {}
    columns: dict[str, Any] = {}
    model = kind.model(action)
    for name, value in given.attributes.items():
        column = kind.attributes.get(name)
        if column in model.model_fields:
            columns[str(column)] = value
        else:
            known = [each for each, column in kind.attributes.items() if column in model.model_fields]
            said = unknown(name, known) if column is None else "cannot be set"
            complaints[f"/data/attributes/{escaped(name)}"] = [said]
    for name, value in given.relationships.items():
        link = _settable(kind, action, name)
        data = member(value if isinstance(value, dict) else {}, "data", object, f"/data/relationships/{name}")
        columns[link.column] = await linked(call, kinds, link, data, f"/data/relationships/{name}/data")
    with pointed(kind, complaints):
        values = checked(model, columns)
    if complaints:
        raise Invalid(fields=complaints)
    return values


def _settable(kind: Kind, action: str, name: str) -> Link:
    pointer = f"/data/relationships/{escaped(name)}"
    if name not in kind.links:
        raise Invalid(fields={pointer: [unknown(name, kind.links)]})
    link = kind.links[name]
    if link.is_many or link.column not in kind.model(action).model_fields:
        raise Unwritable(f"{name} cannot be set here", place=pointer)
    return link


async def linked(call: Call, kinds: Kinds, link: Link, data: Any, pointer: str) -> UUID | None:
    """The id that linkage names; raises NotFound for one that is not there."""
    if data is None:
        return None
    if not isinstance(data, dict) or not isinstance(data.get("type"), str):
        raise BadDocument(fields={pointer: ["must be null, or an object with type and id"]})
    if data["type"] != link.target:
        said = f"is {data['type']!r}, where {link.target!r} belong"
        raise Mismatched(said, place=f"{pointer}/type", code="type-mismatch")
    row_id, other = uuid_of(data.get("id"), f"{pointer}/id"), kinds[link.target]
    resource = other.spec.resource
    conditions = [resource.id == row_id, *other.visible_to(call)]
    if not await call.core.select(call.actor, resource, *conditions, limit=1):
        raise NotFound(f"there is no {other.spec.name.replace('_', ' ')} {row_id}", place=pointer)
    return row_id


@contextmanager
def pointed(kind: Kind, beside: Mapping[str, Sequence[str]] = NOTHING, at: str = "") -> Iterator[None]:
    """Complaints about columns (or arguments, below `at`) become complaints about places in the document."""
    try:
        yield
    except Invalid as error:
        if not error.fields:
            raise
        fields = {
            name if name.startswith("/") else f"{at}/{escaped(name)}" if at else kind.pointer_to(name): said
            for name, said in error.fields.items()
        }
        raise Invalid(
            fields={**beside, **fields}, code=error.code, hint=error.hint, place=error.place,
            details=error.details,
        ) from None  # fmt: skip
