"""/: the health of everything, what needs a human now, what changed in the last hour."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from mxc.server.domains.workloads.notice import Notice, NoticeStatus
from mxc.server.domains.workloads.pages import reading
from mxc.server.domains.workloads.pages.history import latest
from mxc.server.domains.workloads.pages.rows import node_status, short_command, workload_status
from mxc.server.domains.workloads.workload import Status as State
from mxc.server.domains.workloads.workload import Workload
from mxc.server.hosting.design.frame import page_head
from mxc.server.hosting.design.markup import box, link, text
from mxc.server.hosting.design.panel import empty_state, figure, panel, percent_of
from mxc.server.hosting.design.region import Region
from mxc.server.hosting.design.status import Status, Tone, badge
from mxc.server.hosting.design.timeline import Entry, timeline
from mxc.server.hosting.design.times import amount, memory
from mxc.server.hosting.live import Batch
from mxc.server.hosting.page import Visit, page
from mxc.server.kernel.facts.tenant import TenantFacts

HOUR: Final = timedelta(hours=1)
MOST: Final = 12
MOST_EVENTS: Final = 500
WATCHED: Final = ("workloads", "nodes", "notices", "scheduling_rules", "node_resources_used")


@dataclass(frozen=True, slots=True)
class Concern:
    """Something a human should look at."""

    status: Status
    name: str
    href: str


@dataclass(frozen=True, slots=True)
class Outlook:
    """What the overview shows."""

    nodes: Sequence[Mapping[str, Any]]
    counts: Mapping[str, int]
    concerns: Sequence[Concern]
    hidden: int
    history: Sequence[Entry]


@page("/", "Overview", menu="Overview", icon="space_dashboard", order=0)
async def overview(visit: Visit) -> None:
    """Draws it."""
    with page_head("Overview"):
        pass
    with box("m-stack"):
        with panel("Health", flush=True):
            figures = Region(_figures, "m-figures")
        with box("m-columns"):
            with panel("Needs a human", flush=True):
                concerns = Region(_concerns)
            with panel("Last hour", flush=True):
                history = Region(_history)

    async def refresh(_: Batch | None = None) -> None:
        outlook = await _look(visit)
        figures.show(_numbers(outlook))
        concerns.show((outlook.concerns, outlook.hidden, bool(outlook.nodes)))
        history.show(outlook.history)

    await refresh()
    visit.watch(WATCHED, refresh)


async def _look(visit: Visit) -> Outlook:
    used = reading.in_use(visit)
    nodes = [reading.with_use(each, used) for each in await reading.nodes(visit)]
    troubled = await reading.workloads(visit, Workload.status.in_([State.FAILED, State.PENDING]))
    names = {each["id"]: each["hostname"] for each in nodes}
    names |= {each["id"]: short_command(each) for each in troubled}
    notices = await visit.core.select(visit.actor, Notice, Notice.status == NoticeStatus.OPEN)
    found = [Concern(Status("notice", Tone.BAD), each.message, "/nodes") for each in notices]
    found += _faults(visit)
    found += [
        Concern(node_status(each), each["hostname"], f"/nodes/{each['id']}")
        for each in nodes
        if each["liveness"] == "unavailable"
    ]
    found += [_concern(visit, each) for each in troubled]
    events = await reading.events_of_last(visit, HOUR, limit=MOST_EVENTS)
    unnamed = {each.workload_id for each in events} - {UUID(each["id"]) for each in troubled}
    names |= await _called(visit, unnamed)
    shown = latest(events, names)[:MOST]
    return Outlook(nodes, await reading.status_counts(visit), found[:MOST], len(found[MOST:]), shown)


def _faults(visit: Visit) -> list[Concern]:
    """Rules that are not in force because they fail, and reactions that fail and are tried again."""
    facts = reading.facts_of(visit)
    if facts is None:
        return []
    found = [
        Concern(Status("faulty", Tone.BAD, fault.message), f"rule {name}", "/rules")
        for name, fault in facts.rule_faults.items()
    ]
    for each in facts.reaction_faults():
        words = f"{each['message']} (tried {each['failures']} times)"
        found.append(
            Concern(Status("fails", Tone.BAD, words), f"reaction {each['reaction']}", _page_of(facts, each))
        )
    return found


def _page_of(facts: TenantFacts, fault: Mapping[str, Any]) -> str:
    """The page of the first thing a reaction that fails is about."""
    for value in map(str, fault["row"]):
        for predicate, path in (("workload", "workloads"), ("node", "nodes")):
            if facts.query(predicate, value, ..., ...):
                return f"/{path}/{value}"
    return "/rules"


async def _called(visit: Visit, ids: set[UUID]) -> dict[str, str]:
    if not ids:
        return {}
    rows = await reading.workloads(visit, Workload.id.in_(ids))
    rows += await reading.forgotten(visit, ids - {UUID(each["id"]) for each in rows})
    return {each["id"]: short_command(each) for each in rows}


def _concern(visit: Visit, document: Mapping[str, Any]) -> Concern:
    status = workload_status(document, reading.waiting(visit, document))
    return Concern(status, short_command(document), f"/workloads/{document['id']}")


def _numbers(outlook: Outlook) -> tuple[tuple[Any, ...], ...]:
    """(label, value, of, path, share) of every figure; healthy nodes are those heard from."""
    healthy = [each for each in outlook.nodes if each["liveness"] == "available"]
    cores, megabytes = _sums(outlook, "cpu"), _sums(outlook, "memory")
    total = sum(outlook.counts.values())
    return (
        ("Nodes healthy", f"{len(healthy)}", f"of {len(outlook.nodes)}", "/nodes", None),
        ("Workloads running", f"{outlook.counts['running']}", f"of {total}", "/workloads", None),
        ("Cores in use", amount(cores[1]), f"of {amount(cores[0])}", "", _share(cores)),
        ("Memory in use", memory(megabytes[1]), f"of {memory(megabytes[0])}", "", _share(megabytes)),
    )


def _sums(outlook: Outlook, resource: str) -> tuple[float, float]:
    """(total, in use) over all nodes, as the cluster's status counts them."""
    of, used = f"{resource}_total", f"{resource}_used"
    return sum(each[of] for each in outlook.nodes), sum(each[used] for each in outlook.nodes)


def _share(total_and_used: tuple[float, float]) -> float:
    total, used = total_and_used
    return percent_of(used / total) / 100 if total else 0.0


def _figures(numbers: tuple[tuple[Any, ...], ...]) -> None:
    for label, value, of, path, share in numbers:
        figure(label, value, of, href=path, share=share)


def _concerns(shown: tuple[Sequence[Concern], int, bool]) -> None:
    concerns, hidden, has_nodes = shown
    if not has_nodes:
        hint = "Nothing can run before a first node joins: start an agent on a machine."
        empty_state("dns", "No nodes yet", hint, try_this="mxc agent")
        return
    if not concerns:
        empty_state("task_alt", "All is well", "No node is silent, nothing failed, nothing waits.")
        return
    with box("m-list", tag="ul"):
        for each in concerns:
            with box("m-list-item", tag="li"):
                link(each.name, each.href, "m-list-name")
                badge(each.status)
        if hidden:
            with box("m-list-item", tag="li"):
                link(f"and {hidden} more", "/workloads", "m-link")


def _history(history: Sequence[Entry]) -> None:
    if history:
        timeline(history)
    else:
        text("Nothing changed in the last hour.", "m-quiet m-pad")
