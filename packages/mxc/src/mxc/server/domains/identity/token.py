"""API tokens: `mxc_<tenant>_<secret>`. The tenant says where to look; only a SHA-256 of the whole is kept."""

from dataclasses import dataclass
from hashlib import sha256
from hmac import digest
from secrets import token_urlsafe
from typing import Final
from uuid import UUID

SIGN: Final = "mxc"
SHOWN: Final = 8


@dataclass(frozen=True, slots=True)
class Minted:
    """A new token: `text` is shown once, the rest is kept."""

    text: str
    digest: str
    prefix: str


def mint(tenant_id: UUID) -> Minted:
    """A token with 256 bits of chance in it."""
    head, secret = f"{SIGN}_{tenant_id.int:x}_", token_urlsafe(32)
    return Minted(head + secret, digest_of(head + secret), head + secret[:SHOWN])


def digest_of(token: str) -> str:
    """What is kept of a token."""
    return sha256(token.encode("utf-8", "replace")).hexdigest()


def tenant_of(token: str) -> UUID | None:
    """The tenant a token says it belongs to; None for what is no token of ours."""
    parts = token.split("_", 2)
    if len(parts) != 3 or parts[0] != SIGN or not parts[2] or len(parts[1]) > 32:
        return None
    try:
        return UUID(int=int(parts[1], 16))
    except ValueError:
        return None


def new_secret() -> str:
    """What nobody can guess: a cookie, or the end of a link in a mail."""
    return token_urlsafe(32)


def kept_of(pepper: str, secret: str) -> str:
    """What is kept of a secret we handed out; worth nothing without the installation's own secret."""
    return digest(pepper.encode(), secret.encode("utf-8", "replace"), "sha256").hex()
