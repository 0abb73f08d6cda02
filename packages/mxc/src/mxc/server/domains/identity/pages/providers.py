"""/sign-in-providers: who else may vouch for the people of this organisation."""

from mxc.server.domains.identity.sign_in_provider import SignInProvider
from mxc.server.hosting.display import Display

display = Display(
    SignInProvider, title="Sign-in providers", noun="provider", icon="login", order=40,
    hint="Who else may vouch for members: Google, GitHub, or any OpenID Connect provider of your own.",
)  # fmt: skip
