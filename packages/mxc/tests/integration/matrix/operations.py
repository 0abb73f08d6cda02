"""What the API can be asked, read from its own description: so a new resource is in it by itself."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final
from uuid import uuid4

from mxc.server.hosting.schema import model_schema
from mxc.server.kernel.resource import Spec, spec_of
from mxc.server.surfaces.app import exposures, route_modules
from mxc.server.surfaces.jsonapi.kinds import Kind, kinds_of
from mxc.server.surfaces.jsonapi.routes import Route, routes_of
from mxc.server.surfaces.rest.derived import Derived

METHODS: Final = ("get", "post", "put", "patch", "delete")
# What no schema says of a text: that it is read as rules.
KNOWN: Final = {"rule_text": "% Nothing.\np(1)."}
DERIVED: Final = {"list": "GET", "show": "GET", "create": "POST", "update": "PATCH", "delete": "DELETE"}


@dataclass(frozen=True, slots=True)
class Operation:
    """One method of one path; `spec` is whose rows the path names, `action` what of it the policy judges."""

    method: str
    path: str
    body: Any
    spec: Spec | None
    action: str | None
    is_stream: bool

    @property
    def is_jsonapi(self) -> bool:
        """Whether it speaks JSON:API."""
        return self.path.startswith("/v2/")

    @property
    def names_a_row(self) -> bool:
        """Whether the path names one row."""
        return self.path.count("{") == 1

    def at(self, row_id: object) -> str:
        """The path with an id in it."""
        head, _, rest = self.path.partition("{")
        return head + str(row_id) + rest.partition("}")[2] if rest else self.path


def operations(description: Mapping[str, Any]) -> list[Operation]:
    """Every operation below /api, those of JSON:API included."""
    exposed = exposures(route_modules())
    specs = {each.path: each.spec for each in (Derived(spec_of(one.resource), one) for one in exposed)}
    found = []
    for path, methods in sorted(description["paths"].items()):
        if path.startswith("/api/") and not path.startswith(("/api/docs", "/api/openapi", "/api/v2")):
            found += list(_of_path(path, methods, specs))
    return [*found, *map(_of_route, routes_of(kinds_of(exposed)))]


def _of_route(route: Route) -> Operation:
    name = {"act": route.verb, "related": "show", "relationship": "show"}
    action = name.get(route.purpose, route.purpose)
    judged = action if action in (*DERIVED, *route.kind.spec.actions) else None
    body = _document(route.kind, action) if route.method != "GET" else None
    return Operation(route.method, f"/v2{route.path}", body, route.kind.spec, judged, is_stream=False)


def _document(kind: Kind, action: str) -> Any:
    """What JSON:API takes for a new row, a change, or an action's arguments."""
    if action in ("create", "update"):
        schema = model_schema(kind.model(action))
        values = example(schema, schema)
        members = {kind.member_of(name): value for name, value in values.items()}
        return {"data": {"type": kind.name, "attributes": members}}
    return {"meta": {}}


def _of_path(path: str, methods: Mapping[str, Any], specs: Mapping[str, Spec]) -> Iterator[Operation]:
    short = path.removeprefix("/api")
    spec = specs.get("/" + short.split("/")[1])
    for method in METHODS:
        said = methods.get(method)
        if said is None:
            continue
        content = said.get("requestBody", {}).get("content", {})
        schema = content.get("application/json", {}).get("schema", {})
        done = [each for code, each in said["responses"].items() if str(code).startswith("2")]
        is_stream = any("text/event-stream" in each.get("content", {}) for each in done)
        action = _action(said.get("operationId", ""), method, spec)
        if method == "put" and spec is not None:
            schema = model_schema(spec.create_model)
        body = _one_change(schema) if method == "patch" else example(schema, schema)
        yield Operation(method.upper(), short, body, spec, action, is_stream)


def _one_change(schema: Mapping[str, Any]) -> dict[str, Any]:
    """The first that can be changed, with a value that it may have."""
    return {name: example(said, schema) for name, said in list(schema.get("properties", {}).items())[:1]}


def _action(operation_id: str, method: str, spec: Spec | None) -> str | None:
    """The action of a derived operation; None for what a domain wrote itself."""
    if spec is None:
        return None
    for name in (*DERIVED, *spec.actions):
        if operation_id.removesuffix("_replace") == f"{name}_{spec.name}":
            return name
    return None


def example(schema: Mapping[str, Any], root: Mapping[str, Any]) -> Any:
    """A value that the schema allows, as small as can be: only what is required."""
    if not schema:
        return None
    if "$ref" in schema:
        return example(_followed(schema["$ref"], root), root)
    if schema.get("examples"):
        return schema["examples"][0]
    for name in ("example", "const", "default"):
        if name in schema:
            return schema[name]
    if "enum" in schema:
        return schema["enum"][0]
    for several in ("anyOf", "oneOf", "allOf"):
        if several in schema:
            return example(schema[several][0], root)
    return _by_kind(schema, root)


def _followed(reference: str, root: Mapping[str, Any]) -> Mapping[str, Any]:
    found: Any = root
    for part in reference.removeprefix("#/").split("/"):
        found = found[part]
    return dict(found)


def _by_kind(schema: Mapping[str, Any], root: Mapping[str, Any]) -> Any:
    match schema.get("type"):
        case "object":
            named = schema.get("properties", {})
            wanted = [name for name in schema.get("required", ()) if name in named]
            return {name: KNOWN.get(name) or example(named[name], root) for name in wanted}
        case "array":
            return [example(schema.get("items", {}), root)] if schema.get("minItems") else []
        case "integer" | "number":
            least = schema.get("minimum", schema.get("exclusiveMinimum", 0))
            return max(1, least)
        case "boolean":
            return False
    if schema.get("format") == "uuid":
        return str(uuid4())
    return f"x{uuid4().hex[: max(int(schema.get('minLength', 1)), 11)]}"
