"""The session cookie: signed, with an id and an end, and void as soon as the password changes."""

from hashlib import sha256
from typing import Final, NamedTuple
from uuid import UUID

from itsdangerous import BadData, URLSafeSerializer

LIFETIME_S: Final = 7 * 24 * 3600
SALT: Final = "mxc session"


class Signed(NamedTuple):
    """What a cookie says."""

    tenant_id: UUID
    user_id: UUID
    session_id: UUID
    password_mark: str


def write(secret: str, said: Signed, now: float) -> str:
    """A cookie's value, good for a week from `now` (unix seconds)."""
    ids = [said.tenant_id.hex, said.user_id.hex, said.session_id.hex]
    content = [*ids, said.password_mark, int(now) + LIFETIME_S]
    return str(URLSafeSerializer(secret, salt=SALT).dumps(content))


def read(secret: str, value: str, now: float) -> Signed | None:
    """What a cookie says; None when it is forged, broken or over."""
    try:
        tenant, user, session, mark, until = URLSafeSerializer(secret, salt=SALT).loads(value)
        said = Signed(UUID(tenant), UUID(user), UUID(session), str(mark))
        return said if now < int(until) else None
    except (BadData, ValueError, TypeError, AttributeError):
        return None


def mark_of(password_hash: str) -> str:
    """Changes with the password and tells nothing about it."""
    return sha256(password_hash.encode()).hexdigest()[:16]
