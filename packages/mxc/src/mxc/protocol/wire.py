"""Messages as bytes: JSON, so that a person with `nats sub` or psql can read what went by.

Every message says what it is in `kind`; fields a reader does not know are ignored,
so a newer peer may add some.
"""

from types import UnionType
from typing import Any, Final, TypeVar, overload

import msgspec

PROTOCOL: Final = 1
"""Raised only when an old peer could no longer understand; new optional fields do not raise it."""


class MalformedError(ValueError):
    """A peer sent bytes that are not the message expected; the text says which field and why."""


class Message(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind", tag=str.lower):
    """Whatever crosses the bus."""


Expected = TypeVar("Expected")

_encoder = msgspec.json.Encoder()
_decoders: dict[Any, msgspec.json.Decoder[Any]] = {}


def encode(message: Message) -> bytes:
    """The bytes of one message."""
    return _encoder.encode(message)


@overload
def decode(expected: type[Expected], payload: bytes) -> Expected: ...
@overload
def decode(expected: UnionType, payload: bytes) -> Any: ...
def decode(expected: Any, payload: bytes) -> Any:
    """The message in `payload`; `expected` is a message type or a union of them. Raises `MalformedError`."""
    decoder = _decoders.get(expected)
    if decoder is None:
        decoder = _decoders[expected] = msgspec.json.Decoder(expected)
    try:
        return decoder.decode(payload)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise MalformedError(f"not a valid message: {error}") from error
