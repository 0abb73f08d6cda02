"""Pages declare themselves here; the web surface hosts them with frame, login check and live updates."""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final, TypeAlias
from uuid import UUID

from nicegui import ui

from mxc.server.hosting.core import Core
from mxc.server.hosting.live import Batch, Live, Place
from mxc.server.kernel.access.actor import Actor
from mxc.server.kernel.errors import Forbidden, NotFound, Unauthenticated
from mxc.server.kernel.perform import Expect
from mxc.server.kernel.resource import Action

Draw: TypeAlias = Callable[..., Awaitable[None]]
LOOK_AGAIN_S: Final = 5.0
"""How long a page that only looks on goes on before it is asked again who looks."""


@dataclass(frozen=True, slots=True)
class Visit:
    """One person looking at one page: the core, who they are, and what happens while they look.

    `query` is what stood behind the `?` of the page's address.
    """

    core: Core
    actor: Actor
    live: Live
    recheck: Callable[[], Awaitable[Actor | None]]
    query: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))

    def may(self, action: Action[Any, ...]) -> bool:
        """Whether a button for this action makes sense for this person."""
        return self.refusal(action) is None

    def refusal(self, action: Action[Any, ...]) -> Forbidden | None:
        """Why this person may not do it; None when they may."""
        try:
            self.core.may(self.actor, action)
        except Forbidden as error:
            return error
        return None

    async def present(self) -> Actor:
        """Whoever is signed in now; raises Unauthenticated when it is nobody, or somebody elsewhere."""
        actor = await self.recheck()
        if actor is None or _place(actor) != _place(self.actor):
            raise Unauthenticated("your session is over", hint="sign in again, nothing was done")
        return actor

    async def perform(
        self,
        action: Action[Any, ...],
        row_id: UUID | None = None,
        /,
        *,
        expect: Expect | None = None,
        **args: Any,
    ) -> Any:
        """Does it as whoever is signed in now; raises Unauthenticated when nobody is any more."""
        return await self.core.perform(await self.present(), action, row_id, expect=expect, **args)

    def watch(self, relations: Iterable[str], changed: Callable[[Batch], Awaitable[None]]) -> None:
        """Calls `changed` with what happened to these relations, until the page is closed.

        A page whose session ended, or looks at another tenant by now, hears nothing more and is left.
        """
        seen_at = self.core.clock.unix()

        async def heard(batch: Batch) -> None:
            nonlocal seen_at
            if self.core.clock.unix() - seen_at > LOOK_AGAIN_S:
                try:
                    await self.present()
                except Unauthenticated:
                    ui.navigate.to("/login")
                    return
                seen_at = self.core.clock.unix()
            await changed(batch)

        self.live.watch(_place(self.actor), frozenset(relations), heard)


def _place(actor: Actor) -> Place:
    return actor.tenant_id, actor.partition_id


@dataclass(frozen=True, slots=True)
class Page:
    """A declared page; without `menu` it is reached by links only.

    `group` is where the menu has it, `for_whom` who finds it there: everybody, when nothing is said.
    """

    path: str
    title: str
    menu: str
    icon: str
    order: float
    draw: Draw
    group: str = ""
    for_whom: Callable[["Visit"], bool] | None = None


PAGES: Final[dict[str, Page]] = {}


def page(
    path: str, title: str, *, menu: str = "", icon: str = "", order: int = 100
) -> Callable[[Draw], Draw]:
    """Declares an async function `(visit, **path parameters)` as the page at `path`."""

    def declare(draw: Draw) -> Draw:
        PAGES[path] = Page(path, title, menu, icon, order, draw)
        return draw

    return declare


def row_id(given: str) -> UUID:
    """An id from a path; NotFound when it cannot be one."""
    try:
        return UUID(given)
    except ValueError:
        raise NotFound(f"there is nothing called {given!r} here") from None
