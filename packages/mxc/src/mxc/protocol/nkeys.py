"""NATS' spelling of Ed25519 keys: a kind, 32 bytes and a checksum in base32. No cryptography."""

import base64
import binascii
from enum import IntEnum
from typing import Final

_SEED: Final = 18 << 3


class Kind(IntEnum):
    """Who a key stands for: the first letter of its public text (O, A or U)."""

    OPERATOR = 14 << 3
    ACCOUNT = 0
    USER = 20 << 3


def public_text(kind: Kind, raw: bytes) -> str:
    """The text of a public key, 56 characters."""
    return _text(bytes([kind]) + _exactly(raw))


def seed_text(kind: Kind, raw: bytes) -> str:
    """The text of a private seed: a secret."""
    return _text(bytes([_SEED | kind >> 5, (kind & 31) << 3]) + _exactly(raw))


def seed_bytes(text: str) -> tuple[Kind, bytes]:
    """The kind and 32 bytes of a seed's text. Raises ValueError; never repeats the text."""
    data = _bytes(text)
    if len(data) != 34 or data[0] & 0xF8 != _SEED:
        raise ValueError("not the seed of a key")
    return Kind((data[0] & 7) << 5 | data[1] >> 3), data[2:]


def public_bytes(kind: Kind, text: str) -> bytes:
    """The 32 bytes of a public key of that kind. Raises ValueError."""
    data = _bytes(text)
    if len(data) != 33 or data[0] != kind:
        raise ValueError(f"not a public key of kind {kind.name.lower()}")
    return data[1:]


def _text(data: bytes) -> str:
    checksum = binascii.crc_hqx(data, 0).to_bytes(2, "little")
    return base64.b32encode(data + checksum).decode().rstrip("=")


def _bytes(text: str) -> bytes:
    try:
        data = base64.b32decode(text.encode("ascii") + b"=" * (-len(text) % 8))
    except ValueError:
        raise ValueError("not the text of a key") from None
    if len(data) < 3 or binascii.crc_hqx(data[:-2], 0).to_bytes(2, "little") != data[-2:]:
        raise ValueError("the key's checksum is wrong: was it cut or mistyped?")
    if _text(data[:-2]) != text:
        raise ValueError("not how the key is spelled: was its last letter mistyped?")
    return data[:-2]


def _exactly(raw: bytes) -> bytes:
    if len(raw) != 32:
        raise ValueError(f"a key has 32 bytes, not {len(raw)}")
    return raw
