"""How mail goes out."""

from pydantic import field_validator

from mxc.server.settings.section import Section, env, secret

SCHEMES = ("smtp://", "smtps://")


class Outgoing(Section):
    """Links to sign in and to choose a password are sent by mail."""

    url: str = secret(
        "MXC_SMTP_URL",
        "The server that takes our mail: `smtp://user:password@host:587` (STARTTLS) or `smtps://…:465`. "
        "Without it no mail goes out and people sign in with passwords.",
    )
    sender: str = env("MXC_MAIL_FROM", "mxc@localhost", "The address our mail comes from.")
    public_url: str = env(
        "MXC_PUBLIC_URL",
        "",
        "How browsers reach our pages, for links in mail; the address we listen on unless set.",
    )

    @field_validator("url")
    @classmethod
    def _names_a_server(cls, url: str) -> str:
        if url and not url.startswith(SCHEMES):
            raise ValueError("must begin with smtp:// or smtps://")
        return url
