"""What OpenAPI says of a route that a domain wrote itself: its body, its stream, its errors."""

from typing import Any, Final

from fastapi import Response
from pydantic import BaseModel

from mxc.server.hosting.schema import JSON, errors, model_schema

DATA: Final[dict[str, Any]] = {"type": "object", "required": ["data"], "properties": {"data": {}}}


def answers(
    body: type[BaseModel] | None = None,
    *,
    status: int = 200,
    stream: bool = False,
    other: dict[int | str, dict[str, Any]] | None = None,
) -> dict[str, Any]:
    """Options of a route: `{"data": …}` or a stream of events, and the errors it may answer."""
    media = "text/event-stream" if stream else JSON
    schema = {"type": "string"} if stream else DATA
    done = {status: {"description": "done", "content": {media: {"schema": schema}}}}
    options: dict[str, Any] = {
        "status_code": status,
        "response_class": Response,
        "responses": {**done, **errors(), **(other or {})},
    }
    if body is not None:
        content = {JSON: {"schema": model_schema(body)}}
        required = bool(content[JSON]["schema"].get("required"))
        options["openapi_extra"] = {"requestBody": {"required": required, "content": content}}
    return options
