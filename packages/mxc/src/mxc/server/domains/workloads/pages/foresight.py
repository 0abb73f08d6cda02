"""What the pages about rules tell of workloads: whose lot a rule would change, and would have changed."""

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import select

from mxc.server.domains.rulebooks.conclusions import told as concluded
from mxc.server.domains.rulebooks.foresight import Foretold, Recorded, knows
from mxc.server.domains.workloads.pages.rows import program_of
from mxc.server.domains.workloads.previewing import previewed, taken_out
from mxc.server.domains.workloads.rehearsing import hostnames
from mxc.server.domains.workloads.shadow_ledger import written
from mxc.server.domains.workloads.workload import Workload
from mxc.server.hosting.design.wording import named
from mxc.server.hosting.request import Call

UNPROVEN = "unproven"


class OfWorkloads:
    """See `Foresight`."""

    async def with_rule(self, call: Call, name: str, rule_text: str) -> Foretold:
        """Played over the facts as they are, and taken back."""
        would = await previewed(call, name, rule_text)
        if not would.is_valid:
            return Foretold(faults=[_sentence(each) for each in would.faults])
        return Foretold(fates=would.fates, conclusions=concluded(would.conclusions))

    async def without_rule(self, call: Call, name: str) -> Foretold:
        """The same, with the rule taken out."""
        would = await taken_out(call, name)
        if not would.is_valid:
            return Foretold(faults=[_sentence(each) for each in would.faults])
        return Foretold(fates=would.fates, conclusions=concluded(would.conclusions))

    async def recorded(self, call: Call, rule_id: UUID, limit: int) -> list[Recorded]:
        """From the ledger, with workloads and nodes called by their names."""
        effects = await written(call, rule_id, limit)
        programs = await _programs(call, {each["workload_id"] for each in effects})
        hosts = {str(key): name for key, name in (await hostnames(call)).items()}
        return [_recorded(each, programs, hosts) for each in effects]


knows(OfWorkloads())


async def _programs(call: Call, ids: Iterable[str]) -> dict[str, str]:
    """Workload -> its program; nothing of one that is gone."""
    statement = select(Workload).where(Workload.id.in_([UUID(each) for each in ids]))
    async with call.core.reading(call.actor) as session:
        rows = list(await session.scalars(statement))
    return {str(row.id): program_of(call.core.document(call.actor, row)) for row in rows}


def _recorded(effect: dict[str, Any], programs: Mapping[str, str], hosts: Mapping[str, str]) -> Recorded:
    workload, kind = effect["workload_id"], effect["kind"]
    where = named(effect["where"], hosts)
    note = {"waits": f"for {where}", "stops": where, "restarts": f"on {where}", "starts": f"on {where}"}
    proof = effect["proof"]
    return Recorded(
        at=effect["at"],
        version=effect["version"],
        kind=kind,
        subject=programs.get(workload, f"workload {workload[:8]}"),
        href=f"/workloads/{workload}" if workload in programs else "",
        note=note.get(kind, f"to {where}"),
        tree=None if proof.get("kind") == UNPROVEN else proof,
        names={**hosts, **programs},
    )


def _sentence(fault: dict[str, Any]) -> str:
    hint = f": {fault['hint']}" if fault.get("hint") else ""
    return f"{fault.get('line')}:{fault.get('column')} {fault['message']}{hint}"
