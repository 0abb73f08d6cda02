"""An identity or an index of a column that is not there: its table could not be made."""

from difflib import get_close_matches
from typing import Any

from mxc.server.kernel.resource.verify.mistake import Misdeclared, Mistake


def refuse_unknown_columns(resource: type[Any]) -> None:
    """Runs while the class is being made, because without the column there is no index."""
    known = list(resource.__table__.c.keys())
    named = [("identities", each.columns) for each in resource.identities]
    named += [("indexes", each.columns) for each in resource.indexes]
    found = []
    for facet, columns in named:
        for name in columns:
            if name not in known:
                close = get_close_matches(name, known, n=1)
                hint = f"did you mean {close[0]!r}?" if close else f"columns are: {', '.join(known)}"
                found.append(Mistake(resource, f"{facet} names {name!r}", hint, facet))
    if found:
        raise Misdeclared(found)
