"""JSON schemas for OpenAPI: what every endpoint may answer beside its success."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Final

from mxc.server.kernel.resource.schema import Schema, model_schema

__all__ = ["ERROR", "JSON", "MEANINGS", "Schema", "errors", "model_schema"]

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
    HTTPStatus.PRECONDITION_FAILED: "somebody changed it since the ETag in If-Match",
    HTTPStatus.PRECONDITION_REQUIRED: "say with If-Match which revision you change",
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
