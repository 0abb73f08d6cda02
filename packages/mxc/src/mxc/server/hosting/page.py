"""Pages declare themselves here; the web surface hosts them with frame, login check and live updates."""

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import Any, Final, TypeAlias
from uuid import UUID

from mxc.server.hosting.core import Core
from mxc.server.hosting.live import Batch, Live
from mxc.server.kernel.access.actor import Actor
from mxc.server.kernel.errors import Forbidden, NotFound, Unauthenticated
from mxc.server.kernel.resource import Action

Draw: TypeAlias = Callable[..., Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Visit:
    """One person looking at one page: the core, who they are, and what happens while they look."""

    core: Core
    actor: Actor
    live: Live
    recheck: Callable[[], Awaitable[Actor | None]]

    def may(self, action: Action[Any, ...]) -> bool:
        """Whether a button for this action makes sense for this person."""
        try:
            self.core.may(self.actor, action)
        except Forbidden:
            return False
        return True

    async def perform(self, action: Action[Any, ...], row_id: UUID | None = None, **args: Any) -> Any:
        """Does it as whoever is signed in now; raises Unauthenticated when nobody is any more."""
        actor = await self.recheck()
        if actor is None or actor.tenant_id != self.actor.tenant_id:
            raise Unauthenticated("your session is over", hint="sign in again, nothing was done")
        return await self.core.perform(actor, action, row_id, **args)

    def watch(self, relations: Iterable[str], changed: Callable[[Batch], Awaitable[None]]) -> None:
        """Calls `changed` with what happened to these relations, until the page is closed."""
        self.live.watch(self.actor.tenant_id, frozenset(relations), changed)


@dataclass(frozen=True, slots=True)
class Page:
    """A declared page; without `menu` it is reached by links only."""

    path: str
    title: str
    menu: str
    icon: str
    order: int
    draw: Draw


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
