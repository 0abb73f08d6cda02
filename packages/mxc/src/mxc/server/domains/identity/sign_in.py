"""Who is calling: by bearer token, by session cookie, by e-mail and password."""

import logging
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import select

from mxc.server.domains.identity.api_token import ApiToken, Scope, TokenStatus
from mxc.server.domains.identity.attempts import Attempts, TooManyAttempts
from mxc.server.domains.identity.correspondence import Correspondence, MailSettings
from mxc.server.domains.identity.device_flow import DeviceFlow
from mxc.server.domains.identity.federation.arrival import link, person_vouched_for
from mxc.server.domains.identity.federation.federation import Federation
from mxc.server.domains.identity.link import Purpose
from mxc.server.domains.identity.membership import Membership
from mxc.server.domains.identity.password import good_enough, hashed, is_password
from mxc.server.domains.identity.people import user_by_email, user_by_id
from mxc.server.domains.identity.places import Place, entrance, places_of, suspended
from mxc.server.domains.identity.session import LIFETIME, Session
from mxc.server.domains.identity.token import digest_of, kept_of, new_secret, tenant_of
from mxc.server.domains.identity.user import User
from mxc.server.domains.identity.uses import Uses
from mxc.server.domains.tenants.partition import Partition
from mxc.server.domains.tenants.tenant import DEFAULT_TENANT, Tenant, TenantStatus
from mxc.server.hosting.core import Core
from mxc.server.hosting.identity import Belonging, Departure, DeviceGrants, Offer, Returned, Visitor
from mxc.server.kernel.access.actor import Actor
from mxc.server.kernel.errors import Forbidden, Invalid, NotFound, Unauthenticated, Unavailable

NOTE_USE_EVERY: Final = timedelta(minutes=10)
log: Final = logging.getLogger("mxc.security")


class Doorkeeper:
    """Knows users and tokens; `secret` is mixed into what is kept of a cookie. One per process: it counts
    failed attempts."""

    def __init__(
        self,
        secret: str,
        letters: Correspondence | None = None,
        federation: Federation | None = None,
        *,
        is_registration_open: bool = False,
        address: str = "",
    ) -> None:
        self.is_registration_open = is_registration_open
        self.address = address
        self.grants: DeviceGrants = DeviceFlow(secret)
        self._federation = federation or Federation(secret)
        self._letters = letters or Correspondence(secret, MailSettings(), lambda: None)
        self._secret = secret
        self._attempts = Attempts()
        self.uses = Uses()

    async def is_known(self, core: Core, email: str) -> bool:
        """Whether somebody has this address."""
        return await user_by_email(core, email) is not None

    async def actor_from_token(self, core: Core, token: str, address: str = "") -> Actor | None:
        """Who holds this bearer token; None when it is unknown, expired, revoked or its owner has left.

        Raises Forbidden while its tenant is suspended.
        """
        tenant_id = tenant_of(token)
        if tenant_id is None:
            return None
        query = (
            select(ApiToken, Membership, Tenant, User)
            .join(
                Membership,
                (Membership.tenant_id == ApiToken.tenant_id) & (Membership.user_id == ApiToken.user_id),
            )
            .join(Tenant, Tenant.id == ApiToken.tenant_id)
            .join(User, User.id == ApiToken.user_id)
            .where(ApiToken.tenant_id == tenant_id, ApiToken.token_hash == digest_of(token))
        )
        async with core.store.system() as session:
            found = (await session.execute(query)).one_or_none()
        if found is None or found[0].status_at(core.clock.now()) is not TokenStatus.ACTIVE:
            return None
        row, membership, tenant, user = found
        if tenant.status is TenantStatus.DELETED:
            return None
        if tenant.status is not TenantStatus.ACTIVE:
            raise suspended(tenant)
        if None is not row.partition_id != membership.partition_id is not None:
            return None
        self.uses.note(row, address)
        return _token_actor(row, membership, user)

    async def within(self, core: Core, actor: Actor, partition: str) -> Actor:
        """The actor, confined to a partition of their tenant. Raises Invalid, and NotFound for another."""
        try:
            wanted = UUID(partition)
        except ValueError:
            raise Invalid(fields={"X-Partition-Id": ["is not the id of a partition"]}) from None
        if wanted == actor.partition_id:
            return actor
        found = await core.get(actor, Partition, wanted)
        return replace(actor, partition_id=found.id)

    async def actor_from_cookie(self, core: Core, value: str) -> Actor | None:
        """Whose session this is; None when it is unknown, over, signed out of, or leads nowhere any more."""
        found = await self._session(core, value)
        if found is None:
            return None
        session, user = found
        places = [place for place in await places_of(core, user.id, session.confined_to) if place.is_open]
        if not places:
            return None
        place = entrance(places, session.place_id)
        actor = place.actor(user)
        with suppress(Unavailable):
            if place.tenant.id != session.place_id:
                await core.perform(Actor.system(place.tenant.id), Session.move, session.id,
                                   place_id=place.tenant.id)  # fmt: skip
            if core.clock.now() - session.seen_at > NOTE_USE_EVERY:
                await core.perform(Actor.system(place.tenant.id), Session.note_use, session.id)
        return actor

    async def sign_in(self, core: Core, email: str, password: str, visitor: Visitor) -> str:
        """The value of a session cookie.

        Raises Unauthenticated; TooManyAttempts after eight failures in a minute or ten in a row; Forbidden
        for who belongs to no open tenant.
        """
        email, now = email.strip().lower(), core.clock.unix()
        keys = (f"address {visitor.address}", f"email {email}")
        self._attempts.check(now, *keys)
        user = await user_by_email(core, email)
        _refuse_locked(core, user)
        kept = user.password_hash if user else None
        if not await is_password(password, kept) or user is None:
            self._attempts.failed(now, *keys)
            await _note_refusal(core, user, email, visitor)
            raise Unauthenticated("e-mail or password is wrong", code="bad-credentials")
        self._attempts.succeeded(*keys)
        return await self.let_in(core, user, "password", visitor)

    async def let_in(
        self, core: Core, user: User, means: str, visitor: Visitor, confined_to: UUID | None = None
    ) -> str:
        """Opens a session for a person who proved who they are; the value of its cookie."""
        place = entrance(await places_of(core, user.id, confined_to))
        secret, now = new_secret(), core.clock.now()
        await core.perform(
            place.actor(user), Session.create, user_id=user.id, place_id=place.tenant.id,
            confined_to=confined_to, token_hash=self._kept(secret), means=means, address=visitor.address,
            browser=visitor.browser[:300], expires_at=now + LIFETIME, seen_at=now, ended_at=None,
        )  # fmt: skip
        system = Actor.system(place.tenant.id, "sign-in")
        await core.perform(system, User.note_sign_in, user.id)
        await core.perform(system, Membership.note_sign_in, place.membership.id)
        return secret

    @property
    def can_mail(self) -> bool:
        """Whether links can be sent."""
        return self._letters.can_send

    async def ask_for_link(self, core: Core, email: str, purpose: str, visitor: Visitor) -> None:
        """Mails a link to whoever has this address; who asks is not told whether anybody has.

        Raises TooManyAttempts, or Unavailable where no mail goes out.
        """
        address, now = email.strip().lower(), core.clock.unix()
        keys = (f"links from {visitor.address}", f"links to {address}")
        self._attempts.check(now, *keys)
        self._attempts.failed(now, *keys)
        user = await user_by_email(core, address)
        if user is not None or not self.can_mail:
            await self._letters.send(core, user or User(email=address), Purpose(purpose))

    async def purpose_of(self, core: Core, secret: str) -> str:
        """What a link is for. Raises Unauthenticated."""
        return (await self._letters.purpose_of(core, secret)).value

    async def come_in(self, core: Core, secret: str, visitor: Visitor) -> str:
        """Signs in by a link; the value of a session cookie. Raises Unauthenticated, Forbidden."""
        user = await self._letters.redeem(core, secret, Purpose.SIGN_IN)
        return await self.let_in(core, user, "link", visitor)

    async def choose_password(self, core: Core, secret: str, password: str, visitor: Visitor) -> str:
        """Another password by a link; every other session is over. The value of a session cookie."""
        good_enough(password)
        user = await self._letters.redeem(core, secret, Purpose.PASSWORD)
        await self._set_password(core, Actor.system(DEFAULT_TENANT, user.email), user, password)
        return await self.let_in(core, user, "link", visitor)

    async def change_password(self, core: Core, actor: Actor, current: str, password: str) -> None:
        """Another password for who knows the current one; every session is over.

        Raises Unauthenticated, Invalid.
        """
        good_enough(password)
        user = await user_by_id(core, UUID(actor.id))
        if user is None or not await is_password(current, user.password_hash):
            raise Unauthenticated("the current password is wrong", code="bad-credentials")
        await self._set_password(core, actor, user, password)

    async def _set_password(self, core: Core, actor: Actor, user: User, password: str) -> None:
        kept = await hashed(password)
        system = Actor.system(actor.tenant_id, actor.name)
        own = (Session.user_id == user.id, Session.ended_at.is_(None))
        running = await core.select(system, Session, *own, limit=1000)
        async with core.unit(system, platform=True) as work:
            await work.perform(User.set_password, user.id, password_hash=kept)
            for session in running:
                await work.perform(Session.end, session.id)

    async def offered(self, core: Core, organisation: str) -> list[Offer]:
        """The providers one may sign in with, those of an organisation by its slug among them."""
        return await self._federation.offered(core, organisation)

    async def set_out(self, core: Core, key: str, base: str, target: str, session: str = "") -> Departure:
        """To a provider, to sign in, or with the cookie of a session to link it to its person."""
        person = str((await self.unconfined(core, session)).id) if session else ""
        return await self._federation.set_out(core, key, base, target, person)

    async def come_back(
        self, core: Core, key: str, base: str, cookie: str, session: str, answer: Mapping[str, str],
        visitor: Visitor,
    ) -> Returned:  # fmt: skip
        """Back from a provider: with a session, or with the provider linked to who asked for it."""
        try:
            provider, said, errand = await self._federation.come_back(core, key, base, cookie, answer)
        except Unauthenticated as error:
            await _note_stranger(core, f"by provider {key[:40]}: {error.message}"[:300], visitor)
            raise
        if not errand.person:
            user = await person_vouched_for(core, provider, said, visitor)
            means = f"provider {provider.label}"[:120]
            return Returned(errand.target, await self.let_in(core, user, means, visitor, provider.tenant_id))
        user = await self.unconfined(core, session)
        if str(user.id) != errand.person:
            raise Unauthenticated("somebody else is signed in by now", code="no-session", hint="begin anew")
        await link(core, provider, said, user)
        return Returned(errand.target)

    async def unconfined(self, core: Core, value: str) -> User:
        """Whose session this is, if it was opened by more than an organisation's word.

        Raises Unauthenticated for none, Forbidden for one that is confined.
        """
        found = await self._session(core, value)
        if found is None:
            raise Unauthenticated("this is no session", code="no-session", hint="sign in at /login")
        if found[0].confined_to is not None:
            raise Forbidden(
                "an organisation's provider let you in: that opens the organisation, not your account",
                code="confined",
                hint="sign in with your password or by a link to change what is yours",
            )
        return found[1]

    async def sign_out(self, core: Core, value: str) -> None:
        """Ends the session of this cookie for good, here and wherever it was copied to."""
        found, actor = await self._session(core, value), await self.actor_from_cookie(core, value)
        if found is not None and actor is not None:
            await core.perform(actor, Session.end, found[0].id)

    async def places(self, core: Core, actor: Actor) -> list[Belonging]:
        """Where a person may look: the open tenants they are in, the first they joined first."""
        return [
            Belonging(place.tenant.id, place.tenant.name, place.membership.role)
            for place in await places_of(core, UUID(actor.id))
            if place.is_open
        ]

    async def move(self, core: Core, value: str, tenant_id: UUID) -> Place:
        """Has the session of this cookie look at another tenant. Raises NotFound for one they are not in."""
        found = await self._session(core, value)
        if found is None:
            raise Unauthenticated("this is no session", code="no-session", hint="sign in at /login")
        session, user = found
        for place in await places_of(core, user.id, session.confined_to):
            if place.tenant.id == tenant_id:
                entrance([place])
                await core.perform(
                    Actor.system(tenant_id, user.email), Session.move, session.id, place_id=tenant_id
                )
                return place
        raise NotFound(f"there is no tenant {tenant_id}", code="no-tenant")

    async def session_id(self, core: Core, value: str) -> UUID | None:
        """Which session a cookie is of."""
        found = await self._session(core, value)
        return None if found is None else found[0].id

    async def _session(self, core: Core, value: str) -> tuple[Session, User] | None:
        if not value or len(value) > 100:
            return None
        query = (
            select(Session, User)
            .join(User, User.id == Session.user_id)
            .where(
                Session.token_hash == self._kept(value),
                Session.ended_at.is_(None),
                Session.expires_at > core.clock.now(),
            )
        )
        async with core.store.system() as session:
            found = (await session.execute(query)).one_or_none()
        return None if found is None else (found[0], found[1])

    def _kept(self, value: str) -> str:
        return kept_of(self._secret, value)


def _refuse_locked(core: Core, user: User | None) -> None:
    if user is None or user.locked_until is None or user.locked_until <= core.clock.now():
        return
    wait_s = int((user.locked_until - core.clock.now()).total_seconds()) + 1
    raise TooManyAttempts(
        "too many failed attempts: the account is locked for a while",
        hint=f"try again in {wait_s // 60 + 1} min, or reset the password",
        details={"retry_after_s": wait_s},
    )


async def _note_stranger(core: Core, how: str, visitor: Visitor) -> None:
    log.warning("sign-in refused from %s: %s", visitor.address, how)
    with suppress(Unavailable):
        await core.note(
            Actor.system(DEFAULT_TENANT, "sign-in"), "sign_in_refused", "users",
            {"how": how, "address": visitor.address},
        )  # fmt: skip


async def _note_refusal(core: Core, user: User | None, email: str, visitor: Visitor) -> None:
    log.warning("sign-in refused from %s: %s", visitor.address, "wrong password" if user else "unknown")
    with suppress(Unavailable):
        if user is None:
            await core.note(
                Actor.system(DEFAULT_TENANT, "sign-in"), "sign_in_refused", "users",
                {"email": email[:120], "address": visitor.address},
            )  # fmt: skip
            return
        places = await places_of(core, user.id)
        where = places[0].tenant.id if places else DEFAULT_TENANT
        await core.perform(Actor.system(where, "sign-in"), User.note_failure, user.id)


def _token_actor(token: ApiToken, membership: Membership, user: User) -> Actor:
    return Actor(
        "token", str(user.id), f"{user.email}/{token.name}", token.tenant_id, membership.role,
        token.scope.value, is_super_admin=user.is_super_admin and token.scope is Scope.ADMIN,
        partition_id=token.partition_id or membership.partition_id,
    )  # fmt: skip
