"""What a verb takes, said so that a command line can ask for it: one small document for each value."""

from collections.abc import Mapping
from inspect import signature
from typing import Any, Final, get_type_hints

from mxc.server.kernel.resource import Spec
from mxc.server.kernel.resource.columns import look_of
from mxc.server.kernel.resource.fields.look import Look

Document = dict[str, Any]
Schema = Mapping[str, Any]
SIMPLE: Final = {"string": "text", "integer": "integer", "number": "number", "boolean": "flag"}
SCALARS: Final = frozenset(SIMPLE)
NOTHING_SEEN: Final = Look("")


def inputs_of(schema: Schema, spec: Spec | None, verb: str) -> list[Document]:
    """The inputs of a body; what the schema does not say of a column, its declaration does.

    `kind` is one of text, integer, number, flag, choice, texts, choices, map, scalars, json. Secret ones must
    not be written on a command line.
    """
    properties: Mapping[str, Schema] = schema.get("properties", {})
    aliases: dict[str, list[str]] = {}
    for alias, name in (spec.aliases if spec else {}).items():
        if alias in properties and name in properties:
            aliases.setdefault(name, []).append(alias)
    skipped = {alias for names in aliases.values() for alias in names}
    required = {*schema.get("required", ()), *(_needed(spec) & aliases.keys() if verb == "create" else ())}
    return [
        _input(name, each, name in required, aliases.get(name, [])) | _declared(spec, verb, name)
        for name, each in properties.items()
        if name not in skipped
    ]


def _needed(spec: Spec | None) -> set[str]:
    """What must be given: a schema leaves out those that an alias would do as well for."""
    models = spec.create_model.model_fields if spec else {}
    return {name for name, each in models.items() if each.is_required()}


def _input(name: str, schema: Schema, is_required: bool, aliases: list[str]) -> Document:
    shape, is_nullable = _without_null(schema)
    choices = shape.get("enum") or shape.get("items", {}).get("enum")
    default = schema.get("default")
    said = {
        "required": is_required,
        "nullable": is_nullable,
        "secret": bool(shape.get("writeOnly")),
        "help": schema.get("description", ""),
        "choices": list(choices or ()),
        "aliases": aliases,
        "default": default if isinstance(default, str | int | float) else None,
    }
    return {"name": name, "kind": _kind(shape), **{key: value for key, value in said.items() if value}}


def _without_null(schema: Schema) -> tuple[Schema, bool]:
    options = [each for each in schema.get("anyOf", ()) if each.get("type") != "null"]
    if not options:
        return schema, False
    is_nullable = len(options) < len(schema["anyOf"])
    return (options[0] if len(options) == 1 else {"anyOf": options}), is_nullable


def _kind(shape: Schema) -> str:
    kind = shape.get("type")
    if "enum" in shape:
        return "choice"
    if kind in SIMPLE:
        return SIMPLE[kind]
    if kind == "array":
        return _list_kind(shape.get("items", {}))
    if kind == "object":
        return _map_kind(shape)
    # A length of time is a text or a number of seconds: both are written as a text.
    types = {each.get("type") for each in shape.get("anyOf", ())}
    return "text" if types and types <= SCALARS and "string" in types else "json"


def _list_kind(items: Schema) -> str:
    if "enum" in items:
        return "choices"
    return "texts" if items.get("type") == "string" else "json"


def _map_kind(shape: Schema) -> str:
    values = list(shape.get("patternProperties", {}).values()) or [shape.get("additionalProperties")]
    value = values[0]
    if not isinstance(value, dict):
        return "json"
    types = {each.get("type") for each in value.get("anyOf", (value,))}
    if types == {"string"}:
        return "map"
    return "scalars" if types and types <= SCALARS else "json"


def _declared(spec: Spec | None, verb: str, name: str) -> Document:
    """Help, unit, example, whether it is secret, and whose id it holds."""
    if spec is None:
        return {}
    field = next((each for each in spec.fields if each.name == name), None)
    look = _argument_look(spec, verb, name)
    if field is None or verb not in {"create", "update"}:
        said = {"unit": look.unit, "secret": look.masked or look.secret}
    else:
        said = {
            "help": field.help,
            "unit": field.unit,
            "secret": field.is_masked,
            "example": field.example,
            "reference": field.reference.target if field.reference else "",
        }
    return {key: value for key, value in said.items() if value}


def _argument_look(spec: Spec, verb: str, name: str) -> Look:
    action = spec.actions.get(verb)
    if action is None or name not in signature(action.function).parameters:
        return NOTHING_SEEN
    hints = get_type_hints(action.function, include_extras=True)
    return look_of(hints[name]) if name in hints else NOTHING_SEEN
