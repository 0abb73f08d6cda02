"""JSON schemas of columns and models, without references."""

from collections.abc import Mapping
from typing import Any, TypeAlias

from pydantic import BaseModel, TypeAdapter

Schema: TypeAlias = dict[str, Any]


def type_schema(annotation: Any, help_text: str = "", unit: str = "", example: Any = None) -> Schema:
    """What a value of this type looks like in a document."""
    schema: Schema = resolved(TypeAdapter(annotation).json_schema(mode="serialization"), {})
    said = {"description": help_text, "x-unit": unit, "examples": None if example is None else [example]}
    return {**schema, **{name: value for name, value in said.items() if value}}


def model_schema(model: type[BaseModel], aliases: Mapping[str, str] | None = None) -> Schema:
    """A model's schema, its aliases beside the names they stand for."""
    schema: Schema = resolved(model.model_json_schema(), {})
    properties = schema.setdefault("properties", {})
    known = {alias: name for alias, name in (aliases or {}).items() if name in properties}
    properties |= {
        alias: {**properties[name], "description": f"same as {name}"} for alias, name in known.items()
    }
    schema["required"] = [name for name in schema.get("required", []) if name not in known.values()]
    if not schema["required"]:
        del schema["required"]
    return schema


def resolved(node: Any, definitions: Mapping[str, Any]) -> Any:
    """The schema with every `$ref` replaced by what it refers to; one that holds itself becomes anything."""
    if isinstance(node, list):
        return [resolved(each, definitions) for each in node]
    if not isinstance(node, dict):
        return node
    definitions = {**definitions, **node.get("$defs", {})}
    if reference := node.get("$ref"):
        name = str(reference).rpartition("/")[2]
        return resolved(definitions[name], {**definitions, name: {}})
    return {name: resolved(value, definitions) for name, value in node.items() if name != "$defs"}
