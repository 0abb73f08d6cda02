"""A browser on its way to a provider and back: what it carries so that only it can come back, once, soon."""

from base64 import urlsafe_b64encode
from dataclasses import asdict, dataclass
from hashlib import sha256
from hmac import compare_digest
from secrets import token_urlsafe
from typing import Final

from itsdangerous import BadSignature, URLSafeSerializer

from mxc.server.domains.identity.federation.openid import unproven

GOOD_FOR_S: Final = 600.0


@dataclass(frozen=True, slots=True)
class Errand:
    """`state` binds the answer to this browser, `nonce` the ID token to this errand, `verifier` (PKCE) the
    code to whoever set out. `person` is who wants the provider linked to them; empty to sign in."""

    provider: str
    target: str
    at: float
    state: str
    nonce: str
    verifier: str
    person: str = ""

    @classmethod
    def begun(cls, provider: str, target: str, at: float, person: str = "") -> "Errand":
        """A new one, which nobody can guess."""
        return cls(provider, target, at, token_urlsafe(24), token_urlsafe(24), token_urlsafe(48), person)

    @property
    def challenge(self) -> str:
        """What the provider is told of the verifier (S256)."""
        return urlsafe_b64encode(sha256(self.verifier.encode()).digest()).rstrip(b"=").decode()


class Errands:
    """Errands as cookies, signed with the installation's secret."""

    def __init__(self, secret: str) -> None:
        self._signer: URLSafeSerializer = URLSafeSerializer(secret, salt="mxc errand to a provider")

    def cookie(self, errand: Errand) -> str:
        """What the browser carries."""
        return str(self._signer.dumps(asdict(errand)))

    def returned(self, cookie: str, provider: str, state: str, now: float) -> Errand:
        """The errand a browser comes back from. Raises Unauthenticated when it is not on one."""
        try:
            errand = Errand(**self._signer.loads(cookie))
        except (BadSignature, TypeError):
            raise unproven("this browser did not set out to it") from None
        if not 0 <= now - errand.at < GOOD_FOR_S:
            raise unproven("it took longer than ten minutes")
        if errand.provider != provider or not compare_digest(errand.state.encode(), state.encode()):
            raise unproven("it answers another question (state)")
        return errand
