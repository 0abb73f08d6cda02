"""What just became true, for pages and streams of this process. One broadcast per engine transaction."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass, replace
from typing import Any, Final, Literal, TypeAlias
from uuid import UUID
from weakref import WeakSet

DEPTH: Final = 2048


@dataclass(frozen=True, slots=True)
class Note:
    """One row was written (`document` shows it) or is gone."""

    relation: str
    id: str
    document: dict[str, Any] | None
    change: Literal["put", "gone"]


@dataclass(frozen=True, slots=True)
class Derived:
    """The net change of one predicate."""

    predicate: str
    appeared: tuple[tuple[Any, ...], ...]
    vanished: tuple[tuple[Any, ...], ...]


@dataclass(frozen=True, slots=True)
class Resync:
    """Something was dropped because the reader was too slow: read everything again."""


Item: TypeAlias = Note | Derived | Resync


class Subscription:
    """An endless async iterator; what is published from the moment it is made arrives once, in order.

    To a reader in a partition, a row of another one is gone.
    """

    def __init__(self, depth: int, partition_id: UUID | None = None) -> None:
        self._depth = depth
        self._partition = None if partition_id is None else str(partition_id)
        self._items: deque[Item] = deque()
        self._filled = asyncio.Event()
        self._closed = False

    def __aiter__(self) -> AsyncIterator[Item]:
        return self

    async def __anext__(self) -> Item:
        while not self._items:
            if self._closed:
                raise StopAsyncIteration
            self._filled.clear()
            await self._filled.wait()
        return self._items.popleft()

    def close(self) -> None:
        """Ends the iteration once what was published has been read."""
        self._closed = True
        self._filled.set()

    def offer(self, items: Iterable[Item]) -> None:
        """Adds items; a reader that is `depth` behind is cut and told to resync."""
        if self._closed:
            return
        self._items.extend(items if self._partition is None else map(self._seen, items))
        if len(self._items) > self._depth:
            self._items.clear()
            self._items.append(Resync())
        self._filled.set()

    def _seen(self, item: Item) -> Item:
        if not isinstance(item, Note) or item.document is None:
            return item
        is_ours = item.document.get("partition_id") in (None, self._partition)
        return item if is_ours else replace(item, document=None, change="gone")


class Feed:
    """Subscriptions by tenant. One that nobody holds any more goes away by itself."""

    def __init__(self, depth: int = DEPTH) -> None:
        self._depth = depth
        self._subscriptions: dict[UUID, WeakSet[Subscription]] = {}

    def subscribe(self, tenant_id: UUID, partition_id: UUID | None = None) -> Subscription:
        """Everything about one tenant, or one partition of it, and nothing about another."""
        subscription = Subscription(self._depth, partition_id)
        self._subscriptions.setdefault(tenant_id, WeakSet()).add(subscription)
        return subscription

    def is_watched(self, tenant_id: UUID) -> bool:
        """Whether anybody would read what is published for this tenant."""
        return bool(self._subscriptions.get(tenant_id))

    def publish(self, tenant_id: UUID, items: Iterable[Item]) -> None:
        """Hands the items to every subscriber of the tenant; never waits."""
        several = tuple(items)
        if not several:
            return
        for subscription in tuple(self._subscriptions.get(tenant_id, ())):
            subscription.offer(several)

    def resync(self, tenant_id: UUID) -> None:
        """Tells every subscriber of the tenant to read everything again."""
        self.publish(tenant_id, (Resync(),))

    def close(self) -> None:
        """Ends every subscription."""
        for subscriptions in self._subscriptions.values():
            for subscription in tuple(subscriptions):
                subscription.close()
