"""GitHub, which signs nothing: who holds the access token is asked over an encrypted connection."""

from typing import Any, Final

from mxc.server.domains.identity.federation.openid import Endpoints, unproven
from mxc.server.domains.identity.federation.outside import Outside
from mxc.server.domains.identity.federation.provider import ISSUERS, Provider, Vouched
from mxc.server.domains.identity.sign_in_provider import ProviderKind

SCOPE: Final = "read:user user:email"
PUBLIC_API: Final = "https://api.github.com"


def endpoints(provider: Provider) -> Endpoints:
    """Where to go, at github.com or an enterprise server."""
    base = f"{provider.issuer.rstrip('/')}/login/oauth"
    return Endpoints(f"{base}/authorize", f"{base}/access_token", has_basic=False)


async def vouched(outside: Outside, provider: Provider, answer: dict[str, Any]) -> Vouched:
    """Whose token this is. Raises Unauthenticated when it says nobody."""
    token, api = str(answer.get("access_token", "")), _api(provider)
    if not token:
        raise unproven("it sent no access token")
    user, emails = await outside.get(f"{api}/user", token), await outside.get(f"{api}/user/emails", token)
    if not isinstance(user, dict) or not isinstance(user.get("id"), int) or not isinstance(emails, list):
        raise unproven("it does not say who you are")
    primary = [each for each in emails if isinstance(each, dict) and each.get("primary") is True]
    is_verified = bool(primary) and primary[0].get("verified") is True
    email = str(primary[0].get("email", "")).strip().lower() if is_verified else ""
    return Vouched(str(user["id"]), email, str(user.get("name") or user.get("login") or ""))


def _api(provider: Provider) -> str:
    is_public = provider.issuer.rstrip("/") == ISSUERS[ProviderKind.GITHUB]
    return PUBLIC_API if is_public else f"{provider.issuer.rstrip('/')}/api/v3"
