"""Resources as JSON:API sees them: types, attributes, and relationships read from both of their sides."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from pydantic import BaseModel
from sqlalchemy import ColumnElement

from mxc.server.hosting.exposure import Exposure
from mxc.server.hosting.request import Call
from mxc.server.kernel.resource import Spec, spec_of
from mxc.server.kernel.resource.relations import Relation, relations_of

BASE = "/api/v2"
RESERVED = frozenset({"id", "type"})


@dataclass(frozen=True, slots=True)
class Link:
    """A relationship as one side names it; `column` is where its holder keeps the id of the other."""

    name: str
    target: str
    column: str
    is_many: bool


@dataclass(frozen=True, slots=True, eq=False)
class Kind:
    """One type, by its `name`. `attributes` are its members, each with the column it shows."""

    name: str
    spec: Spec
    exposure: Exposure
    attributes: Mapping[str, str]
    links: Mapping[str, Link]

    @property
    def path(self) -> str:
        """Its collection."""
        return f"{BASE}/{self.name}"

    def member_of(self, name: str) -> str:
        """What a document calls a column; relationships by their own name."""
        for link in self.links.values():
            if link.column == name and not link.is_many:
                return link.name
        return _member(self.spec, name)

    def column_of(self, member: str) -> str:
        """The column behind an attribute or a relationship to one; the name itself where there is none."""
        link = self.links.get(member)
        if link is not None and not link.is_many:
            return link.column
        return self.attributes.get(member, member)

    def pointer_to(self, name: str) -> str:
        """Where a document says what goes into a column."""
        member = self.member_of(name)
        part = "relationships" if member in self.links else "attributes"
        return f"/data/{part}/{member}"

    def model(self, action: str) -> type[BaseModel]:
        """What a create, an update or an action is checked by."""
        standard = {"create": self.spec.create_model, "update": self.spec.update_model}
        return self.spec.argument_models.get(action) or standard[action]

    def offers(self, action: str) -> bool:
        """Whether somebody outside may do it at all."""
        found = self.spec.actions.get(action)
        return found is not None and not found.internal

    def may_relate(self, link: Link) -> bool:
        """Whether what this relationship leads to can be changed from here."""
        return not link.is_many and self.offers("update") and link.column in self.model("update").model_fields

    def visible_to(self, call: Call) -> list[ColumnElement[bool]]:
        """The rows that this caller sees."""
        found = self.exposure.seen_by(call)
        return [] if found is None else [found]


Kinds = Mapping[str, Kind]


def kinds_of(exposures: Sequence[Exposure]) -> Kinds:
    """Every offered resource, by type."""
    types = {spec_of(each.resource).plural: _type(each) for each in exposures}
    relations = relations_of([spec_of(each.resource) for each in exposures])
    return MappingProxyType({_type(each): _kind(each, types, relations) for each in exposures})


def _type(exposure: Exposure) -> str:
    return exposure.path or spec_of(exposure.resource).plural.replace("_", "-")


def _kind(exposure: Exposure, types: Mapping[str, str], relations: Sequence[Relation]) -> Kind:
    spec = spec_of(exposure.resource)
    links = [
        Link(each.name, types[each.target.plural], each.column, is_many=False)
        for each in relations
        if each.holder is spec
    ]
    links += [
        Link(each.inverse, types[each.holder.plural], each.column, is_many=True)
        for each in relations
        if each.target is spec
    ]
    held = {link.column for link in links if not link.is_many}
    shown = [each.name for each in spec.fields if not each.is_secret and each.name not in {"id", "tenant_id"}]
    names = [*(name for name in shown if name not in held), *spec.computed, *exposure.also]
    attributes = {_member(spec, name): name for name in dict.fromkeys(names)}
    return Kind(
        _type(exposure), spec, exposure,
        MappingProxyType(attributes), MappingProxyType({link.name: link for link in links}),
    )  # fmt: skip


def _member(spec: Spec, name: str) -> str:
    """JSON:API keeps `id` and `type` for itself."""
    return f"{spec.name}_{name}" if name in RESERVED else name
