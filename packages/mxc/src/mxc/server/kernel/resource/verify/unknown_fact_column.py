"""A fact that names neither a column nor a property."""

from collections.abc import Iterator
from difflib import get_close_matches

from mxc.server.kernel.resource.columns import properties_of
from mxc.server.kernel.resource.spec import Spec
from mxc.server.kernel.resource.verify.mistake import Mistake


def check(spec: Spec) -> Iterator[Mistake]:
    known = [*(field.name for field in spec.fields), *properties_of(spec.resource)]
    for fact in spec.facts:
        for name in (*fact.columns, *([fact.items] if fact.items else [])):
            if name not in known:
                close = get_close_matches(name, known, n=1)
                hint = f"did you mean {close[0]!r}?" if close else f"columns are: {', '.join(known)}"
                yield Mistake(spec.resource, f"fact {fact.predicate!r} names {name!r}", hint, "facts")
