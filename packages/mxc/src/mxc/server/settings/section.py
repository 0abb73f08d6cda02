"""A section of the settings: a frozen model whose fields are named by environment variables."""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field


class Section(BaseModel):
    """One subsystem's settings. The class docstring is its heading's text in the reference."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


def env(name: str, default: Any, text: str, **limits: Any) -> Any:
    """A field read from the environment variable `name`; `text` is its text in the reference."""
    return Field(default, alias=name, description=text, **limits)


def secret(name: str, text: str) -> Any:
    """Like `env`, for what must never be shown: empty unless set, and left out of every repr."""
    return Field("", alias=name, description=text, repr=False, json_schema_extra={"secret": True})
