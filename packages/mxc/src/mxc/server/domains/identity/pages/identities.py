"""/user-identities: which providers vouch for which people."""

from mxc.server.domains.identity.user_identity import UserIdentity
from mxc.server.hosting.display import Display

display = Display(
    UserIdentity, title="Linked identities", noun="identity", icon="fingerprint", order=25,
    hint="That a provider vouches for a person, under a name of its own.",
)  # fmt: skip
