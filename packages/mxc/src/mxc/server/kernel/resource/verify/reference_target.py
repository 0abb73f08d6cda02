"""A reference to a table that nobody declares: PostgreSQL would refuse the migration, and not say why."""

from collections.abc import Iterator, Sequence
from difflib import get_close_matches

from mxc.server.kernel.resource.spec import Spec
from mxc.server.kernel.resource.verify.mistake import Mistake


def check_all(specs: Sequence[Spec]) -> Iterator[Mistake]:
    tables = {table for spec in specs for table in spec.resource.metadata.tables}
    for spec in specs:
        for each in spec.fields:
            if each.reference is not None and each.reference.target not in tables:
                close = get_close_matches(each.reference.target, tables, n=1)
                hint = f"did you mean {close[0]!r}?" if close else "name the plural of a resource"
                message = f"{each.name!r} belongs to {each.reference.target!r}, which is no table"
                yield Mistake(spec.resource, message, hint, each.name)
