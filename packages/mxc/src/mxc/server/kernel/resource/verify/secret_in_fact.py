"""A fact that would show a secret to rules, proofs and everyone who reads them."""

from collections.abc import Iterator

from mxc.server.kernel.resource.spec import Spec
from mxc.server.kernel.resource.verify.mistake import Mistake


def check(spec: Spec) -> Iterator[Mistake]:
    secrets = {field.name for field in spec.fields if field.is_secret}
    for fact in spec.facts:
        for name in sorted(secrets & {*fact.columns, fact.items}):
            yield Mistake(
                spec.resource, f"fact {fact.predicate!r} shows the secret {name!r}", "leave it out", "facts"
            )
