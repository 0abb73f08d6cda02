"""What would come of it: the loop's own rules and actions, played over facts that are taken back.

Agents are taken to do as they are told, and pauses before another attempt to be over. Everything else is what
would happen: the same rules decide, the same actions change the rows, the same order of turns holds.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from mxc.server.domains.workloads.placement import choose
from mxc.server.domains.workloads.reactions.fail import WORDS
from mxc.server.domains.workloads.waiting import waiting_for
from mxc.server.domains.workloads.workload import Status, Workload
from mxc.server.kernel.facts.supposition import Supposition
from mxc.server.kernel.reactor.situation import after
from mxc.server.kernel.resource import Action, facts_of

MOST_ACTIONS: Final = 5_000
Proof = dict[str, Any] | None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What would become of one workload: where it is and would be, in which state, and why."""

    workload: Workload
    was: Workload | None
    because: str = ""
    proof: Proof = None
    waiting_for: str | None = None

    @property
    def kind(self) -> str:
        """moves · starts · waits · stops · restarts"""
        if self.workload.status is Status.PENDING:
            return "waits"
        if self.workload.node_id is None:
            return "stops"
        if self.was is None or self.was.node_id is None:
            return "starts"
        return "moves" if self.workload.node_id != self.was.node_id else "restarts"


@dataclass(slots=True)
class Rehearsal:
    """A play over `rows`, the workloads that may take part, by id."""

    world: Supposition
    rows: dict[str, Workload]
    now: datetime
    _before: dict[str, Workload] = field(default_factory=dict)
    _proofs: dict[str, tuple[str, Proof]] = field(default_factory=dict)
    _left: int = MOST_ACTIONS

    def change(self, row: Any, action: Action[Any, ...], **args: Any) -> Any:
        """Does an action to a row that is none of the players; the row as it would be."""
        twin = after(action, row, self.now, args)
        self.world.swap(facts_of(row), facts_of(twin))
        return twin

    def add(self, row: Workload) -> None:
        """Has a workload come in that is not there yet."""
        self.world.swap(frozenset(), facts_of(row))
        self.rows[str(row.id)] = row

    def settle(self) -> bool:
        """Plays until nobody has anything to do; False when that took too long."""
        while self._turn():
            if self._left <= 0:
                return False
        return True

    def outcomes(self, added: Mapping[str, Workload]) -> list[Outcome]:
        """What became of everybody who was touched, and of those who came in."""
        touched = {**self._before, **dict.fromkeys(added)}
        return [self.outcome(name, was) for name, was in touched.items()]

    def outcome(self, name: str, was: Workload | None) -> Outcome:
        """What became of one of the players; `was`: as it is, None for one that came in."""
        because, proof = self._proofs.get(name, ("", None))
        waits = waiting_for(self.world, name)
        return Outcome(self.rows[name], was, because, proof, waits)

    def _turn(self) -> bool:
        """One round of everything the loop would do now; whether there was anything."""
        before = self._left
        for play in (self._evict, self._stop, self._fail, self._retry, self._place, self._run):
            play()
        return self._left < before

    def _evict(self) -> None:
        for (name,) in self._of("evict_wanted"):
            self._act(name, ("evict_wanted", name), Workload.stop, reason="evicted")

    def _stop(self) -> None:
        for name, *_ in self._of("stop_wanted"):
            self._act(name, None, Workload.stopped)

    def _fail(self) -> None:
        for name, reason in self._of("should_fail"):
            because = ("should_fail", name, reason)
            self._act(name, because, Workload.fail, reason=reason, error=WORDS.get(reason, reason))

    def _retry(self) -> None:
        for name, row in tuple(self.rows.items()):
            if row.retry_at is not None:
                self._replace(name, row, _at_once(row, self.now))
        for (name,) in self._of("can_restart"):
            self._act(name, None, Workload.retry)

    def _place(self) -> None:
        for _, name in sorted(self._of("workload_turn", name_at=1)):
            chosen = choose(self.world, name)
            if chosen is not None:
                because = ("placement_candidate", *chosen)
                self._act(name, because, Workload.place, node_id=UUID(chosen.node), deadline_s=60.0)

    def _run(self) -> None:
        for name, *_ in self._of("start_wanted"):
            self._act(name, None, Workload.run)

    def _of(self, predicate: str, name_at: int = 0) -> list[tuple[Any, ...]]:
        arity = {"workload_turn": 2, "should_fail": 2, "stop_wanted": 3, "start_wanted": 3}.get(predicate, 1)
        found = self.world.query(predicate, *(...,) * arity)
        return [row for row in found if row[name_at] in self.rows]

    def _act(
        self, name: str, because: tuple[Any, ...] | None, action: Action[Workload, ...], **args: Any
    ) -> None:
        row = self.rows[name]
        if row.status not in action.moves:
            return
        if because is not None:
            found = self.world.explain(*because)
            if found is not None:
                self._proofs[name] = (found.text, found.tree)
        self._replace(name, row, after(action, row, self.now, args))
        self._left -= 1

    def _replace(self, name: str, row: Workload, twin: Workload) -> None:
        self._before.setdefault(name, row)
        self.world.swap(facts_of(row), facts_of(twin))
        self.rows[name] = twin


def _at_once(row: Workload, now: datetime) -> Workload:
    """The row with its pause over."""
    twin: Workload = after(_NO_PAUSE, row, now, {})
    return twin


def _without_pause(row: Workload) -> None:
    row.retry_at = None


_NO_PAUSE: Final[Action[Workload, ...]] = Action("skip", "Let the pause be over.", function=_without_pause)


def told(outcomes: list[Outcome], hostname: Callable[[UUID | None], str]) -> Iterator[str]:
    """One line for each workload whose lot would change."""
    for each in sorted(outcomes, key=lambda outcome: (outcome.kind, str(outcome.workload.id))):
        row, was = each.workload, each.was
        here = f"workload {str(row.id)[:8]} ({row.command})"
        came = f" from {hostname(was.node_id)}" if was is not None and was.node_id else ""
        match each.kind:
            case "moves":
                yield f"{here} would move{came} to {hostname(row.node_id)}"
            case "starts":
                yield f"{here} would start on {hostname(row.node_id)}"
            case "restarts":
                yield f"{here} would start anew on {hostname(row.node_id)}"
            case "waits":
                lost = (
                    f" would leave {hostname(was.node_id)} and"
                    if was is not None and was.node_id
                    else " would"
                )
                yield f"{here}{lost} wait for {each.waiting_for or 'its turn'}"
            case _:
                yield f"{here} would stop{came}: {row.reason}"
