"""`@on("report", Report)`: what to do when an agent says something. Presence of the file is registration."""

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from types import ModuleType
from typing import Any, Generic, TypeAlias, TypeVar
from uuid import UUID

from mxc.protocol import Message
from mxc.server.kernel.access.actor import Actor

M = TypeVar("M", bound=Message)
Receive: TypeAlias = Callable[..., Awaitable[Message | None]]


@dataclass(frozen=True, slots=True)
class Arrival(Generic[M]):
    """One message. Tenant and agent come from the subject it came on; `at` is when we received it."""

    tenant_id: UUID
    agent_id: UUID
    at: datetime
    message: M

    @property
    def actor(self) -> Actor:
        return Actor.agent(self.tenant_id, self.agent_id)


@dataclass(frozen=True, slots=True)
class Inbox:
    """Calls `receive(desk, arrival)` for each message of a kind and sends back what it returns.

    With `every`, calls `receive(desk, arrivals)` with all of one tenant's that came in that time, unanswered.
    """

    kind: str
    message: type[Message]
    receive: Receive = field(repr=False)
    every: timedelta | None = None


def on(
    kind: str, message: type[Message], *, every: timedelta | None = None
) -> Callable[[Callable[..., Awaitable[Any]]], Inbox]:
    """Makes an async function the inbox of one kind of message."""

    def declare(receive: Callable[..., Awaitable[Any]]) -> Inbox:
        return Inbox(kind, message, receive, every)

    return declare


def inboxes_in(modules: Iterable[ModuleType]) -> tuple[Inbox, ...]:
    """Every inbox declared in these modules, by kind."""
    found = {
        value.kind: value for module in modules for value in vars(module).values() if isinstance(value, Inbox)
    }
    return tuple(found[kind] for kind in sorted(found))
