"""A call: who asks whom. Routes take `Caller`; nothing gets to them without a valid token or session."""

from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass
from functools import partial
from typing import Annotated, Any, Final
from urllib.parse import urlsplit

from fastapi import Depends, Request, Response

from mxc.server.hosting.core import Core
from mxc.server.hosting.identity import COOKIE, Visitor
from mxc.server.kernel.access.actor import Actor
from mxc.server.kernel.errors import Forbidden, Unauthenticated
from mxc.server.kernel.facts.tenant import TenantFacts
from mxc.server.kernel.resource import Action, catalogue

PARTITION: Final = "x-partition-id"
API_KEY: Final = "x-api-key"
SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS"})


@dataclass(frozen=True, slots=True)
class Call:
    """One request: the core it reached and who made it."""

    core: Core
    actor: Actor
    recheck: Callable[[], Awaitable[Actor]] | None = None

    async def admitted(self) -> None:
        """Returns while who called would still come in, as they did. Raises Unauthenticated, Forbidden."""
        if self.recheck is not None and await self.recheck() != self.actor:
            raise Unauthenticated(
                "who you are here has changed", code="bad-token", hint="ask again, and be judged anew"
            )

    def may(self, action: Action[Any, ...]) -> None:
        """Returns when who calls may perform the action. Raises Forbidden with the reason."""
        self.core.may(self.actor, action)

    def may_read(self, resource: type[Any]) -> None:
        """Returns when who calls may see rows of the resource. Raises Forbidden with the reason."""
        self.core.may_read(self.actor, resource)

    def has(self, resource: type[Any], name: str) -> bool:
        """Whether who calls has a permission of a resource."""
        return self.core.has(self.actor, resource, name)

    def need(self, resource: type[Any], name: str) -> None:
        """The same; raises Forbidden with the reason when they do not have it."""
        self.core.need(self.actor, resource, name)

    def may_hand_on(self, action: Action[Any, ...], roles: Collection[str]) -> None:
        """Returns when who calls has all that these roles grant. Raises Forbidden that names the rest."""
        self.core.may_hand_on(self.actor, action, roles)

    def about_all(self) -> TenantFacts:
        """The facts, for what tells of the whole organisation. Raises Forbidden inside a
        partition, and for who may not read everything that becomes facts."""
        if self.actor.partition_id is not None:
            raise Forbidden(
                "this tells of the whole organisation, and you ask as one partition of it",
                code="confined",
                hint="ask without X-Partition-Id, or somebody who is not confined to a partition",
            )
        for spec in catalogue():
            if spec.facts:
                self.may_read(spec.resource)
        return self.core.facts(self.actor)


def core_of(request: Request) -> Core:
    """The core this application serves."""
    core: Core = request.app.state.core
    return core


def visitor_of(request: Request) -> Visitor:
    """From where this request comes."""
    address = request.client.host if request.client else ""
    return Visitor(address, request.headers.get("user-agent", ""))


def give_cookie(request: Request, response: Response, value: str) -> None:
    """Has the browser keep its session; scripts and other sites do not get at it."""
    is_safe = request.url.scheme == "https"
    response.set_cookie(COOKIE, value, path="/", httponly=True, samesite="lax", secure=is_safe)


async def current_call(request: Request) -> Call:
    """The call behind a request. Raises Unauthenticated, Forbidden for a cookie used across sites, NotFound
    for a partition that is none of theirs."""
    core = core_of(request)
    return Call(core, await _caller(core, request), partial(_caller, core, request))


async def _caller(core: Core, request: Request) -> Actor:
    actor = await _by_token(core, request) or await _by_cookie(core, request) or _nobody()
    if partition := request.headers.get(PARTITION):
        actor = await core.identity.within(core, actor, partition)
    return actor


async def _by_token(core: Core, request: Request) -> Actor | None:
    kind, _, token = request.headers.get("authorization", "").partition(" ")
    if not kind and (token := request.headers.get(API_KEY, "")):
        kind = "bearer"
    if not kind:
        return None
    actor = None
    if kind.lower() == "bearer":
        actor = await core.identity.actor_from_token(core, token.strip(), visitor_of(request).address)
    if actor is None:
        raise Unauthenticated(
            "this token is not valid: unknown, expired or revoked",
            code="bad-token",
            hint="`mxc login` or `mxc tokens create` makes one",
        )
    return actor


async def _by_cookie(core: Core, request: Request) -> Actor | None:
    value = request.cookies.get(COOKIE)
    actor = await core.identity.actor_from_cookie(core, value) if value else None
    if actor is not None and request.method not in SAFE_METHODS:
        refuse_other_sites(request)
    return actor


def refuse_other_sites(request: Request) -> None:
    """A browser sends our cookie with requests of other sites too: only our own origin may write with it."""
    origin = request.headers.get("origin", "")
    if not origin or urlsplit(origin).netloc != request.headers.get("host"):
        raise Forbidden(
            "a write with the session cookie must come from our own pages",
            code="cross-site",
            hint="programs send `Authorization: Bearer <token>` instead",
        )


def _nobody() -> Actor:
    raise Unauthenticated(
        "who are you?", code="no-token", hint="send `Authorization: Bearer <token>`, or sign in at /login"
    )


Caller = Annotated[Call, Depends(current_call)]
