"""Who is calling? What surfaces ask of whoever knows people and tokens."""

from typing import TYPE_CHECKING, Final, Protocol

from mxc.server.kernel.access.actor import Actor

if TYPE_CHECKING:
    from mxc.server.hosting.core import Core

COOKIE: Final = "mxc_session"


class Identity(Protocol):
    """Knows people and programs by what they show. Nobody found is None, never an error."""

    async def actor_from_token(self, core: "Core", token: str) -> Actor | None:
        """Who holds this bearer token."""

    async def actor_from_cookie(self, core: "Core", value: str) -> Actor | None:
        """Whose signed session this is."""

    async def sign_out(self, core: "Core", value: str) -> None:
        """Ends the session of this cookie, copies of it included; of one that is no session, nothing."""

    async def sign_in(self, core: "Core", email: str, password: str, address: str) -> str:
        """The value of a session cookie; raises Unauthenticated, or Unavailable after too many attempts."""
