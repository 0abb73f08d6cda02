"""JSON schemas for OpenAPI: errors, and pydantic models without references."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Final

from pydantic import BaseModel

Schema = dict[str, Any]
JSON: Final = "application/json"
TEXTS: Final[Schema] = {"type": "array", "items": {"type": "string"}}
ERROR: Final[Schema] = {
    "type": "object",
    "required": ["error", "code", "hint"],
    "properties": {
        "error": {
            "description": "a sentence, or what is wrong per field",
            "anyOf": [{"type": "string"}, {"type": "object", "additionalProperties": TEXTS}],
        },
        "code": {"type": "string", "description": "short and stable"},
        "hint": {"type": "string", "description": "what to do about it"},
        "place": {"type": "string", "description": "line:column, or a name"},
        "details": {"type": "object"},
    },
}
MEANINGS: Final[Mapping[int, str]] = {
    HTTPStatus.BAD_REQUEST: "the body is no JSON object",
    HTTPStatus.UNAUTHORIZED: "no valid token or session",
    HTTPStatus.FORBIDDEN: "not allowed, with the reason",
    HTTPStatus.NOT_FOUND: "no such row, or it belongs to another tenant",
    HTTPStatus.CONFLICT: "not in this state: the hint names what is allowed",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "the body is larger than we read",
    HTTPStatus.UNPROCESSABLE_ENTITY: "not valid, per field",
    HTTPStatus.TOO_MANY_REQUESTS: "too many attempts",
    HTTPStatus.SERVICE_UNAVAILABLE: "not now: the database is away, or this coordinator does not lead",
}


def errors() -> dict[int | str, dict[str, Any]]:
    """The error answers every endpoint may give."""
    return {
        int(status): {"description": meaning, "content": {JSON: {"schema": ERROR}}}
        for status, meaning in MEANINGS.items()
    }


def model_schema(model: type[BaseModel], aliases: Mapping[str, str] | None = None) -> Schema:
    """A model's schema without references, its aliases beside the names they stand for."""
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
    """The schema with every `$ref` replaced by what it refers to."""
    if isinstance(node, list):
        return [resolved(each, definitions) for each in node]
    if not isinstance(node, dict):
        return node
    definitions = {**definitions, **node.get("$defs", {})}
    if reference := node.get("$ref"):
        return resolved(definitions[str(reference).rpartition("/")[2]], definitions)
    return {name: resolved(value, definitions) for name, value in node.items() if name != "$defs"}
