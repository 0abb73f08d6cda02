"""Rows as resource objects, with what belongs to them where it was asked for: every row once, all linked."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

from mxc.server.hosting.request import Call
from mxc.server.surfaces.jsonapi.kinds import Kind, Kinds, Link
from mxc.server.surfaces.jsonapi.mistakes import BadQuery
from mxc.server.surfaces.jsonapi.query import Tree

MOST_INCLUDED: Final = 2000
Document = dict[str, Any]
Key = tuple[str, UUID]
Objects = tuple[list[Document], list[Document] | None]


def identifier(type_name: str, row_id: UUID | str) -> Document:
    """A resource identifier object."""
    return {"type": type_name, "id": str(row_id)}


@dataclass(slots=True)
class Compound:
    """The resource objects of one answer. `links` are the rows found behind relationships to many."""

    call: Call
    kinds: Kinds
    fields: Mapping[str, frozenset[str]]
    rows: dict[Key, Any] = field(default_factory=dict)
    linked: dict[Key, dict[str, list[UUID]]] = field(default_factory=dict)
    documents: dict[Key, Document] = field(default_factory=dict)

    async def of(self, kind: Kind, rows: Sequence[Any], include: Tree | None) -> Objects:
        """The objects of these rows in their order, and of what they include; None: nothing was asked."""
        primary = [(kind.name, row.id) for row in rows]
        self.rows.update(zip(primary, rows, strict=True))
        await self._follow(kind, rows, include or {})
        await self._draw()
        data = [self.documents[key] for key in primary]
        beside = self.rows.keys() - set(primary)
        included = [self.documents[key] for key in self.rows if key in beside]
        return data, None if include is None else included

    async def _follow(self, kind: Kind, rows: Sequence[Any], tree: Tree) -> None:
        for name, below in tree.items():
            link = kind.links[name]
            other = self.kinds[link.target]
            found = await self._behind(kind, link, other, rows)
            for row in found:
                self.rows.setdefault((other.name, row.id), row)
            if len(self.rows) > MOST_INCLUDED:
                raise _too_many(name)
            if below and found:
                await self._follow(other, found, below)

    async def _behind(self, kind: Kind, link: Link, other: Kind, rows: Sequence[Any]) -> Sequence[Any]:
        """The rows behind one relationship of these rows."""
        if not link.is_many:
            return await self._select(other, "id", {getattr(row, link.column) for row in rows} - {None})
        found = await self._select(other, link.column, {row.id for row in rows})
        for row in rows:
            self.linked.setdefault((kind.name, row.id), {})[link.name] = []
        for each in found:
            self.linked[kind.name, getattr(each, link.column)][link.name].append(each.id)
        return found

    async def _select(self, kind: Kind, column: str, ids: Iterable[UUID]) -> Sequence[Any]:
        wanted = list(ids)
        if not wanted:
            return []
        resource = kind.spec.resource
        found = await self.call.core.select(
            self.call.actor, resource, getattr(resource, column).in_(wanted), *kind.visible_to(self.call),
            order=(resource.id,), limit=MOST_INCLUDED + 1,
        )  # fmt: skip
        if len(found) > MOST_INCLUDED:
            raise _too_many(kind.name)
        return found

    async def _draw(self) -> None:
        by_type: dict[str, list[Key]] = {}
        for key in self.rows:
            by_type.setdefault(key[0], []).append(key)
        for type_name, keys in by_type.items():
            kind = self.kinds[type_name]
            shape = Shape(kind, self.fields.get(type_name))
            is_enriched = kind.exposure.enrich is not None and self._shows_more(kind)
            only = None if is_enriched else shape.columns
            plain = [self.call.core.document(self.call.actor, self.rows[key], only) for key in keys]
            if kind.exposure.enrich is not None and is_enriched:
                await kind.exposure.enrich(self.call, plain)
            for key, values in zip(keys, plain, strict=True):
                self.documents[key] = shape.document(values, self.linked.get(key, {}))

    def _shows_more(self, kind: Kind) -> bool:
        wanted = self.fields.get(kind.name)
        return wanted is None or not wanted.isdisjoint(kind.exposure.also)


class Shape:
    """How the rows of one type are written, for one set of fields."""

    def __init__(self, kind: Kind, wanted: frozenset[str] | None) -> None:
        self._kind = kind
        self._attributes = [
            (member, name) for member, name in kind.attributes.items() if wanted is None or member in wanted
        ]
        self._links = [link for link in kind.links.values() if wanted is None or link.name in wanted]

    @property
    def columns(self) -> frozenset[str]:
        """What has to be known of a row to write it."""
        shown = {name for _, name in self._attributes}
        return frozenset({"id", *shown, *(link.column for link in self._links if not link.is_many)})

    def document(self, values: Mapping[str, Any], linked: Mapping[str, Sequence[UUID]]) -> Document:
        """One resource object."""
        row_id = values["id"]
        place = f"{self._kind.path}/{row_id}"
        made: Document = {"type": self._kind.name, "id": row_id}
        if self._attributes:
            made["attributes"] = {member: values.get(name) for member, name in self._attributes}
        if self._links:
            made["relationships"] = {
                link.name: self._relationship(place, link, values, linked) for link in self._links
            }
        made["links"] = {"self": place}
        return made

    def _relationship(
        self, place: str, link: Link, values: Mapping[str, Any], linked: Mapping[str, Sequence[UUID]]
    ) -> Document:
        told: Document = {"links": links_of(place, link)}
        if not link.is_many:
            other = values[link.column]
            told["data"] = None if other is None else identifier(link.target, other)
        elif link.name in linked:
            told["data"] = [identifier(link.target, each) for each in linked[link.name]]
        return told


def links_of(place: str, link: Link) -> dict[str, str]:
    """Where a relationship itself, and what it leads to, can be asked for."""
    return {"self": f"{place}/relationships/{link.name}", "related": f"{place}/{link.name}"}


def _too_many(name: str) -> BadQuery:
    return BadQuery(
        fields={"include": [f"leads to more than {MOST_INCLUDED} rows at {name}"]},
        hint="ask for what is related by itself: that list has pages",
    )
