"""An encrypted column where its ciphertext would be of no use, or its text would get out."""

from collections.abc import Iterator

from mxc.server.kernel.resource.spec import Spec
from mxc.server.kernel.resource.verify.mistake import Mistake


def check(spec: Spec) -> Iterator[Mistake]:
    for facet, names, hint in _uses(spec):
        for name in sorted(set(names) & set(spec.sealed)):
            yield Mistake(spec.resource, f"{facet} names {name!r}, which is kept encrypted", hint, facet)


def _uses(spec: Spec) -> Iterator[tuple[str, tuple[str, ...], str]]:
    yield "listing", spec.listing.columns, "leave it out: a page of many rows would open them all"
    for fact in spec.facts:
        yield "facts", (*fact.columns, fact.items or ""), "leave it out: rules and proofs would show it"
    for each in spec.identities:
        yield "identities", each.columns, "name its blind_index: the same text is never encrypted alike"
    for index in spec.resource.indexes:
        yield "indexes", index.columns, "name its blind_index: the same text is never encrypted alike"
    if spec.resource.called:
        yield "called", (spec.resource.called,), "name another column: people cannot type ciphertext"
