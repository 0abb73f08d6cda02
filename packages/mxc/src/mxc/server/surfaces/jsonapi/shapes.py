"""JSON schemas and examples of JSON:API documents, from the specs of what is in them."""

from dataclasses import dataclass
from typing import Any, Final, get_type_hints

from pydantic import TypeAdapter

from mxc.server.kernel.resource import Spec
from mxc.server.kernel.resource.columns import annotation_of, without_none
from mxc.server.kernel.resource.conditions import BAGS
from mxc.server.kernel.resource.schema import Schema, model_schema, type_schema
from mxc.server.surfaces.jsonapi.kinds import BASE, Kind, Link
from mxc.server.surfaces.jsonapi.mistakes import VERSION
from mxc.server.surfaces.jsonapi.routes import Route

__all__ = ["Schema"]

ID: Final = "0b7a4c1e-6f0e-4f0b-9d54-0d6f6a1c2b3d"
UUID_TEXT: Final[Schema] = {"type": "string", "format": "uuid"}
META: Final[Schema] = {"type": "object"}
JSONAPI: Final[Schema] = {
    "type": "object", "required": ["version"], "properties": {"version": {"const": VERSION["version"]}},
}  # fmt: skip
LINKS: Final[Schema] = {"type": "object", "additionalProperties": {"type": ["string", "null"]}}
LINKAGE: Final[Schema] = {
    "type": "object",
    "required": ["type", "id"],
    "properties": {"type": {"type": "string"}, "id": UUID_TEXT},
}
ERRORS: Final[Schema] = {
    "type": "object",
    "required": ["errors", "jsonapi"],
    "properties": {
        "errors": {
            "type": "array",
            "minItems": 1,
            "items": {
                "type": "object",
                "required": ["id", "status", "code", "title", "detail"],
                "properties": {
                    "id": {"type": "string"},
                    "status": {"type": "string"},
                    "code": {"type": "string", "description": "short and stable"},
                    "title": {"type": "string"},
                    "detail": {"type": "string"},
                    "source": {
                        "type": "object",
                        "properties": {"pointer": {"type": "string"}, "parameter": {"type": "string"}},
                    },
                    "meta": META,
                },
            },
        },
        "jsonapi": JSONAPI,
    },
}


@dataclass(frozen=True, slots=True)
class Body:
    """What a request may bring."""

    content: Schema
    is_required: bool


def schemas_of(kind: Kind) -> dict[str, Schema]:
    """The resource object of a kind, under its name."""
    attributes = {member: attribute(kind, name) for member, name in kind.attributes.items()}
    properties: dict[str, Schema] = {
        "type": {"const": kind.name},
        "id": UUID_TEXT,
        "attributes": {"type": "object", "properties": attributes},
        "links": _ref("links"),
    }
    if kind.links:
        related = {link.name: _relationship(link) for link in kind.links.values()}
        properties["relationships"] = {"type": "object", "properties": related}
    return {
        kind.name: {
            "type": "object",
            "description": kind.spec.help,
            "required": ["type", "id", "links"],
            "properties": properties,
        }
    }


def attribute(kind: Kind, name: str) -> Schema:
    """What is shown of a column, a computed field, or what the engine adds."""
    if name in kind.exposure.also:
        return dict(kind.exposure.also[name])
    if name in kind.spec.computed:
        getter = getattr(kind.spec.resource, name).fget
        return TypeAdapter(get_type_hints(getter).get("return", Any)).json_schema()
    return kind.spec.field(name).schema()


def filtered(spec: Spec, name: str) -> Schema:
    """What a filter by equality takes."""
    if name not in spec.computed and spec.field(name).kind in BAGS:
        return {"type": "string"}
    schema = type_schema(without_none(annotation_of(spec.resource, name)))
    return {key: value for key, value in schema.items() if key not in ("description", "title")}


def _relationship(link: Link) -> Schema:
    one = _ref("linkage")
    data: Schema = {"type": "array", "items": one} if link.is_many else {"anyOf": [one, {"type": "null"}]}
    required = ["links"] if link.is_many else ["links", "data"]
    return {"type": "object", "required": required, "properties": {"links": _ref("links"), "data": data}}


def answer_of(route: Route, kind: Kind, target: Kind) -> Schema:
    """The schema and an example of a success."""
    is_many = route.purpose in ("list", "act_on_many") or (route.link is not None and route.link.is_many)
    if route.purpose in ("relationship", "relate"):
        item, example = _ref("linkage"), {"type": target.name, "id": ID}
    else:
        item, example = _ref(target.name), _example(target)
    data: Schema = {"type": "array", "items": item} if is_many else item
    if route.link is not None and not is_many:
        data = {"anyOf": [item, {"type": "null"}]}
    document: Schema = {
        "type": "object",
        "required": ["data", "jsonapi"],
        "properties": {
            "data": data, "jsonapi": JSONAPI, "links": _ref("links"), "meta": META,
            "included": {"type": "array", "items": {"type": "object", "required": ["type", "id"]}},
        },
    }  # fmt: skip
    shown = {"data": [example] if is_many else example, "jsonapi": VERSION}
    return {"schema": document, "example": shown}


def _example(kind: Kind) -> Schema:
    attributes = {}
    for member, name in kind.attributes.items():
        if name not in kind.spec.computed and name not in kind.exposure.also:
            attributes[member] = kind.spec.field(name).example
    shown = {member: value for member, value in attributes.items() if value is not None}
    place = f"{BASE}/{kind.name}/{ID}"
    return {"type": kind.name, "id": ID, "attributes": shown, "links": {"self": place}}


def body_of(route: Route) -> Body | None:
    """What a request brings; None where there is nothing to bring."""
    kind = route.kind
    match route.purpose:
        case "create" | "update":
            return _document(kind, route.purpose)
        case "act":
            return _arguments(kind, route)
        case "act_on_many":
            return _several(kind, route)
        case "relate":
            return _linkage(route)
    return None


def _document(kind: Kind, action: str) -> Body:
    schema = model_schema(kind.model(action))
    columns, required = schema.get("properties", {}), schema.get("required", [])
    settable = {
        link.column: link for link in kind.links.values() if not link.is_many and link.column in columns
    }
    attributes = {kind.member_of(name): each for name, each in columns.items() if name not in settable}
    said: Schema = {"type": "object", "properties": attributes, "additionalProperties": False}
    wanted = [kind.member_of(name) for name in required if name not in settable]
    said |= {"required": wanted} if wanted else {}
    properties: dict[str, Schema] = {"type": {"const": kind.name}, "attributes": said}
    needed = ["type", *(["attributes"] if wanted else [])]
    if action == "update":
        properties["id"], needed = UUID_TEXT, [*needed, "id"]
    if settable:
        linkage = {link.name: _settable(link) for link in settable.values()}
        must = [link.name for column, link in settable.items() if column in required]
        related: Schema = {"type": "object", "properties": linkage, "additionalProperties": False}
        properties["relationships"] = related | ({"required": must} if must else {})
        needed += ["relationships"] if must else []
    data = {"type": "object", "required": needed, "properties": properties}
    examples = {member: each.get("examples", [None])[0] for member, each in attributes.items()}
    shown = {
        "type": kind.name,
        "attributes": {name: each for name, each in examples.items() if each is not None},
    }
    example = {"data": shown | ({"id": ID} if action == "update" else {})}
    return Body({"schema": _in_data(data), "example": example}, is_required=True)


def _settable(link: Link) -> Schema:
    one = {**LINKAGE, "properties": {"type": {"const": link.target}, "id": UUID_TEXT}}
    return {
        "type": "object",
        "required": ["data"],
        "properties": {"data": {"anyOf": [one, {"type": "null"}]}},
    }


def _arguments(kind: Kind, route: Route) -> Body:
    given = model_schema(kind.model(route.verb))
    is_required = bool(given.get("required"))
    schema = {
        "type": "object", "properties": {"meta": given}, "required": ["meta"] if is_required else [],
        "description": "arguments in meta, or as attributes of data",
    }  # fmt: skip
    return Body({"schema": schema, "example": {"meta": _examples(given)}}, is_required)


def _several(kind: Kind, route: Route) -> Body:
    given = model_schema(kind.model(route.verb))
    one = {**LINKAGE, "properties": {"type": {"const": kind.name}, "id": UUID_TEXT}}
    meta = {
        "type": "object",
        "properties": {"mode": {"enum": ["all", "each"], "default": "all"}, "arguments": given},
        "required": ["arguments"] if given.get("required") else [],
    }
    data = {"type": "array", "minItems": 1, "maxItems": 1000, "items": one}
    schema = {
        "type": "object", "required": ["data", *(["meta"] if given.get("required") else [])],
        "properties": {"data": data, "meta": meta},
    }  # fmt: skip
    example = {
        "data": [{"type": kind.name, "id": ID}],
        "meta": {"mode": "each", "arguments": _examples(given)},
    }
    return Body({"schema": schema, "example": example}, is_required=True)


def _linkage(route: Route) -> Body:
    assert route.link is not None
    one = {**LINKAGE, "properties": {"type": {"const": route.link.target}, "id": UUID_TEXT}}
    data: Schema = (
        {"type": "array", "items": one} if route.link.is_many else {"anyOf": [one, {"type": "null"}]}
    )
    linked = {"type": route.link.target, "id": ID}
    return Body({"schema": _in_data(data), "example": {"data": linked}}, is_required=True)


def _examples(schema: Schema) -> Schema:
    found = {name: each.get("examples", [None])[0] for name, each in schema.get("properties", {}).items()}
    return {name: value for name, value in found.items() if value is not None}


def _in_data(data: Schema) -> Schema:
    return {"type": "object", "required": ["data"], "properties": {"data": data}}


def _ref(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{name}"}
