"""What OpenAPI says of derived endpoints: parameters, bodies and documents, from the spec."""

from dataclasses import dataclass
from typing import Any, get_type_hints

from pydantic import BaseModel, TypeAdapter

from mxc.server.hosting.exposure import Exposure
from mxc.server.hosting.schema import JSON, Schema, errors, model_schema
from mxc.server.kernel.resource import Spec
from mxc.server.kernel.resource.conditions import BAGS
from mxc.server.kernel.resource.keyset import sortable
from mxc.server.surfaces.rest.listing import filters_of


@dataclass(frozen=True, slots=True)
class Described:
    """The documentation of one endpoint."""

    summary: str
    status: int
    answer: Schema
    body: Schema | None
    parameters: list[Schema]
    is_change: bool

    def options(self) -> dict[str, Any]:
        """As FastAPI takes it."""
        extra: dict[str, Any] = {"parameters": self.parameters} if self.parameters else {}
        if self.body is not None:
            required = bool(self.body.get("required"))
            extra["requestBody"] = {"required": required, "content": {JSON: {"schema": self.body}}}
        answers = {self.status: {"description": "done", "content": {JSON: {"schema": self.answer}}}}
        return {
            "summary": self.summary.split("\n")[0],
            "description": self.summary,
            "responses": {**answers, **self._unchanged(), **errors()},
            "openapi_extra": extra,
        }

    def _unchanged(self) -> dict[int | str, Any]:
        return {} if self.is_change else {304: {"description": "as known by the ETag in If-None-Match"}}


def described(spec: Spec, exposure: Exposure, name: str, status: int) -> Described:
    """The documentation of one derived endpoint, by the name of its action, `list` or `show`."""
    document = document_schema(spec, exposure)
    data = {"type": "array", "items": document} if name == "list" else document
    answer: Schema = {"type": "object", "required": ["data"], "properties": {"data": data}}
    if name == "list":
        answer["properties"]["next"] = {"type": ["string", "null"], "description": "cursor of the next page"}
    nouns = spec.plural.replace("_", " ")
    summaries = {"list": f"The {nouns}.", "show": f"One of the {nouns}."}
    summary = summaries.get(name) or spec.actions[name].help
    parameters = _list_parameters(spec) if name == "list" else []
    return Described(summary, status, answer, _body(spec, name), parameters, name not in summaries)


def document_schema(spec: Spec, exposure: Exposure) -> Schema:
    """What a row's document looks like."""
    fields = [each for each in spec.fields if not each.is_secret and each.name != "tenant_id"]
    properties = {each.name: each.schema() for each in fields}
    properties |= {name: _computed_schema(spec, name) for name in spec.computed}
    properties |= exposure.also
    return {"type": "object", "description": spec.help, "properties": properties}


def update_model(spec: Spec) -> type[BaseModel]:
    """What an update takes: the arguments of the resource's own method, else the editable columns."""
    return spec.argument_models.get("update") or spec.update_model


def _body(spec: Spec, name: str) -> Schema | None:
    if name == "create":
        return model_schema(spec.create_model, spec.aliases)
    if name == "update":
        return model_schema(update_model(spec), spec.aliases)
    return model_schema(spec.argument_models[name]) if name in spec.argument_models else None


def _list_parameters(spec: Spec) -> list[Schema]:
    filters = [_parameter(name, {"type": "string"}, _filter_help(spec, name)) for name in filters_of(spec)]
    paging = spec.paging
    limit = {"type": "integer", "minimum": 1, "maximum": paging.most, "default": paging.default}
    return [
        *filters,
        _parameter("limit", limit, "at most so many"),
        _parameter("cursor", {"type": "string"}, "`next` of the page before"),
        _parameter(
            "sort", {"type": "string"}, f"such as `-{sortable(spec)[0]}`: {', '.join(sortable(spec))}"
        ),
    ]


def _filter_help(spec: Spec, name: str) -> str:
    if name in spec.computed:
        return f"only those with this {name}; several are separated by commas"
    field = spec.field(name)
    if field.is_selectable:
        return (
            "a selector, such as `env=prod,!legacy`" if field.kind == "labels" else "all of these, by comma"
        )
    if field.kind in BAGS:
        return f"all of these, by comma{', as `env=prod, gpu`' if field.kind == 'labels' else ''}"
    return f"one or more of {', '.join(field.choices)}" if field.choices else f"only those with this {name}"


def _parameter(name: str, schema: Schema, text: str) -> Schema:
    return {"name": name, "in": "query", "required": False, "schema": schema, "description": text}


def _computed_schema(spec: Spec, name: str) -> Schema:
    getter = getattr(spec.resource, name).fget
    return TypeAdapter(get_type_hints(getter).get("return", Any)).json_schema()
