"""Who is calling: by bearer token, by session cookie, by e-mail and password."""

from contextlib import suppress
from datetime import timedelta
from typing import Final
from uuid import UUID, uuid4

from sqlalchemy import ColumnElement, exists, select

from mxc.server.domains.identity import session_cookie
from mxc.server.domains.identity.api_token import ApiToken
from mxc.server.domains.identity.attempts import Attempts
from mxc.server.domains.identity.ended_session import EndedSession
from mxc.server.domains.identity.password import is_password
from mxc.server.domains.identity.session_cookie import LIFETIME_S, Signed, mark_of
from mxc.server.domains.identity.token import digest_of, tenant_of
from mxc.server.domains.identity.user import User
from mxc.server.domains.tenants.tenant import DEFAULT_TENANT
from mxc.server.hosting.core import Core
from mxc.server.kernel.access.actor import Actor
from mxc.server.kernel.errors import Unauthenticated, Unavailable

NOTE_USE_EVERY: Final = timedelta(minutes=10)


class Doorkeeper:
    """Knows users and tokens; `secret` signs the cookies. One per process: it counts failed attempts."""

    def __init__(self, secret: str) -> None:
        self._secret = secret
        self._attempts = Attempts()

    async def actor_from_token(self, core: Core, token: str) -> Actor | None:
        """Who holds this bearer token; None when it is unknown, expired or revoked."""
        tenant_id = tenant_of(token)
        if tenant_id is None:
            return None
        query = (
            select(ApiToken, User)
            .join(User, (User.tenant_id == ApiToken.tenant_id) & (User.id == ApiToken.user_id))
            .where(ApiToken.token_hash == digest_of(token))
        )
        async with core.store.session(tenant_id) as session:
            found = (await session.execute(query)).one_or_none()
        if found is None or not _is_valid(core, found[0]):
            return None
        await _note_use(core, found[0])
        return _token_actor(*found)

    async def actor_from_cookie(self, core: Core, value: str) -> Actor | None:
        """Whose session this is; None when it is forged, over, signed out of, or older than the password."""
        said = session_cookie.read(self._secret, value, core.clock.unix())
        if said is None:
            return None
        async with core.store.session(said.tenant_id) as session:
            user = await session.scalar(
                select(User).where(User.tenant_id == said.tenant_id, User.id == said.user_id, ~_ended(said))
            )
        if user is None or mark_of(user.password_hash) != said.password_mark:
            return None
        return Actor("user", str(user.id), user.email, user.tenant_id, user.role.value)

    async def sign_in(
        self, core: Core, email: str, password: str, address: str, tenant_id: UUID = DEFAULT_TENANT
    ) -> str:
        """The value of a session cookie. Raises Unauthenticated, TooManyAttempts after eight in a minute."""
        email, now = email.strip().lower(), core.clock.unix()
        keys = (f"address {address}", f"email {email}")
        self._attempts.check(now, *keys)
        user = await _user_by_email(core, tenant_id, email)
        if not await is_password(password, user.password_hash if user else None) or user is None:
            self._attempts.failed(now, *keys)
            raise Unauthenticated("e-mail or password is wrong", code="bad-credentials")
        self._attempts.succeeded(*keys)
        with suppress(Unavailable):
            await core.perform(Actor.system(tenant_id), User.note_sign_in, user.id)
        said = Signed(tenant_id, user.id, uuid4(), mark_of(user.password_hash))
        return session_cookie.write(self._secret, said, core.clock.unix())

    async def sign_out(self, core: Core, value: str) -> None:
        """Ends the session of this cookie for good, here and wherever it was copied to."""
        said = session_cookie.read(self._secret, value, core.clock.unix())
        if said is None or await self.actor_from_cookie(core, value) is None:
            return
        over_at = core.clock.now() + timedelta(seconds=LIFETIME_S)
        await core.perform(
            Actor.system(said.tenant_id), EndedSession.create, said.session_id, over_at=over_at
        )
        await _forget_what_is_over(core, said.tenant_id)


async def _user_by_email(core: Core, tenant_id: UUID, email: str) -> User | None:
    if "\0" in email:
        return None
    async with core.store.session(tenant_id) as session:
        query = select(User).where(User.tenant_id == tenant_id, User.email == email)
        return (await session.scalars(query)).one_or_none()


def _ended(said: Signed) -> ColumnElement[bool]:
    same = (EndedSession.tenant_id == said.tenant_id, EndedSession.id == said.session_id)
    return exists().where(*same)


async def _forget_what_is_over(core: Core, tenant_id: UUID) -> None:
    system = Actor.system(tenant_id)
    for row in await core.select(system, EndedSession, EndedSession.over_at < core.clock.now()):
        await core.perform(system, EndedSession.delete, row.id)


def _is_valid(core: Core, token: ApiToken) -> bool:
    now = core.clock.now()
    return token.revoked_at is None and (token.expires_at is None or token.expires_at > now)


async def _note_use(core: Core, token: ApiToken) -> None:
    """Writes down now and then that a token is in use; a coordinator that does not lead lets it be."""
    if token.last_used_at is None or core.clock.now() - token.last_used_at > NOTE_USE_EVERY:
        with suppress(Unavailable):
            await core.perform(Actor.system(token.tenant_id), ApiToken.note_use, token.id)


def _token_actor(token: ApiToken, user: User) -> Actor:
    name = f"{user.email}/{token.name}"
    return Actor("token", str(user.id), name, token.tenant_id, user.role.value, token.scope.value)
