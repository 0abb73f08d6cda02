"""What a partition means for writing: who is confined to one makes and changes nothing outside of it.

PostgreSQL holds the same by its policies; here it is said in words.
"""

from collections.abc import Mapping
from typing import Any

from mxc.server.kernel.access.actor import Actor
from mxc.server.kernel.errors import Invalid
from mxc.server.kernel.resource import Spec


def confinement(actor: Actor, spec: Spec, given: Mapping[str, Any]) -> dict[str, Any]:
    """What a new row holds whatever was given. Raises Invalid for another partition: there is none."""
    if actor.partition_id is None or not spec.is_partitioned:
        return {}
    asked = given.get("partition_id")
    if asked is not None and asked != actor.partition_id:
        raise Invalid(fields={"partition_id": [f"names {asked}, which is none of the partitions"]})
    return {"partition_id": actor.partition_id}


def out_of_bounds(actor: Actor, spec: Spec, before: Mapping[str, Any], row: Any) -> str | None:
    """Why a confined actor may not have made this row what it is now."""
    if actor.partition_id is None or spec.is_platform:
        return None
    if not spec.is_partitioned:
        return "it belongs to the whole organisation, and this is one partition of it"
    if before and before["partition_id"] != actor.partition_id:
        return "it is shared by all partitions, and this is one of them"
    if row.partition_id != actor.partition_id:
        return "what is in a partition stays in it"
    return None
