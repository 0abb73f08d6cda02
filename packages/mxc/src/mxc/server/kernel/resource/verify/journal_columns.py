"""A journal that cannot be filled: it lacks the owner's id or what happened."""

from collections.abc import Iterator

from mxc.server.kernel.resource.spec import Spec
from mxc.server.kernel.resource.verify.mistake import Mistake

FILLED = (
    "from_status",
    "to_status",
    "action",
    "generation",
    "node_id",
    "reason",
    "actor",
    "decision_id",
    "at",
)


def check(spec: Spec) -> Iterator[Mistake]:
    if spec.journal is None:
        return
    columns = set(spec.journal.__table__.c.keys()) - {"tenant_id", "id"}
    fillable = {f"{spec.name}_id", *FILLED, *(field.name for field in spec.fields)}
    for name in sorted({f"{spec.name}_id", "to_status", "at"} - columns):
        yield Mistake(spec.journal, f"it has no column {name!r}", f"the journal of {spec.plural} needs it")
    for name in sorted(columns - fillable):
        yield Mistake(spec.journal, f"nothing fills {name!r}", f"name a column of {spec.plural}")
