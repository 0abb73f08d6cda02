"""OpenID Connect: what a provider publishes of itself, and what its ID tokens prove (Core 1.0, 3.1.3.7)."""

from dataclasses import dataclass
from typing import Any, Final

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from mxc.server.domains.identity.federation.outside import Outside, refused_address
from mxc.server.domains.identity.federation.provider import Provider, Vouched
from mxc.server.kernel.errors import Unauthenticated, Unavailable

# Public keys only: a key of ours cannot be taken for one of theirs, and unsigned tokens are none.
ALGORITHMS: Final = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512")
LEEWAY_S: Final = 60
KEPT_FOR_S: Final = 600.0
SCOPE: Final = "openid email profile"
LONGEST_SUBJECT: Final = 255


@dataclass(frozen=True, slots=True)
class Endpoints:
    """Where a provider does what; `has_basic`: our secret is sent as HTTP Basic."""

    authorize: str
    token: str
    keys: str = ""
    userinfo: str = ""
    has_basic: bool = True
    states_issuer: bool = False


class OpenId:
    """What providers published is kept for ten minutes; a key that is not known is looked for at once."""

    def __init__(self, outside: Outside) -> None:
        self.outside = outside
        self._endpoints: dict[str, tuple[float, Endpoints]] = {}
        self._keys: dict[str, KeySet] = {}

    async def endpoints(self, provider: Provider, now: float) -> Endpoints:
        """Where to go. Raises Unavailable when what it publishes cannot be used."""
        at, known = self._endpoints.get(provider.issuer, (0.0, None))
        if known is not None and now - at < KEPT_FOR_S:
            return known
        document = await self.outside.get(f"{provider.issuer.rstrip('/')}/.well-known/openid-configuration")
        found = self._read(provider, document)
        self._endpoints[provider.issuer] = (now, found)
        self._keys.pop(provider.issuer, None)
        return found

    async def vouched(
        self, provider: Provider, endpoints: Endpoints, answer: dict[str, Any], nonce: str, now: float
    ) -> Vouched:
        """Whom an answer of the token endpoint is about. Raises Unauthenticated when it proves nothing."""
        token = answer.get("id_token")
        if not isinstance(token, str):
            raise unproven("it sent no ID token")
        claims = await self._claims(provider, endpoints, token, nonce, now)
        if "email" not in claims and endpoints.userinfo:
            claims = await self._with_userinfo(endpoints, claims, str(answer.get("access_token", "")))
        is_verified = claims.get("email_verified") in (True, "true")
        email = str(claims.get("email", "")).strip().lower() if is_verified else ""
        return Vouched(claims["sub"], email, str(claims.get("name", "")))

    async def _claims(
        self, provider: Provider, endpoints: Endpoints, token: str, nonce: str, now: float
    ) -> dict[str, Any]:
        for keys in (self._keys.get(provider.issuer), None):
            trusted = keys or await self._fetch_keys(provider, endpoints)
            try:
                return claims_of(token, trusted, provider, nonce, now)
            except (JoseError, ValueError) as error:
                # A provider may have begun to sign with another key since we looked.
                if keys is None:
                    raise unproven(str(error) or type(error).__name__) from None
        raise AssertionError("the second look has an answer")

    async def _fetch_keys(self, provider: Provider, endpoints: Endpoints) -> KeySet:
        published = await self.outside.get(endpoints.keys)
        try:
            self._keys[provider.issuer] = KeySet.import_key_set(published)
        except (JoseError, ValueError, KeyError, TypeError) as error:
            raise Unavailable(f"{provider.label} publishes no keys: {error}", code="provider") from None
        return self._keys[provider.issuer]

    async def _with_userinfo(
        self, endpoints: Endpoints, claims: dict[str, Any], token: str
    ) -> dict[str, Any]:
        told = await self.outside.get(endpoints.userinfo, token)
        if not isinstance(told, dict) or told.get("sub") != claims["sub"]:
            raise unproven("its userinfo is about somebody else")
        return {**told, **claims}

    def _read(self, provider: Provider, document: Any) -> Endpoints:
        if not isinstance(document, dict) or document.get("issuer") != provider.issuer:
            raise refused_address(provider.issuer, "what is published there names another issuer")
        named = ("authorization_endpoint", "token_endpoint", "jwks_uri")
        authorize, token, keys = (self.outside.check(str(document.get(name, ""))) for name in named)
        methods = document.get("token_endpoint_auth_methods_supported") or ["client_secret_basic"]
        userinfo = str(document.get("userinfo_endpoint", ""))
        return Endpoints(
            authorize, token, keys, self.outside.check(userinfo) if userinfo else "",
            has_basic="client_secret_basic" in methods,
            states_issuer=document.get("authorization_response_iss_parameter_supported") is True,
        )  # fmt: skip


def claims_of(token: str, keys: KeySet, provider: Provider, nonce: str, now: float) -> dict[str, Any]:
    """The claims of an ID token that was made by this provider, for us, for this very sign-in, just now.

    Raises JoseError or ValueError saying what is wrong with it.
    """
    read = jwt.decode(token, keys, algorithms=ALGORITHMS)
    required = jwt.JWTClaimsRegistry(
        now=int(now),
        leeway=LEEWAY_S,
        iss={"essential": True, "value": provider.issuer},
        aud={"essential": True, "value": provider.client_id},
        sub={"essential": True},
        exp={"essential": True},
        iat={"essential": True},
        nonce={"essential": True, "value": nonce},
    )
    claims = dict(read.claims)
    required.validate(claims)
    audience = claims["aud"]
    if claims.get("azp", provider.client_id) != provider.client_id:
        raise ValueError("it was made for another party")
    if isinstance(audience, list) and len(audience) > 1 and "azp" not in claims:
        raise ValueError("it is for several and does not say for whom it was made")
    if not claims["sub"] or len(claims["sub"]) > LONGEST_SUBJECT:
        raise ValueError("its subject is none")
    return claims


def unproven(reason: str) -> Unauthenticated:
    """The refusal of a provider's word that cannot be believed."""
    return Unauthenticated(
        f"the provider's answer proves nothing: {reason}", code="bad-proof", hint="sign in once more"
    )
