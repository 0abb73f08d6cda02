"""Signing in by a provider: authorization code with PKCE, and who is let in by its word."""

from collections.abc import Mapping, Sequence
from typing import Any, Final
from urllib.parse import quote, urlencode, urlsplit
from uuid import UUID

from sqlalchemy import select

from mxc.server.domains.identity.federation import github
from mxc.server.domains.identity.federation.errand import Errand, Errands
from mxc.server.domains.identity.federation.openid import SCOPE, Endpoints, OpenId, unproven
from mxc.server.domains.identity.federation.outside import Outside
from mxc.server.domains.identity.federation.provider import ISSUERS, Provider, Vouched
from mxc.server.domains.identity.membership import Role
from mxc.server.domains.identity.sign_in_provider import ProviderKind, SignInProvider
from mxc.server.domains.tenants.tenant import DEFAULT_SLUG, Tenant, TenantStatus
from mxc.server.hosting.core import Core
from mxc.server.hosting.identity import Departure, Offer
from mxc.server.kernel.access.actor import Actor
from mxc.server.kernel.errors import Invalid, NotFound

MOST_OFFERED: Final = 20


class Federation:
    """`installed` are the providers that the whole installation trusts, wherever they are; those of
    organisations are inside our network only where that is allowed. One per process."""

    def __init__(
        self, secret: str, installed: Sequence[Provider] = (), *, is_inside_allowed: bool = False
    ) -> None:
        self._installed = {each.key: each for each in installed}
        self._errands = Errands(secret)
        self._trusted = OpenId(Outside(is_inside_allowed=True))
        self._others = OpenId(Outside(is_inside_allowed=is_inside_allowed))

    async def offered(self, core: Core, organisation: str) -> list[Offer]:
        """The buttons of the door: the installation's providers, and those of one organisation by slug."""
        query = select(Tenant.id).where(
            Tenant.slug == (organisation or DEFAULT_SLUG), Tenant.status == TenantStatus.ACTIVE
        )
        async with core.store.system() as session:
            tenant_id = (await session.scalars(query)).one_or_none()
        own = [] if tenant_id is None else await self._enabled(core, tenant_id)
        return [*(Offer(each.key, each.label) for each in self._installed.values()), *own]

    async def set_out(self, core: Core, key: str, base: str, target: str, person: str = "") -> Departure:
        """Where to send a browser, and the cookie it takes along. Raises NotFound, Unavailable."""
        provider, now = await self.provider(core, key), core.clock.unix()
        errand = Errand.begun(provider.key, target, now, person)
        at = await self._endpoints(provider, now)
        is_github = provider.kind is ProviderKind.GITHUB
        asked = {
            "response_type": "code",
            "client_id": provider.client_id,
            "redirect_uri": _back(base, provider.key),
            "scope": github.SCOPE if is_github else SCOPE,
            "state": errand.state,
            "code_challenge": errand.challenge,
            "code_challenge_method": "S256",
        }
        if not is_github:
            asked["nonce"] = errand.nonce
        joint = "&" if urlsplit(at.authorize).query else "?"
        return Departure(f"{at.authorize}{joint}{urlencode(asked)}", self._errands.cookie(errand))

    async def come_back(
        self, core: Core, key: str, base: str, cookie: str, answer: Mapping[str, str]
    ) -> tuple[Provider, Vouched, Errand]:
        """Whom the provider vouches for. Raises Unauthenticated when its answer proves nothing."""
        now = core.clock.unix()
        errand = self._errands.returned(cookie, key, answer.get("state", ""), now)
        provider = await self.provider(core, key)
        if refusal := answer.get("error"):
            raise unproven(f"{provider.label} says {refusal[:100]}")
        at = await self._endpoints(provider, now)
        stated = answer.get("iss", "" if at.states_issuer else provider.issuer)
        if stated != provider.issuer:
            raise unproven("it comes from another provider")
        told = await self._exchange(provider, at, errand, answer.get("code", ""), _back(base, key))
        if provider.kind is ProviderKind.GITHUB:
            return provider, await github.vouched(self._openid(provider).outside, provider, told), errand
        return provider, await self._openid(provider).vouched(provider, at, told, errand.nonce, now), errand

    async def provider(self, core: Core, key: str) -> Provider:
        """The provider of this key, while it is enabled and its organisation is open. Raises NotFound."""
        if key in self._installed:
            return self._installed[key]
        tenant_id, row_id = _ids(key)
        query = select(Tenant.id).where(Tenant.id == tenant_id, Tenant.status == TenantStatus.ACTIVE)
        async with core.store.system() as session:
            is_open = (await session.scalars(query)).one_or_none() is not None
        wanted = (SignInProvider.id == row_id, SignInProvider.enabled.is_(True))
        found = await core.select(Actor.system(tenant_id), SignInProvider, *wanted) if is_open else []
        if not found:
            raise _unknown()
        return _of_tenant(found[0], core.opened(found[0], "client_secret") or "")

    async def _enabled(self, core: Core, tenant_id: UUID) -> list[Offer]:
        order = (SignInProvider.name, SignInProvider.id)
        is_on, system = SignInProvider.enabled.is_(True), Actor.system(tenant_id)
        rows = await core.select(system, SignInProvider, is_on, order=order, limit=MOST_OFFERED)
        return [Offer(key_of(row), row.name) for row in rows]

    def _openid(self, provider: Provider) -> OpenId:
        return self._trusted if provider.tenant_id is None else self._others

    async def _endpoints(self, provider: Provider, now: float) -> Endpoints:
        if provider.kind is not ProviderKind.GITHUB:
            return await self._openid(provider).endpoints(provider, now)
        self._openid(provider).outside.check(provider.issuer)
        return github.endpoints(provider)

    async def _exchange(
        self, provider: Provider, at: Endpoints, errand: Errand, code: str, back: str
    ) -> dict[str, Any]:
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": back,
            "code_verifier": errand.verifier,
        }
        login = None
        if at.has_basic:
            # RFC 6749, 2.3.1: both are form-encoded first.
            login = quote(provider.client_id, safe=""), quote(provider.client_secret, safe="")
        else:
            form |= {"client_id": provider.client_id, "client_secret": provider.client_secret}
        told = await self._openid(provider).outside.post(at.token, form, login)
        if not isinstance(told, dict):
            raise unproven("it did not answer with an object")
        if "error" in told:
            raise unproven(f"{provider.label} refused the code: {str(told['error'])[:100]}")
        return told


def examined(kind: ProviderKind, issuer: str | None, domains: Sequence[str], newcomers: object) -> None:
    """Refuses what an organisation's provider must not be. Raises Invalid naming the field."""
    if kind is ProviderKind.OIDC and not issuer:
        raise Invalid(fields={"issuer": ["is required: https://… as the provider publishes it"]})
    if kind is ProviderKind.GOOGLE and issuer:
        raise Invalid(fields={"issuer": ["must be empty: Google has one"]})
    if newcomers and not domains and kind is not ProviderKind.OIDC:
        said = "name at least one domain: everybody can have an account there"
        raise Invalid(fields={"email_domains": [said]})


def key_of(row: SignInProvider) -> str:
    """What an organisation's provider goes by in addresses and identities: it says where to look."""
    return f"{row.tenant_id.hex}.{row.id.hex}"


def _of_tenant(row: SignInProvider, secret: str) -> Provider:
    return Provider(
        key_of(row), row.name, row.kind, row.issuer or ISSUERS.get(row.kind, ""), row.client_id, secret,
        row.tenant_id, tuple(each.lower() for each in row.email_domains),
        None if row.role_for_newcomers is None else Role(row.role_for_newcomers.value),
    )  # fmt: skip


def _back(base: str, key: str) -> str:
    return f"{base.rstrip('/')}/login/with/{key}/back"


def _ids(key: str) -> tuple[UUID, UUID]:
    tenant, _, row = key.partition(".")
    try:
        return UUID(tenant), UUID(row)
    except ValueError:
        raise _unknown() from None


def _unknown() -> NotFound:
    return NotFound("there is no such sign-in provider", code="no-provider")
