"""How a workload came to be in its present state: what was decided, reported and asked, oldest first."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from mxc.server.domains.workloads.workload_event import PAST, WorkloadEvent

Decision = Mapping[str, Any]
Names = Mapping[str, str]
BY_PEOPLE: Final = frozenset({"user", "token"})
ENDINGS: Final = frozenset({"stopped", "succeeded", "failed"})
ASKED: Final = {"restart": "asked to run again"}
DECIDED: Final = {
    "retry": "to be run again, by its restart policy",
    "fail": "declared failed",
    "stop": "asked to stop",
}
REPORTED: Final = {
    "run": "reported it running",
    "succeed": "reported it done",
    "fail": "reported it failed",
    "stopped": "reported it gone",
}


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that happened; `outcome` is the state it led to, empty where it changed none."""

    at: datetime
    words: str
    outcome: str = ""
    decision: Decision | None = None

    def line(self) -> str:
        """`2026-01-01 12:00:00 UTC  placed on one, generation 1 → starting`."""
        became = f" → {self.outcome}" if self.outcome else ""
        return f"{self.at:%Y-%m-%d %H:%M:%S} UTC  {self.words}{became}"


def chapter(events: Sequence[WorkloadEvent]) -> Sequence[WorkloadEvent]:
    """Of all events, oldest first, those since it last became pending: older attempts explain nothing."""
    begins = [index for index, each in enumerate(events) if _begins(each)]
    return events[begins[-1] :] if begins else events


def steps(events: Sequence[WorkloadEvent], decisions: Sequence[Decision], names: Names) -> list[Step]:
    """Events with the decisions behind them, and what else was decided; `names`: hostnames by node id."""
    behind: dict[UUID | None, Decision] = {each["id"]: each for each in decisions}
    found = [_event_step(each, behind.get(each.decision_id), names) for each in events]
    told = {each.decision_id for each in events}
    found += [_order_step(each, names) for each in decisions if each["id"] not in told]
    return _without_repeats(sorted(found, key=lambda step: step.at))


def telling(events: Sequence[WorkloadEvent], shown: Sequence[Step]) -> Step | None:
    """The step whose proof says why: the last decision that changed its state, unless more came after it.

    What a person asked for, or how a process ended by itself, needs no proof.
    """
    decided = [step for step in shown if step.decision is not None and step.outcome]
    others = [each.at for each in events if _needs_no_proof(each)]
    if not decided or any(decided[-1].at <= at for at in others):
        return None
    return decided[-1]


def _needs_no_proof(event: WorkloadEvent) -> bool:
    kind = event.actor.partition(":")[0]
    return kind in BY_PEOPLE or (kind == "agent" and event.to_status in ENDINGS)


def _begins(event: WorkloadEvent) -> bool:
    return event.to_status == "pending" != event.from_status


def _event_step(event: WorkloadEvent, decision: Decision | None, names: Names) -> Step:
    outcome = event.to_status if event.to_status != event.from_status else ""
    reason = f": {event.reason}" if event.reason else ""
    return Step(event.at, f"{_words(event, names)}{reason}", outcome, decision)


def _words(event: WorkloadEvent, names: Names) -> str:
    kind, _, who = event.actor.partition(":")
    if event.action == "place":
        return f"placed on {_called(event.node_id, names)}, generation {event.generation}"
    if kind == "agent":
        return f"{_called(who, names)} {REPORTED.get(event.action, event.action)}"
    if kind in BY_PEOPLE:
        return f"{ASKED.get(event.action, _done(event))} by {who}"
    return DECIDED.get(event.action, _done(event))


def _done(event: WorkloadEvent) -> str:
    return PAST.get(event.action, event.action)


def _order_step(decision: Decision, names: Names) -> Step:
    """What was decided and changed no state: mostly an order to a node, named in the decision's fact."""
    node = next((names[str(each)] for each in decision["args"] if str(each) in names), "its node")
    done = str(decision["action"])
    words = f"{node} told to {done.removeprefix('send ')} it" if done.startswith("send ") else done
    return Step(decision["at"], words, "", decision)


def _without_repeats(found: Sequence[Step]) -> list[Step]:
    """An order is sent again until it is obeyed: once is enough to tell."""
    kept: list[Step] = []
    for step in found:
        if step.outcome or step.words not in {each.words for each in kept}:
            kept.append(step)
    return kept


def _called(node: object, names: Names) -> str:
    return names.get(str(node), f"node {str(node)[:8]}")
