"""The device flow (RFC 8628): a program without a browser gets a token that a person approves elsewhere."""

from datetime import timedelta
from secrets import choice
from typing import ClassVar, Final
from uuid import UUID

from sqlalchemy import select

from mxc.server.domains.identity.api_token import Scope
from mxc.server.domains.identity.attempts import Attempts
from mxc.server.domains.identity.device_grant import GOOD_FOR, DeviceGrant, GrantStatus
from mxc.server.domains.identity.issue import Issued, new_token
from mxc.server.domains.identity.token import kept_of, new_secret
from mxc.server.domains.tenants.tenant import DEFAULT_TENANT
from mxc.server.hosting.core import Core
from mxc.server.hosting.identity import Asking, Visitor
from mxc.server.kernel.access.actor import Actor
from mxc.server.kernel.errors import Conflict, Invalid, NotFound

# No vowels, so that chance writes no words; 20 letters eight times are 34 bits, for ten minutes.
LETTERS: Final = "BCDFGHJKLMNPQRSTVWXZ"
INTERVAL_S: Final = 5
MOST_POLLED: Final = 10_000


class NotYet(Invalid):
    """The program has to ask again, or not at all: `code` is the one that RFC 8628 names."""

    status: ClassVar[int] = 400


class DeviceFlow:
    """One per process: how often a program asks is counted in memory, by each coordinator."""

    def __init__(self, secret: str) -> None:
        self._secret = secret
        self._attempts = Attempts()
        self._polled: dict[str, tuple[float, int]] = {}

    async def ask(self, core: Core, name: str, scope: Scope, days: int, visitor: Visitor) -> tuple[str, str]:
        """The secrets of a new grant: the program's, and the code that a person types."""
        keys, now = (f"devices from {visitor.address}",), core.clock.unix()
        self._attempts.check(now, *keys)
        self._attempts.failed(now, *keys)
        device, code = new_secret(), "".join(choice(LETTERS) for _ in range(8))
        await core.perform(
            Actor.system(DEFAULT_TENANT, "device"), DeviceGrant.create, name=name, address=visitor.address,
            scope=scope, days=days, device_hash=self._kept(device), user_hash=self._kept(code),
            user_id=None, place_id=None, expires_at=core.clock.now() + GOOD_FOR,
        )  # fmt: skip
        return device, f"{code[:4]}-{code[4:]}"

    async def asking(self, core: Core, actor: Actor, code: str) -> Asking:
        """What waits under a code that somebody typed. Raises NotFound, TooManyAttempts for guessing."""
        grant = await self._waiting(core, actor, code)
        return Asking(grant.name, grant.address, grant.scope.value, grant.days, grant.created_at)

    async def answer(self, core: Core, actor: Actor, code: str, is_approved: bool) -> None:
        """A person's answer; the token will be theirs, in the tenant they look at. Raises NotFound."""
        grant = await self._waiting(core, actor, code)
        system = Actor.system(actor.tenant_id, actor.name)
        if is_approved:
            place = actor.tenant_id
            await core.perform(system, DeviceGrant.approve, grant.id, user_id=UUID(actor.id), place_id=place)
        else:
            await core.perform(system, DeviceGrant.deny, grant.id)

    async def token(self, core: Core, device: str) -> Issued:
        """The token, once it was approved. Raises NotYet with `authorization_pending`, `slow_down`,
        `access_denied` or `expired_token`."""
        kept, now = self._kept(device), core.clock.now()
        async with core.store.system() as session:
            query = select(DeviceGrant).where(DeviceGrant.device_hash == kept)
            grant = (await session.scalars(query)).one_or_none()
        if grant is None or grant.expires_at <= now or grant.status is GrantStatus.USED:
            raise NotYet("this code is over", code="expired_token", hint="begin anew")
        self._refuse_haste(kept, core.clock.unix())
        if grant.status is GrantStatus.DENIED:
            raise NotYet("somebody refused it", code="access_denied")
        if grant.status is not GrantStatus.APPROVED or grant.user_id is None or grant.place_id is None:
            raise NotYet("nobody has approved it yet", code="authorization_pending")
        try:
            await core.perform(Actor.system(grant.place_id, "device"), DeviceGrant.use, grant.id)
        except Conflict:
            raise NotYet("this code is over", code="expired_token", hint="begin anew") from None
        until = now + timedelta(days=grant.days)
        return await new_token(core, grant.place_id, grant.user_id, grant.name, grant.scope, until)

    def _refuse_haste(self, kept: str, now: float) -> None:
        at, interval = self._polled.pop(kept, (0.0, INTERVAL_S))
        is_hasty = now - at < interval - 0.5
        while len(self._polled) >= MOST_POLLED:
            self._polled.pop(next(iter(self._polled)))
        self._polled[kept] = (now, interval + INTERVAL_S if is_hasty else interval)
        if is_hasty:
            raise NotYet("asked too often", code="slow_down", hint=f"ask every {interval + INTERVAL_S} s")

    async def _waiting(self, core: Core, actor: Actor, code: str) -> DeviceGrant:
        keys, now = (f"codes by {actor.id}",), core.clock.unix()
        self._attempts.check(now, *keys)
        typed = "".join(letter for letter in code.upper() if letter in LETTERS)
        query = select(DeviceGrant).where(
            DeviceGrant.user_hash == self._kept(typed),
            DeviceGrant.status == GrantStatus.WAITING,
            DeviceGrant.expires_at > core.clock.now(),
        )
        async with core.store.system() as session:
            grant = (await session.scalars(query)).one_or_none()
        if grant is None:
            self._attempts.failed(now, *keys)
            raise NotFound("nothing waits under this code", code="no-such-code", hint="it is good for 10 min")
        return grant

    def _kept(self, secret: str) -> str:
        return kept_of(self._secret, secret)
