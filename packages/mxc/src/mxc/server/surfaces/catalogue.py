"""The catalogue: what the API offers, as one small document from which the command line makes its verbs.

Read from the routers themselves, so that what a domain wrote by hand is in it like what was derived:

    GET  /sites          list        GET    /sites/{id}          show      POST /sites/{id}/close   close
    POST /sites          create      PATCH  /sites/{id}          update    GET  /sites/{id}/events  events
                                     DELETE /sites/{id}          delete
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Final

import msgspec
from fastapi import APIRouter
from fastapi.routing import APIRoute

from mxc.server.hosting.exposure import Exposure
from mxc.server.hosting.schema import JSON
from mxc.server.kernel.resource import Action, Field, Spec, spec_of
from mxc.server.surfaces.inputs import inputs_of

Document = dict[str, Any]
ON_ALL: Final = {"GET": "list", "POST": "create"}
ON_ONE: Final = {"GET": "show", "PATCH": "update", "DELETE": "delete"}
ORDER: Final = ("list", "show", "create", "update", "delete")
PAGING: Final = frozenset({"limit", "cursor", "sort"})
SUB: Final = 2


@dataclass(frozen=True, slots=True)
class Catalogue:
    """The document, encoded once, and what it is recognised by."""

    content: bytes
    digest: str


def catalogue_of(
    routers: Iterable[APIRouter], exposures: Sequence[Exposure], specs: Sequence[Spec]
) -> Catalogue:
    """Every path that has a list and something to do with one of its rows."""
    by_path = {spec.plural.replace("_", "-"): spec for spec in specs}
    by_path |= {each.path: spec_of(each.resource) for each in exposures if each.path}
    exposed = {spec_of(each.resource).plural: each for each in exposures}
    verbs = _verbs(routers, by_path, exposed)
    resources = [
        _resource(path, found, by_path.get(path), exposed)
        for path, found in sorted(verbs.items())
        if "list" in found and any(verb["kind"] not in ON_ALL.values() for verb in found.values())
    ]
    content = msgspec.json.encode({"format": 1, "resources": resources}, enc_hook=str)
    return Catalogue(content, sha256(content).hexdigest()[:16])


def _verbs(
    routers: Iterable[APIRouter], by_path: Mapping[str, Spec], exposed: Mapping[str, Exposure]
) -> Mapping[str, dict[str, Document]]:
    found: dict[str, dict[str, Document]] = defaultdict(dict)
    for router in routers:
        for route in router.routes:
            if isinstance(route, APIRoute):
                for path, verb in _verbs_of(route, by_path, exposed):
                    found[path].setdefault(verb["name"], verb)
    return found


def _verbs_of(
    route: APIRoute, by_path: Mapping[str, Spec], exposed: Mapping[str, Exposure]
) -> Iterator[tuple[str, Document]]:
    path, *rest = route.path.strip("/").split("/")
    for method in sorted(route.methods or ()):
        kind = _kind(method, rest)
        if kind is None or _is_stream(route):
            continue
        name = rest[1] if kind in {"act", "read"} else kind
        verb: Document = {"name": name, "kind": kind, "help": _help(route)}
        spec = by_path.get(path)
        action = spec.actions.get(name) if spec else None
        if action is not None and action.removes:
            verb["removes"] = True
        if inputs := inputs_of(_body(route), spec, name):
            verb["inputs"] = inputs
        if kind in {"act", "delete"} and _is_done_to_many(
            route, action, exposed.get(spec.plural) if spec else None
        ):
            verb["many"] = True
        if kind == "list":
            verb |= _listed(route, spec)
        yield path, verb


def _is_done_to_many(route: APIRoute, action: Action[Any, ...] | None, exposure: Exposure | None) -> bool:
    """Whether JSON:API does the same to many rows at once: not what a domain wrote a route of its own for."""
    if action is None or exposure is None or action.kind != "act" or action.internal:
        return False
    return route.operation_id is not None and action.name not in exposure.needs_match


def _kind(method: str, rest: Sequence[str]) -> str | None:
    if not rest:
        return ON_ALL.get(method)
    if not rest[0].startswith("{") or (len(rest) == SUB and rest[1].startswith("{")):
        return None
    if len(rest) == 1:
        return ON_ONE.get(method)
    return {"POST": "act", "GET": "read"}.get(method) if len(rest) == SUB else None


def _is_stream(route: APIRoute) -> bool:
    answer = route.responses.get(route.status_code or 200, {})
    return "text/event-stream" in answer.get("content", {})


def _help(route: APIRoute) -> str:
    return (route.description or route.summary or "").strip()


def _extra(route: APIRoute) -> Document:
    return route.openapi_extra or {}


def _body(route: APIRoute) -> Document:
    content = _extra(route).get("requestBody", {}).get("content", {})
    schema: Document = content.get(JSON, {}).get("schema", {})
    return schema


def _listed(route: APIRoute, spec: Spec | None) -> Document:
    known = [each for each in _extra(route).get("parameters", ()) if each["in"] == "query"]
    fields = {} if spec is None else {each.name: each for each in spec.fields}
    filters = [_filter(each, fields.get(each["name"])) for each in known if each["name"] not in PAGING]
    selectors = (
        [each.name for each in spec.fields if each.is_selectable and each.kind == "labels"] if spec else []
    )
    selector = next((name for name in selectors if name in {each["name"] for each in filters}), "")
    limits = [each["schema"] for each in known if each["name"] == "limit"]
    listed: Document = {"filters": filters, "is_sortable": any(each["name"] == "sort" for each in known)}
    said = {"selector": selector, "most": limits[0]["maximum"] if limits else 0}
    return listed | {key: value for key, value in said.items() if value}


def _filter(said: Document, field: Field | None) -> Document:
    found: Document = {"name": said["name"], "help": said.get("description", "")}
    if field is not None and field.choices:
        found["choices"] = field.choices
    if field is not None and field.reference:
        found["reference"] = field.reference.target
    return found


def _resource(
    path: str, verbs: Mapping[str, Document], spec: Spec | None, exposed: Mapping[str, Exposure]
) -> Document:
    names = [*(name for name in ORDER if name in verbs), *sorted(set(verbs) - set(ORDER))]
    document: Document = {
        "path": path,
        "name": path.rstrip("s"),
        "help": "",
        "verbs": [verbs[n] for n in names],
    }
    if spec is None:
        return document
    exposure = exposed.get(spec.plural)
    also = exposure.also if exposure else {}
    fields = [each.name for each in spec.fields if not each.is_secret and each.name != "tenant_id"]
    document |= {
        "name": spec.name,
        "table": spec.plural,
        "help": spec.help,
        "columns": list(exposure.listed or spec.listing.columns) if exposure else list(spec.listing.columns),
        "fields": [*fields, *spec.computed, *also],
    }
    if spec.resource.called:
        document["called"] = spec.resource.called
    if spec.lifecycle is not None:
        document["state"] = spec.lifecycle.column
    return document
