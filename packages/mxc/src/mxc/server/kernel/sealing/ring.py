"""The key ring: AES-256-GCM for what is kept secret, HMAC-SHA-256 for what is found without being read.

What is sealed says under which key: a byte for the form, four for the key, twelve for the nonce, then
ciphertext and tag. It is bound to its place (tenant, table, column, row): moved elsewhere, it does not open.
Each key of the ring is 32 random bytes, from which one for sealing and one for finding are derived; the first
key seals.
"""

import base64
import binascii
import hashlib
import hmac
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from mxc.server.kernel.errors import Invalid, Unavailable

KEY_BYTES: Final = 32
ID_BYTES: Final = 4
NONCE_BYTES: Final = 12
SEALED: Final = b"\x01"
# What was there before its column was sealed: a revision puts this byte before it, rotation seals it.
BARE: Final = b"\x00"
HEADER: Final = len(SEALED) + ID_BYTES


@dataclass(frozen=True, slots=True)
class Key:
    """One key of the ring; its id tells nothing of it."""

    id: str
    sealing: AESGCM = field(repr=False)
    finding: bytes = field(repr=False)

    @classmethod
    def of(cls, secret: bytes) -> "Key":
        """Raises Invalid unless it is 32 bytes."""
        if len(secret) != KEY_BYTES:
            raise Invalid(
                f"an encryption key has {KEY_BYTES} bytes, this one {len(secret)}", code="bad-key", hint=MAKE
            )
        return cls(
            _derived(secret, b"id")[:ID_BYTES].hex(),
            AESGCM(_derived(secret, b"seal")),
            _derived(secret, b"find"),
        )

    @property
    def header(self) -> bytes:
        """How everything begins that this key sealed."""
        return SEALED + bytes.fromhex(self.id)


MAKE: Final = "`mxc keys new` prints one"


class KeyRing:
    """The keys in use, the newest first; `source` says what they are now."""

    def __init__(self, source: Callable[[], Sequence[bytes]]) -> None:
        self._source = source
        self._read: tuple[bytes, ...] = ()
        self._keys: dict[str, Key] = {}

    @classmethod
    def fixed(cls, *secrets: bytes) -> "KeyRing":
        """A ring of these keys."""
        return cls(lambda: secrets)

    def known(self) -> Sequence[Key]:
        """The keys as they are now. Raises Unavailable when there is none, Invalid for a malformed one."""
        read = tuple(self._source())
        if read != self._read:
            made = [Key.of(secret) for secret in read]
            self._read, self._keys = read, {key.id: key for key in made}
        if not self._keys:
            raise Unavailable(
                "there is no encryption key",
                code="no-key",
                hint="set MXC_ENCRYPTION_KEYS, or start from MXC_HOME",
            )
        return list(self._keys.values())

    @property
    def primary(self) -> Key:
        """The key that seals."""
        return self.known()[0]

    def seal(self, text: str, place: str) -> bytes:
        """Sealed under the newest key, to be opened at this place only."""
        key, nonce = self.primary, os.urandom(NONCE_BYTES)
        return key.header + nonce + key.sealing.encrypt(nonce, text.encode(), key.header + place.encode())

    def open(self, kept: bytes, place: str) -> str:
        """What was sealed. Raises Unavailable when its key is missing or it was tampered with."""
        if kept[:1] == BARE:
            raise Unavailable("a value is not encrypted yet", code="not-sealed-yet", hint="`mxc keys rotate`")
        if kept[:1] != SEALED:
            raise _tampered(place)
        key = self._key(key_of(kept))
        nonce, content = kept[HEADER : HEADER + NONCE_BYTES], kept[HEADER + NONCE_BYTES :]
        try:
            return key.sealing.decrypt(nonce, content, key.header + place.encode()).decode()
        except (InvalidTag, ValueError):
            raise _tampered(place) from None

    def open_any(self, kept: bytes, place: str) -> str:
        """The same, also for what was there before its column was sealed: for sealing it, and nobody else."""
        return kept[1:].decode() if kept[:1] == BARE else self.open(kept, place)

    def mark(self, text: str, place: str) -> bytes:
        """What a value is found by; equal texts at one place have equal marks, and nothing else is told."""
        return _mark(self.primary, text, place)

    def marks(self, text: str, place: str) -> list[bytes]:
        """Every mark the text may have there, by each key of the ring."""
        return [_mark(key, text, place) for key in self.known()]

    def _key(self, key_id: str) -> Key:
        for key in self.known():
            if key.id == key_id:
                return key
        raise Unavailable(
            f"the encryption key {key_id} is not in the ring",
            code="key-missing",
            hint="add it to MXC_ENCRYPTION_KEYS, behind the newest",
        )


def key_of(kept: bytes) -> str:
    """The id of the key that sealed it; empty for what is not sealed yet."""
    return "" if kept[:1] == BARE else kept[1:HEADER].hex()


def parsed(text: str) -> list[bytes]:
    """Keys from text: base64, separated by commas or white space. Raises Invalid."""
    keys = []
    for each in text.replace(",", " ").split():
        try:
            keys.append(base64.b64decode(each, validate=True))
        except (binascii.Error, ValueError):
            raise Invalid("an encryption key is not base64", code="bad-key", hint=MAKE) from None
    for key in keys:
        Key.of(key)
    return keys


def new_key() -> str:
    """A fresh key as text."""
    return base64.b64encode(os.urandom(KEY_BYTES)).decode()


def _derived(secret: bytes, use: bytes) -> bytes:
    return HKDF(SHA256(), KEY_BYTES, salt=b"mxc", info=use).derive(secret)


def _mark(key: Key, text: str, place: str) -> bytes:
    digest = hmac.new(key.finding, f"{place}\0{text}".encode(), hashlib.sha256).digest()
    return bytes.fromhex(key.id) + digest


def _tampered(place: str) -> Unavailable:
    return Unavailable(
        "an encrypted value is not what was written there",
        code="unsealing-refused",
        place=_shown(place),
        hint="it was changed or moved by hand; restore it from a backup, or write it anew",
    )


def _shown(place: str) -> str:
    """Table and column; not whose row it is."""
    return ".".join(place.split("|")[1:3])
