"""How a resource is reached over REST, where derivation alone would not do."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, TypeAlias

from sqlalchemy import ColumnElement

from mxc.server.hosting.request import Call

Document: TypeAlias = dict[str, Any]
Enrich: TypeAlias = Callable[[Call, Sequence[Document]], Awaitable[None]]
"""Adds to documents in place what no column says: what the engine derives."""
Examine: TypeAlias = Callable[[Call, Mapping[str, Any], Any], Awaitable[None]]
"""Looks at (call, new values, the row or None) before a create or an update; raises to refuse it."""

Visible: TypeAlias = Callable[[Call], ColumnElement[bool] | None]
"""Which rows this caller sees; None: all of the tenant's."""


@dataclass(frozen=True, slots=True)
class Exposure:
    """Found by its module: a route module's `exposure` attribute.

    `path` replaces the plural; `without` names the actions (and `list`, `show`) that are not derived,
    `also` the documents' extra fields with their JSON schemas, which `enrich` fills in; `listed` the columns
    of a terminal's table where the listing does not say them. `needs_match` names the actions that must say,
    by `If-Match`, which revision of the row they are about.
    """

    resource: type[Any]
    path: str = ""
    without: frozenset[str] = frozenset()
    needs_match: frozenset[str] = frozenset()
    visible: ColumnElement[bool] | Visible | None = None
    also: Mapping[str, Document] = field(default_factory=lambda: MappingProxyType({}))
    enrich: Enrich | None = None
    listed: tuple[str, ...] = ()
    examine: Examine | None = None

    def seen_by(self, call: Call) -> ColumnElement[bool] | None:
        """Which rows this caller sees; None: all of the tenant's."""
        if self.visible is None or isinstance(self.visible, ColumnElement):
            return self.visible
        return self.visible(call)
