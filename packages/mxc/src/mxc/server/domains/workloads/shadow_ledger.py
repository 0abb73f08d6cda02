"""What rules in mode shadow would have done, as the ledger keeps it."""

from typing import Any, TypeAlias
from uuid import UUID

from sqlalchemy import select

from mxc.server.hosting.request import Call
from mxc.server.kernel.records import decisions
from mxc.server.kernel.resource.document import plain

Effect: TypeAlias = tuple[str, ...]
"""(rule, version, workload, kind, node or what it waits for)"""


def target_of(rule_id: UUID) -> str:
    """Under which name the ledger keeps what a rule would have done; no workload's story tells it."""
    return f"shadow:{rule_id}"


async def written(call: Call, rule_id: UUID, limit: int) -> list[dict[str, Any]]:
    """Newest first: {id, at, version, workload_id, kind, where, proof, rules}.

    Nothing to who is confined to a partition: a rule is about the whole organisation.
    """
    if call.actor.partition_id is not None:
        return []
    columns = decisions.c
    query = (
        select(columns.id, columns.at, columns.args, columns.proof, columns.rules)
        .where(columns.tenant_id == call.actor.tenant_id, columns.target == target_of(rule_id))
        .order_by(columns.at.desc(), columns.id)
        .limit(limit)
    )
    async with call.core.reading(call.actor) as session:
        found = (await session.execute(query)).mappings().all()
    return [
        {
            "id": str(each["id"]), "at": plain(each["at"]), "version": int(each["args"][1]),
            "workload_id": each["args"][2], "kind": each["args"][3], "where": each["args"][4],
            "proof": each["proof"], "rules": each["rules"],
        }
        for each in found
    ]  # fmt: skip
