"""The description of `/api/v2` in OpenAPI 3.1, written from the very table of routes that is served."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Final

from mxc.server.kernel.resource.conditions import askable
from mxc.server.kernel.resource.keyset import sortable
from mxc.server.surfaces.jsonapi import shapes
from mxc.server.surfaces.jsonapi.kinds import BASE, Kind, Kinds
from mxc.server.surfaces.jsonapi.media import MEDIA
from mxc.server.surfaces.jsonapi.query import FURTHEST, MOST
from mxc.server.surfaces.jsonapi.routes import Purpose, Route
from mxc.server.surfaces.jsonapi.shapes import Schema

UUID_TEXT: Final[Schema] = {"type": "string", "format": "uuid"}
MEANINGS: Final[Mapping[int, str]] = {
    400: "the query string or the document cannot be read: the source says where",
    401: "no valid token or session",
    403: "not allowed, with the reason; or nothing that can be done to this resource",
    404: "no such row, or it belongs to another organisation",
    405: "no such method here",
    406: "Accept takes no JSON:API without parameters",
    409: "not in this state: meta.allowed names what is; or another type or id than the endpoint's",
    412: "somebody changed it since the ETag in If-Match",
    413: "the body is larger than we read",
    415: "the body is not said to be JSON:API without parameters",
    422: "not valid: a pointer to each mistake",
    428: "say with If-Match which revision you change",
    429: "too many attempts",
    500: "the server failed; its log says why",
    503: "not now: the database is away, or this coordinator does not lead",
}
READ: Final = (400, 401, 403, 404, 406, 429, 500, 503)
WRITE: Final = (400, 401, 403, 404, 406, 409, 412, 413, 415, 422, 428, 429, 500, 503)
LISTED: Final = frozenset({"list", "related", "relationship"})


def description(kinds: Kinds, routes: Sequence[Route]) -> Schema:
    """The whole document."""
    paths: dict[str, Schema] = {}
    for route in routes:
        paths.setdefault(route.path, {})[route.method.lower()] = _operation(kinds, route)
    schemas: dict[str, Schema] = {"errors": shapes.ERRORS, "linkage": shapes.LINKAGE, "links": shapes.LINKS}
    for kind in kinds.values():
        schemas |= shapes.schemas_of(kind)
    return {
        "openapi": "3.1.0",
        "info": {"title": "mxc, JSON:API", "version": "2", "description": ABOUT},
        "servers": [{"url": BASE}],
        "security": [{"token": []}, {"session": []}],
        "tags": [{"name": kind.name, "description": kind.spec.help} for kind in kinds.values()],
        "paths": paths,
        "components": {
            "schemas": schemas,
            "responses": {f"refused-{status}": _refusal(status) for status in MEANINGS},
            "securitySchemes": {
                "token": {"type": "http", "scheme": "bearer", "description": "`mxc tokens create`"},
                "session": {"type": "apiKey", "in": "cookie", "name": "mxc_session"},
            },
        },
    }


ABOUT: Final = (
    "JSON:API 1.1 (https://jsonapi.org/format/1.1/), derived from the declared resources. Bodies and answers "
    f"are `{MEDIA}`. A change answers with the row as it is afterwards, whose ETag goes into If-Match."
)


def _operation(kinds: Kinds, route: Route) -> Schema:
    kind = route.kind
    target = kinds[route.link.target] if route.link is not None else kind
    operation: Schema = {
        "tags": [kind.name],
        "operationId": _name(route),
        "summary": _summary(route, target),
        "parameters": [*_path_parameters(route), *_parameters(kinds, route, target)],
        "responses": {**_success(route, kind, target), **_refusals(route)},
    }
    body = shapes.body_of(route)
    if body is not None:
        operation["requestBody"] = {"required": body.is_required, "content": {MEDIA: body.content}}
    return operation


def _name(route: Route) -> str:
    parts = [route.purpose, route.kind.spec.name]
    parts += [route.verb] if route.verb else []
    parts += [route.link.name] if route.link is not None else []
    parts += [route.method.lower()] if route.purpose == "relate" else []
    return "_".join(parts)


def _summary(route: Route, target: Kind) -> str:
    noun, nouns = route.kind.spec.name.replace("_", " "), route.kind.name.replace("-", " ")
    said: dict[Purpose, str] = {
        "list": f"The {nouns}.",
        "show": f"One of the {nouns}.",
        "related": f"What belongs to it: {target.name}.",
        "relationship": f"The identifiers of the {target.name} that belong to it.",
        "relate": f"Which {target.name} belong to it.",
    }
    if route.purpose in said:
        return said[route.purpose]
    action = route.kind.spec.actions[route.verb or route.purpose]
    first = action.help.split("\n")[0]
    return f"{first} (several {nouns} at once)" if route.purpose == "act_on_many" else first or f"A {noun}."


def _path_parameters(route: Route) -> list[Schema]:
    if "{id}" not in route.path:
        return []
    return [{"name": "id", "in": "path", "required": True, "schema": UUID_TEXT}]


def _parameters(kinds: Kinds, route: Route, target: Kind) -> list[Schema]:
    is_list = route.purpose == "list" or (route.link is not None and route.link.is_many)
    given = []
    if route.purpose not in ("delete", "relate", "relationship"):
        given += [_include(target), *(_fields(each) for each in _reached(kinds, target))]
    if is_list and route.purpose in LISTED:
        given += [_sort(target), *_pages(target), *_filters(target)]
    if route.method == "GET":
        given.append(_header("If-None-Match", "an ETag: 304 where nothing is otherwise"))
    if route.method == "POST" and route.purpose != "relate":
        given.append(_header("Idempotency-Key", "a key of your own: sent again, it does nothing again"))
    if route.purpose in ("update", "delete", "act", "relate"):
        given.append(_header("If-Match", 'an ETag, or the revision alone: "3"; 412 when it is over'))
    return given


def _reached(kinds: Kinds, kind: Kind) -> list[Kind]:
    """Itself, and what can be included directly."""
    names = dict.fromkeys([kind.name, *(link.target for link in kind.links.values())])
    return [kinds[name] for name in names]


def _include(kind: Kind) -> Schema:
    known = ", ".join(kind.links) or "it has none"
    return _query("include", {"type": "string"}, f"relationships, also of relationships by dots: {known}")


def _fields(kind: Kind) -> Schema:
    names = ",".join([*kind.attributes, *kind.links][:3])
    return _query(f"fields[{kind.name}]", {"type": "string"}, f"only these, such as `{names}`")


def _sort(kind: Kind) -> Schema:
    members = [kind.member_of(name) for name in sortable(kind.spec)]
    return _query("sort", {"type": "string", "examples": [f"-{members[-1]}"]}, f"by {', '.join(members)}")


def _pages(kind: Kind) -> list[Schema]:
    most = min(MOST, kind.spec.paging.most)
    limit = {"type": "integer", "minimum": 1, "maximum": most, "default": min(most, kind.spec.paging.default)}
    cursor = {"type": "string"}
    return [
        _query("page[limit]", limit, "at most so many"),
        _query("page[after]", cursor, "a cursor: what comes after it; links.next has it"),
        _query("page[before]", cursor, "a cursor: what comes before it; links.prev has it"),
        _query("page[offset]", {"type": "integer", "minimum": 0, "maximum": FURTHEST}, "leave so many out"),
        _query("page[count]", {"type": "boolean"}, "whether meta.page.total says how many there are in all"),
    ]


def _filters(kind: Kind) -> list[Schema]:
    found = []
    for name, operators in askable(kind.spec).items():
        member = kind.member_of(name)
        schema = shapes.filtered(kind.spec, name)
        found.append(_query(f"filter[{member}]", schema, OPERATORS[operators[0]]))
        for operator in operators[1:]:
            is_plain = operator in ("ne", "gt", "gte", "lt", "lte")
            given = (
                {"type": "boolean"} if operator == "is_null" else schema if is_plain else {"type": "string"}
            )
            found.append(_query(f"filter[{member}][{operator}]", given, OPERATORS[operator]))
    return found


OPERATORS: Final[Mapping[str, str]] = {
    "eq": "equal to this",
    "holds": "that hold all of these, by comma; of maps `key=value`, or a key",
    "ne": "not equal to this; what is empty is not",
    "in": "one of these, by comma",
    "gt": "more than this",
    "gte": "this or more",
    "lt": "less than this",
    "lte": "this or less",
    "contains": "with this in it",
    "has": "with this in it, whatever the case",
    "starts": "that begin with this",
    "is_null": "empty, or not",
}


def _query(name: str, schema: Schema, said: str) -> Schema:
    return {"name": name, "in": "query", "required": False, "schema": schema, "description": said}


def _header(name: str, said: str) -> Schema:
    return {
        "name": name,
        "in": "header",
        "required": False,
        "schema": {"type": "string"},
        "description": said,
    }


def _success(route: Route, kind: Kind, target: Kind) -> dict[str, Schema]:
    tag = {"ETag": {"schema": {"type": "string"}, "description": "of this answer"}}
    if route.purpose == "delete":
        return {"204": {"description": "it is gone"}}
    if route.purpose == "relate" and route.link is not None and route.link.is_many:
        return {}
    content = {MEDIA: shapes.answer_of(route, kind, target)}
    if route.purpose == "create":
        place = {"schema": {"type": "string"}, "description": "where the row is"}
        return {"201": {"description": "made", "headers": {**tag, "Location": place}, "content": content}}
    done = {"200": {"description": "as asked", "headers": tag, "content": content}}
    same = {"304": {"description": "as known by the ETag in If-None-Match"}}
    return done | (same if route.method == "GET" else {})


def _refusals(route: Route) -> dict[str, Schema]:
    found = READ if route.method == "GET" else WRITE
    return {str(status): {"$ref": f"#/components/responses/refused-{status}"} for status in found}


def _refusal(status: int) -> Schema:
    example = {
        "errors": [
            {
                "id": "9f86d081884c", "status": str(status), "title": HTTPStatus(status).phrase,
                "code": "stable-and-short", "detail": "what is wrong",
                "meta": {"hint": "what to do about it"},
            }
        ],
        "jsonapi": {"version": "1.1"},
    }  # fmt: skip
    content = {"schema": {"$ref": "#/components/schemas/errors"}, "example": example}
    waits = {"Retry-After": {"schema": {"type": "integer"}, "description": "seconds"}}
    return {
        "description": MEANINGS[status],
        "content": {MEDIA: content},
        **({"headers": waits} if status in (429, 503) else {}),
    }
