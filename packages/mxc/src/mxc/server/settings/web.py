"""How people and programs reach us."""

from ipaddress import ip_network

from pydantic import field_validator

from mxc.server.settings.section import Section, env, secret


class Web(Section):
    """The address of pages and API."""

    host: str = env("MXC_HOST", "127.0.0.1", "The address to listen on; `0.0.0.0` is every interface.")
    port: int = env("PORT", 4000, "The port of pages and API; 0 takes a free one.", ge=0, le=65535)
    has_pages: bool = env("MXC_UI_ENABLED", True, "Serve the pages; `false` leaves the API alone.")
    is_development: bool = env("MXC_DEVELOPMENT", False, "Show the pages that only developers need.")
    trusted_proxies: str = env(
        "MXC_TRUSTED_PROXIES",
        "127.0.0.1,::1",
        "The addresses and networks of reverse proxies, by comma, whose `X-Forwarded-For` and "
        "`X-Forwarded-Proto` are believed.",
    )
    secret_key: str = secret(
        "SECRET_KEY_BASE",
        "Mixed into what is kept of session cookies (at least 32 characters); when unset, one is made and "
        "kept in `secret-key` below MXC_HOME. Coordinators that share a database share it too.",
    )

    @field_validator("trusted_proxies")
    @classmethod
    def _are_addresses(cls, proxies: str) -> str:
        for each in filter(None, map(str.strip, proxies.split(","))):
            ip_network(each)
        return proxies

    @field_validator("secret_key")
    @classmethod
    def _is_long(cls, key: str) -> str:
        if key and len(key) < 32:
            raise ValueError("must have at least 32 characters")
        return key
