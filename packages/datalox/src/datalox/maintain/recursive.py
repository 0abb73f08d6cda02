"""Recursive components: ranked delete/re-derive.

Every row carries a rank, and some body that derives it has only lower ranks. What may have lost that body is
looked at by rising rank: it stays if another body has only lower ranks, else it falls and takes what rests
on it under suspicion. So support that goes in a circle never counts. What fell is then derived again if any
body is left, with a new rank, and what is new spreads by rising rank.

Suspects are gathered while inputs flip, one by one, when each still has its old rows. The net difference is
handed on predicate by predicate: where somebody reads two predicates of the component, or one twice, the
component is rewound first, so that nobody ever sees a mixture.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import Any

from datalox.maintain.budget import Meter
from datalox.maintain.counting import Node
from datalox.maintain.ranked_rule import Agenda, RankedRule
from datalox.maintain.trail import Trail
from datalox.maintain.unit import Propagation, Rows, Unit
from datalox.store.relation import Relation
from datalox.terms import Row

LARGE_SHARE = 4
"""A component is built anew when more than one row in this many has come under suspicion."""
SMALL = 256
"""Suspects that are looked at whatever the size of the component."""
UNRANKED = 1 << 60

Ranked = dict[Row, int]


class Member(Node):
    """A predicate of a component: its rows' derivations are not counted, the component decides."""

    __slots__ = ("flipped",)

    def __init__(self, relation: Relation, visible: bool) -> None:
        super().__init__(relation, visible)
        self.flipped: tuple[Ranked, Ranked] = ({}, {})

    def rewind(self, plus: Ranked, minus: Ranked) -> None:
        """Have the old rows again until it is this predicate's turn to flip."""
        self.flipped = dict(plus), minus
        self.relation.drop(list(plus))
        self.relation.put(minus)

    def process(self, network: Propagation) -> None:
        (plus, minus), self.flipped = self.flipped, ({}, {})
        appeared, vanished = list(plus), list(minus)
        for rule in self.before:
            rule.run(appeared, vanished)
        self.relation.drop(vanished)
        self.relation.put(plus)
        self.tell(network, appeared, vanished)

    def tell(self, network: Propagation, appeared: list[Row], vanished: list[Row]) -> None:
        """The rows are new as of now: everyone who reads them has to know."""
        network.log(self, (None, appeared, vanished))
        self.announce(network, appeared, vanished)

    def forget(self) -> None:
        self.flipped = ({}, {})

    def undo(self, record: Any) -> None:
        """The component, whose log is older, puts the rows back."""


class Component(Unit):
    """The predicates of one recursive component."""

    __slots__ = (
        "_built", "_changes", "_growing", "_known_size", "_meter", "_rederived", "_spread_by", "_suspects",
        "members", "read_together", "rules", "work",
    )  # fmt: skip

    def __init__(
        self,
        members: Sequence[Member],
        rules: Sequence[RankedRule],
        meter: Meter,
    ) -> None:
        super().__init__()
        self.members = members
        self.work = {member.name: member.relation for member in members}
        self.rules = rules
        self.read_together = False
        """Whether somebody reads two predicates of the component in one rule."""
        self._meter = meter
        self._spread_by: dict[str, list[tuple[RankedRule, int]]] = defaultdict(list)
        for rule in rules:
            for name, item in rule.recursive:
                self._spread_by[name].append((rule, item))
        self._growing = {name: _growing(name, rules) for name in self.work}
        self._changes: list[tuple[str, Rows, Rows]] = []
        self._suspects: dict[str, Ranked] = {}
        self._built = False
        self._rederived = 0
        self._known_size = 0

    def ranks_below(self, row: Row) -> Callable[[str, Row], int]:
        """The rank of rows of the component (that `row` can rest on, for what it matters)."""
        return lambda name, below: self.work[name].rows[below]

    def receive(self, source: str, plus: Rows, minus: Rows) -> None:
        self._changes.append((source, plus, minus))

    def suspect(self, rule: RankedRule, item: int, rows: Rows) -> None:
        """`rows` no longer satisfy an item of the rule: note which heads may have rested on them."""
        if self._built:
            rule.lose(item, rows, 0, self._suspects.setdefault(rule.head, {}))

    def process(self, network: Propagation) -> None:
        trail = Trail(self.work)
        network.log(self, trail)
        changes, self._changes = self._changes, []
        suspects, self._suspects = self._suspects, {}
        fallen = None if self._must_build() else self._delete(suspects, trail)
        if fallen is None:
            trail.restore()
            self._build(trail)
        else:
            agenda = Agenda()
            self._rederive(fallen, agenda)
            exits_only = trail.whole  # where nothing was there, nothing recursive can follow at once
            self._gain(changes, agenda, [r for r in self.rules if not (exits_only and r.recursive)])
            self._saturate(agenda, trail)
        self._hand_on(network, trail)

    def _size(self) -> int:
        return sum(len(relation.rows) for relation in self.work.values())

    def _must_build(self) -> bool:
        """Whether nothing is there yet, or ranks have drifted: deletions keep felling rows that have other
        support, only of a higher rank."""
        return not self._built or self._rederived > SMALL + self._size()

    def _build(self, trail: Trail) -> None:
        """Everything from scratch, ranks included."""
        self._known_size = self._size()
        trail.begin_anew()
        agenda = Agenda()
        for rule in self.rules:
            if not rule.recursive:
                rule.gain(None, (), 0, agenda.batch(1, rule.head))
        self._saturate(agenda, trail)
        self._built = True
        self._known_size = self._rederived = 0

    def _delete(self, suspects: dict[str, Ranked], trail: Trail) -> dict[str, list[Row]] | None:
        """Take out what has no support of lower rank; None if that is a large share of all there is."""
        agenda = Agenda()
        for name, ranked in suspects.items():
            agenda.spread(name, ranked, 0)
        left = SMALL + self._size() // LARGE_SHARE
        fallen: dict[str, list[Row]] = {}
        while agenda:
            rank, batch = agenda.take()
            left -= sum(map(len, batch.values()))
            if left < 0:
                return None
            dead = {name: self._unsupported(name, rows, rank) for name, rows in batch.items()}
            for name, rows in dead.items():
                for rule, item in self._spread_by[name] if rows else ():
                    found: Ranked = {}
                    rule.lose(item, rows, rank, found)
                    agenda.spread(rule.head, found, 0)
            for name, rows in dead.items():
                trail.drop(name, rows)
                fallen.setdefault(name, []).extend(rows)
        return fallen

    def _unsupported(self, name: str, rows: Ranked, rank: int) -> list[Row]:
        checks = [rule.support(lowest=False) for rule in self.rules if rule.head == name]
        return [row for row in rows if not any(check(row, rank) < rank for check in checks)]

    def _rederive(self, fallen: dict[str, list[Row]], agenda: Agenda) -> None:
        """What fell and has a body left comes back, at the lowest rank there is for it."""
        for name, rows in fallen.items():
            searches = [rule.support(lowest=True) for rule in self.rules if rule.head == name]
            for row in rows:
                below = UNRANKED
                for search in searches:
                    below = search(row, below)
                if below < UNRANKED:
                    agenda.batch(below + 1, name)[row] = below
                    self._rederived += 1

    def _gain(
        self, changes: Sequence[tuple[str, Rows, Rows]], agenda: Agenda, rules: Sequence[RankedRule]
    ) -> None:
        """What follows by `rules` from what the inputs gained."""
        for source, plus, minus in changes:
            for rule in rules:
                for negated, rows in ((False, plus), (True, minus)):
                    for item in rule.inputs.get((source, negated), ()) if rows else ():
                        found: Ranked = {}
                        rule.gain(item, rows, 0, found)
                        agenda.spread(rule.head, found, 1)

    def _saturate(self, agenda: Agenda, trail: Trail) -> None:
        """Add what is due, derive from it, until nothing is due."""
        while agenda:
            rank, batch = agenda.take()
            added: dict[str, list[Row]] = {}
            for name, rows in batch.items():
                known = self.work[name].rows
                if rank == 1:
                    trail.lower(name, [row for row in rows if known.get(row, 1) > 1])
                new = added[name] = [row for row in rows if row not in known]
                if new:
                    self._count(len(new), name)
                    trail.add(name, new, rank)
            for name, new in added.items():
                for rule, item in self._spread_by[name] if new else ():
                    if rule.linear or trail.whole:
                        rule.grow(item, new, rank, agenda.batch(rank + 1, rule.head))
                    else:
                        found: Ranked = {}
                        rule.gain(item, new, rank, found)
                        agenda.spread(rule.head, found, 1)

    def _count(self, rows: int, name: str) -> None:
        """Spend rows from the budget; those that a component built anew had before are free."""
        free = min(rows, self._known_size)
        self._known_size -= free
        self._meter.count_recursive(rows - free, *self._growing[name])

    def _hand_on(self, network: Propagation, trail: Trail) -> None:
        """Let each member flip: at once, or, if anyone could see a mixture, rewound and in its turn."""
        flips = [(member, *trail.flips(member.name)) for member in self.members]
        in_turn = self.read_together or any(member.before for member in self.members)
        for member, plus, minus in flips:
            if (plus or minus) and in_turn:
                member.rewind(plus, minus)
                network.schedule(member)
        for member, plus, minus in () if in_turn else flips:
            if plus or minus:
                member.tell(network, list(plus), list(minus))

    def forget(self) -> None:
        self._known_size = 0
        self._changes = []
        self._suspects = {}

    def undo(self, record: Any) -> None:
        trail: Trail = record
        trail.restore()


def _growing(name: str, rules: Sequence[RankedRule]) -> tuple[str, bool]:
    """The rule by which a predicate grows, and whether some rule of the component computes values."""
    own = [rule for rule in rules if rule.head == name]
    first = max(own, key=lambda rule: (rule.computes, bool(rule.recursive)))
    return first.statistics.label, any(rule.computes for rule in rules)


class LossHook:
    """Runs while an input of a component still has its old rows, in place of an ordinary rule."""

    __slots__ = ("_component", "_item", "_negated", "_rule")

    def __init__(self, component: Component, rule: RankedRule, item: int, negated: bool) -> None:
        self._component = component
        self._rule = rule
        self._item = item
        self._negated = negated

    def run(self, plus: Rows, minus: Rows) -> None:
        rows = plus if self._negated else minus
        if rows:
            self._component.suspect(self._rule, self._item, rows)
