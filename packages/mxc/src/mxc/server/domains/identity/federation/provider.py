"""A provider as the door uses it, whoever set it up."""

from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

from mxc.server.domains.identity.membership import Role
from mxc.server.domains.identity.sign_in_provider import ProviderKind

ISSUERS: Final = {
    ProviderKind.GOOGLE: "https://accounts.google.com",
    ProviderKind.GITHUB: "https://github.com",
}
LABELS: Final = {ProviderKind.GOOGLE: "Google", ProviderKind.GITHUB: "GitHub"}


@dataclass(frozen=True, slots=True)
class Provider:
    """`key` is what identities name it by; without `tenant_id` the whole installation trusts it.

    `domains` are whose e-mail addresses it vouches for, all when there are none; `newcomers` is the role of
    who is not known yet, and None lets nobody new in.
    """

    key: str
    label: str
    kind: ProviderKind
    issuer: str
    client_id: str
    client_secret: str = field(repr=False)
    tenant_id: UUID | None = None
    domains: tuple[str, ...] = ()
    newcomers: Role | None = None

    @property
    def takes_anybody(self) -> bool:
        """Would whoever has an account there be let in? At Google and GitHub everybody can have one."""
        return self.newcomers is not None and not self.domains and self.kind is not ProviderKind.OIDC

    def vouches_for(self, email: str) -> bool:
        """Whether it may speak for an address."""
        return not self.domains or email.rpartition("@")[2] in self.domains


@dataclass(frozen=True, slots=True)
class Vouched:
    """What a provider says of who came: `subject` is its own name for them, `email` is empty unless it
    verified the address itself."""

    subject: str
    email: str
    name: str = ""
