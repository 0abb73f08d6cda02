"""One predicate declared twice with different arities."""

from collections.abc import Iterator, Sequence

from mxc.server.kernel.resource.facets import Fact
from mxc.server.kernel.resource.spec import Spec
from mxc.server.kernel.resource.verify.mistake import Mistake


def check_all(specs: Sequence[Spec]) -> Iterator[Mistake]:
    seen: dict[str, int] = {}
    for spec in specs:
        for fact in spec.facts:
            arity = _arity(fact)
            if seen.setdefault(fact.predicate, arity) != arity:
                message = (
                    f"fact {fact.predicate!r} has {arity} columns here and {seen[fact.predicate]} elsewhere"
                )
                yield Mistake(spec.resource, message, "give one of the two another name")


def _arity(fact: Fact) -> int:
    return len(fact.columns) + (2 if fact.items else 0)
