"""Columns of text: free, named, addressed."""

import re
from typing import Annotated, Final
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field
from sqlalchemy import String
from sqlalchemy import Text as SqlText
from sqlalchemy.orm import mapped_column

from mxc.server.kernel.resource.fields.look import Check, Look

MAX_TEXT: Final = 32 * 1024
MAX_URL: Final = 2048
_SLUG: Final = r"^[a-z0-9]+(-[a-z0-9]+)*$"
_EMAIL: Final = re.compile(r"[^\s@]{1,64}@[^\s@.]+(\.[^\s@.]+)*")
_LABEL: Final = r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?"
_HOSTNAME: Final = rf"^{_LABEL}(\.{_LABEL})*$"


def _lowered(value: object) -> object:
    return value.strip().lower() if isinstance(value, str) else value


def _email(value: str) -> str:
    if not _EMAIL.fullmatch(value):
        raise ValueError("must be an e-mail address, such as ada@example.org")
    return value


def _url(value: str) -> str:
    try:
        parts = urlsplit(value)
        has_host = bool(parts.hostname) and parts.port != 0
    except ValueError:
        has_host = False
    if not has_host or parts.scheme not in ("http", "https") or re.search(r"[\s\x00-\x1f\x7f]", value):
        raise ValueError("must be an address that begins with https:// or http://")
    if "@" in parts.netloc:
        raise ValueError("must not hold a user or password: addresses are logged and shown")
    return value


Name = Annotated[
    str, mapped_column(String(120)), Field(min_length=1, max_length=120), Look("name", example="alpha")
]
Text = Annotated[
    str, mapped_column(SqlText), Field(max_length=MAX_TEXT), Look("text", example="Rack 4, left of the door.")
]
Secret = Annotated[str, mapped_column(SqlText), Field(max_length=MAX_TEXT), Look("secret", secret=True)]
Slug = Annotated[
    str,
    mapped_column(String(120)),
    Field(min_length=1, max_length=120, pattern=_SLUG),
    Check(f"{{}} ~ '{_SLUG}'"),
    Look("slug", example="north-wing"),
]
# Kept in small letters, so that equality in tables and in rules is what people mean by the same address.
Email = Annotated[
    str,
    mapped_column(String(254)),
    Field(max_length=254, json_schema_extra={"format": "email"}),
    BeforeValidator(_lowered),
    AfterValidator(_email),
    Check("{} ~ '^[^@[:space:]]+@[^@[:space:]]+$' and {} !~ '[A-Z]'"),
    Look("email", example="ada@example.org"),
]
Hostname = Annotated[
    str,
    mapped_column(String(253)),
    Field(min_length=1, max_length=253, pattern=_HOSTNAME, json_schema_extra={"format": "hostname"}),
    BeforeValidator(_lowered),
    Check("{} ~ '^[a-z0-9_]([a-z0-9_.-]*[a-z0-9_])?$'"),
    Look("hostname", example="db1.example.org"),
]
Url = Annotated[
    str,
    mapped_column(String(MAX_URL)),
    Field(max_length=MAX_URL, json_schema_extra={"format": "uri"}),
    AfterValidator(_url),
    Check("{} ~ '^https?://[^@/?#[:space:]]+([/?#][^[:space:]]*)?$'"),
    Look("url", example="https://example.org/hook"),
]
