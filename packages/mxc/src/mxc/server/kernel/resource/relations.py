"""How resources belong to one another: said once, on the side that holds the column, and read from both."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from mxc.server.kernel.resource.declaration import Row
from mxc.server.kernel.resource.fields.look import Reference
from mxc.server.kernel.resource.spec import Spec, spec_of


@dataclass(frozen=True, slots=True)
class Relation:
    """`column` of the resource `holder` holds the id of a row of `target`; `inverse` is the way back."""

    holder: Spec
    column: str
    target: Spec
    reference: Reference

    @property
    def name(self) -> str:
        """What the holder calls it: `node_id` is its `node`."""
        return self.column.removesuffix("_id")

    @property
    def inverse(self) -> str:
        """What the target calls the rows that belong to it."""
        return self.reference.inverse or self.holder.plural


def relations_of(specs: Sequence[Spec]) -> tuple[Relation, ...]:
    """Every relation between these resources, by holder and column."""
    by_plural = {spec.plural: spec for spec in specs}
    return tuple(
        Relation(spec, each.name, by_plural[each.reference.target], each.reference)
        for spec in specs
        for each in spec.fields
        if each.reference is not None and each.reference.target in by_plural
    )


def belonging_to(target: Spec) -> Iterator[Relation]:
    """The relations whose column may name a row of `target`, of all resources declared so far."""
    for spec in declared():
        for each in spec.fields:
            if each.reference is not None and each.reference.target == target.plural:
                yield Relation(spec, each.name, target, each.reference)


def spec_named(plural: str) -> Spec:
    """The resource of that table; KeyError when none is declared."""
    return {spec.plural: spec for spec in declared()}[plural]


def declared() -> Sequence[Spec]:
    """The specs of all resources declared so far, whether or not a catalogue has them."""
    mapped: list[Any] = [mapper.class_ for mapper in Row.registry.mappers]
    return [spec_of(each) for each in mapped]
