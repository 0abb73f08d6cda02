"""Two references that the other side would call alike: one of them could not be reached from there."""

from collections import defaultdict
from collections.abc import Iterator, Sequence

from mxc.server.kernel.resource.relations import Relation, relations_of
from mxc.server.kernel.resource.spec import Spec
from mxc.server.kernel.resource.verify.mistake import Mistake


def check_all(specs: Sequence[Spec]) -> Iterator[Mistake]:
    named: dict[tuple[str, str], list[Relation]] = defaultdict(list)
    for each in relations_of(specs):
        named[each.target.plural, each.inverse].append(each)
    for (target, inverse), relations in named.items():
        for each in relations[1:]:
            message = f"{each.column!r} is called {inverse!r} by {target}, like {relations[0].column!r}"
            yield Mistake(each.holder.resource, message, "give it an inverse of its own", each.column)
