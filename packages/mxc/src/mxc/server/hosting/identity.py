"""Who is calling? What surfaces ask of whoever knows people and tokens."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final, Protocol
from uuid import UUID

from mxc.server.kernel.access.actor import Actor

if TYPE_CHECKING:
    from mxc.server.hosting.core import Core

COOKIE: Final = "mxc_session"


@dataclass(frozen=True, slots=True)
class Visitor:
    """From where somebody signs in: their address, and what their browser says it is."""

    address: str
    browser: str = ""


@dataclass(frozen=True, slots=True)
class Belonging:
    """An organisation somebody may look at, and what they are there."""

    tenant_id: UUID
    name: str
    role: str


@dataclass(frozen=True, slots=True)
class Offer:
    """A sign-in provider: the key in its address, and what its button says."""

    key: str
    label: str


@dataclass(frozen=True, slots=True)
class Departure:
    """A browser is sent to `url` and carries `cookie` there and back."""

    url: str
    cookie: str


@dataclass(frozen=True, slots=True)
class Returned:
    """A browser is back from a provider: where it wanted to go, and its session if it has a new one."""

    target: str
    session: str = ""


@dataclass(frozen=True, slots=True)
class Asking:
    """A program on another machine that asks for a token, good for so many days."""

    name: str
    address: str
    scope: str
    days: int
    at: datetime


class DeviceGrants(Protocol):
    """What other machines ask for, and a person's answer."""

    async def asking(self, core: "Core", actor: Actor, code: str) -> Asking:
        """What waits under a code that somebody typed. Raises NotFound, Unavailable for guessing."""

    async def answer(self, core: "Core", actor: Actor, code: str, is_approved: bool) -> None:
        """Lets it in, as this person, or not. Raises NotFound."""

    async def ask(self, core: "Core", name: str, scope: Any, days: int, visitor: Visitor) -> tuple[str, str]:
        """The secret of the program that asks, and the code that a person types."""

    async def token(self, core: "Core", device: str) -> Any:
        """The token of a program that was let in; raises Invalid until then."""


class Identity(Protocol):
    """Knows people and programs by what they show. Nobody found is None; `address` is how browsers reach us
    where requests do not say so."""

    is_registration_open: bool
    address: str
    grants: DeviceGrants

    async def is_known(self, core: "Core", email: str) -> bool:
        """Whether somebody has this address."""

    async def actor_from_token(self, core: "Core", token: str, address: str = "") -> Actor | None:
        """Who holds this bearer token. Raises Forbidden while their tenant is suspended."""

    async def within(self, core: "Core", actor: Actor, partition: str) -> Actor:
        """The actor, confined to a partition of their tenant; raises NotFound for one they do not see."""

    async def actor_from_cookie(self, core: "Core", value: str) -> Actor | None:
        """Whose session this is."""

    async def sign_out(self, core: "Core", value: str) -> None:
        """Ends the session of this cookie, copies of it included; of one that is no session, nothing."""

    async def sign_in(self, core: "Core", email: str, password: str, visitor: Visitor) -> str:
        """The value of a session cookie; raises Unauthenticated, or Unavailable after too many attempts."""

    @property
    def can_mail(self) -> bool:
        """Whether links can be sent by mail."""

    async def ask_for_link(self, core: "Core", email: str, purpose: str, visitor: Visitor) -> None:
        """Mails a link (`sign-in` or `password`) to whoever has this address."""

    async def purpose_of(self, core: "Core", secret: str) -> str:
        """What a link is for; raises Unauthenticated for one that is no longer good."""

    async def come_in(self, core: "Core", secret: str, visitor: Visitor) -> str:
        """Signs in by a link; the value of a session cookie."""

    async def choose_password(self, core: "Core", secret: str, password: str, visitor: Visitor) -> str:
        """Another password by a link; the value of a session cookie."""

    async def change_password(self, core: "Core", actor: Actor, current: str, password: str) -> None:
        """Another password for who knows the current one; every session is over."""

    async def places(self, core: "Core", actor: Actor) -> "Sequence[Belonging]":
        """Where a person may look: the open tenants they are in."""

    async def move(self, core: "Core", value: str, tenant_id: UUID) -> Any:
        """Has a session look at another tenant; raises NotFound for one its person is not in."""

    async def session_id(self, core: "Core", value: str) -> UUID | None:
        """Which session a cookie is of."""

    async def offered(self, core: "Core", organisation: str) -> list[Offer]:
        """The providers one may sign in with, those of an organisation by its slug among them."""

    async def set_out(self, core: "Core", key: str, base: str, target: str, session: str = "") -> Departure:
        """To a provider, to sign in, or with the cookie of a session to link it to its person.

        `base` is our own address. Raises NotFound, Unavailable, Unauthenticated.
        """

    async def come_back(
        self,
        core: "Core",
        key: str,
        base: str,
        cookie: str,
        session: str,
        answer: Mapping[str, str],
        visitor: Visitor,
    ) -> Returned:
        """Back from a provider with its answer. Raises Unauthenticated, Forbidden, Conflict."""  # fmt: skip
