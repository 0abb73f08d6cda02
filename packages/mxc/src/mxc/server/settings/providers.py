"""Who else may vouch for people, for the whole installation."""

from enum import StrEnum
from typing import Any

from pydantic import field_validator, model_validator

from mxc.server.settings.section import Section, env, secret


class Newcomers(StrEnum):
    NONE = "none"
    VIEWER = "viewer"
    OPERATOR = "operator"
    ADMIN = "admin"


class SignIn(Section):
    """Providers that everybody may sign in with. Each needs its client id and secret; the address it sends
    people back to is `<our address>/login/with/<google|github|oidc>/back`."""

    google_id: str = env("MXC_GOOGLE_CLIENT_ID", "", "Sign in with Google: who we are there.")
    google_secret: str = secret("MXC_GOOGLE_CLIENT_SECRET", "Our password at Google.")
    github_id: str = env("MXC_GITHUB_CLIENT_ID", "", "Sign in with GitHub: who we are there.")
    github_secret: str = secret("MXC_GITHUB_CLIENT_SECRET", "Our password at GitHub.")
    github_url: str = env("MXC_GITHUB_URL", "https://github.com", "GitHub, or an enterprise server of yours.")
    oidc_issuer: str = env("MXC_OIDC_ISSUER", "", "Any OpenID Connect provider, by the issuer it publishes.")
    oidc_id: str = env("MXC_OIDC_CLIENT_ID", "", "With MXC_OIDC_ISSUER: who we are there.")
    oidc_secret: str = secret("MXC_OIDC_CLIENT_SECRET", "With MXC_OIDC_ISSUER: our password there.")
    oidc_name: str = env("MXC_OIDC_NAME", "Single sign-on", "With MXC_OIDC_ISSUER: what its button says.")
    domains: str = env(
        "MXC_SIGN_IN_DOMAINS",
        "",
        "Whose addresses they may vouch for: `example.org,example.com`; any when empty.",
    )
    newcomers: Newcomers = env(
        "MXC_SIGN_IN_NEWCOMERS",
        Newcomers.NONE,
        "The role in the default organisation of who is not known yet; `none` lets in who was invited. With "
        "Google and GitHub it needs MXC_SIGN_IN_DOMAINS: anybody can have an account there.",
    )
    is_inside_allowed: bool = env(
        "MXC_PROVIDERS_INSIDE",
        False,
        "Let providers that organisations set up themselves be inside private networks, and speak http on "
        "this machine.",
    )

    @field_validator("domains")
    @classmethod
    def _lowered(cls, domains: str) -> str:
        return ",".join(each.strip().lower() for each in domains.split(",") if each.strip())

    @model_validator(mode="after")
    def _whole(self) -> "SignIn":
        for name, client, password in (
            ("MXC_GOOGLE", self.google_id, self.google_secret),
            ("MXC_GITHUB", self.github_id, self.github_secret),
            ("MXC_OIDC", self.oidc_id, self.oidc_secret),
        ):
            if bool(client) != bool(password):
                raise ValueError(f"{name}_CLIENT_ID and {name}_CLIENT_SECRET go together")
        if bool(self.oidc_issuer) != bool(self.oidc_id):
            raise ValueError("MXC_OIDC_ISSUER and MXC_OIDC_CLIENT_ID go together")
        return self

    def offered(self) -> list[dict[str, Any]]:
        """The providers that are set up: kind, label, issuer, client_id, client_secret of each."""
        every = (
            ("google", "Google", "https://accounts.google.com", self.google_id, self.google_secret),
            ("github", "GitHub", self.github_url, self.github_id, self.github_secret),
            ("oidc", self.oidc_name, self.oidc_issuer, self.oidc_id, self.oidc_secret),
        )
        names = ("kind", "label", "issuer", "client_id", "client_secret")
        return [dict(zip(names, each, strict=True)) for each in every if each[3]]
