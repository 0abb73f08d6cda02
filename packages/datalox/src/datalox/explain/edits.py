"""Repairs as data: changes to what is asserted that would make a goal true."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias

from datalox.explain.proof import plain
from datalox.explain.wording import write_fact, write_value
from datalox.terms import Row

if TYPE_CHECKING:
    from datalox.session.transaction import Transaction

Op = Literal["wait", "change", "add", "retract"]
KINDS: Final[Mapping[Op, int]] = {"wait": 0, "change": 1, "add": 2, "retract": 3}
"""What each kind of edit costs beside the number of facts it changes: waiting is nobody's work, a value is
changed more easily than a fact is added, and taking one away loses something."""
MOST_EDITS: Final = 4
"""Edits of one repair."""
Cost: TypeAlias = tuple[int, float, float]


@dataclass(frozen=True, slots=True)
class Edit:
    """One change. add: `row` appears; retract: `row` goes; change: `was` becomes `row`; wait: until the clock
    reads `at`.

    `columns` are the names of the predicate's columns, `size` says how large the change is: for changed
    numbers the relative difference, for waiting the time until then, else 1. `instead` are rows there are
    in the place of one to be added.
    """

    op: Op
    predicate: str
    row: Row = ()
    was: Row = ()
    at: float = 0
    columns: tuple[str, ...] = ()
    size: float = 1
    weight: float = 0
    instead: tuple[Row, ...] = ()

    @property
    def cost(self) -> Cost:
        """(facts changed, kind, size): the order in which repairs are offered."""
        return int(self.op != "wait"), KINDS[self.op] + self.weight, self.size

    def differences(self) -> tuple[tuple[str, Any, Any], ...]:
        """(column, value before, value after) of a change."""
        pairs = enumerate(zip(self.was, self.row, strict=True)) if self.op == "change" else ()
        return tuple((self.columns[i] if self.columns else f"c{i}", a, b) for i, (a, b) in pairs if a != b)

    def words(self) -> str:
        """`change wants(big, 65536): memory 65536 -> 6144`"""
        if self.op == "wait":
            return f"wait until {write_value(self.at)} ({write_value(self.size)} from now)"
        if self.op == "change":
            told = (f"{name} {write_value(a)} -> {write_value(b)}" for name, a, b in self.differences())
            return f"change {write_fact(self.predicate, self.was)}: {', '.join(told)}"
        there = ", ".join(write_fact(self.predicate, row) for row in self.instead)
        return f"{self.op} {write_fact(self.predicate, self.row)}" + (f" (there is {there})" if there else "")

    def json(self) -> dict[str, Any]:
        """Plain values: op, predicate, words, and `row`, `was` and `becomes`, or `at` and `after`."""
        found: dict[str, Any] = {"op": self.op, "predicate": self.predicate}
        if self.op == "wait":
            found |= {"at": self.at, "after": self.size}
        elif self.op == "change":
            found |= {"was": plain(self.was), "becomes": plain(self.row)}
            found["columns"] = {n: {"was": plain(a), "becomes": plain(b)} for n, a, b in self.differences()}
        else:
            found["row"] = plain(self.row)
            found["instead"] = [plain(row) for row in self.instead]
        return found | {"words": self.words()}

    def __repr__(self) -> str:
        if self.op == "wait":
            return f"now({write_value(self.at)})"
        if self.op == "change":
            return f"-{write_fact(self.predicate, self.was)} +{write_fact(self.predicate, self.row)}"
        return ("+" if self.op == "add" else "-") + write_fact(self.predicate, self.row)

    def apply(self, tx: Transaction) -> None:
        """Do it in a transaction."""
        if self.op == "wait":
            tx.set_now(self.at)
        if self.op in ("retract", "change"):
            tx.retract(self.predicate, *(self.was or self.row))
        if self.op in ("add", "change"):
            tx.assert_(self.predicate, *self.row)


Edits: TypeAlias = tuple[Edit, ...]


@dataclass(frozen=True, slots=True)
class Repair:
    """Edits that make a goal true, tried before they are shown. `row` is what then holds of the goal."""

    edits: Edits
    predicate: str
    row: Row

    @property
    def cost(self) -> Cost:
        """(facts changed, their kinds, the size of the changes); less is nearer."""
        return cost_of(self.edits)

    def apply(self, tx: Transaction) -> None:
        """Do it in a transaction, `db.what_if()` for one that leaves no trace."""
        for edit in self.edits:
            edit.apply(tx)

    def text(self) -> str:
        return "; ".join(edit.words() for edit in self.edits)

    def json(self) -> dict[str, Any]:
        """Plain values for `json.dumps`."""
        return {
            "edits": [edit.json() for edit in self.edits],
            "cost": list(self.cost),
            "predicate": self.predicate,
            "row": plain(self.row),
            "makes": write_fact(self.predicate, self.row),
            "words": self.text(),
        }

    def __repr__(self) -> str:
        return " ".join(map(repr, self.edits))


@dataclass(frozen=True, slots=True)
class Found:
    """Repairs, cheapest first, and in how many worlds they were sought; `cut_short` where the search ended
    with something left to try."""

    repairs: tuple[Repair, ...]
    trials: int
    cut_short: bool

    def json(self) -> dict[str, Any]:
        return {"trials": self.trials, "cut_short": self.cut_short, "most_edits": MOST_EDITS}


def cost_of(edits: Iterable[Edit]) -> Cost:
    facts, kinds, size = 0, 0.0, 0.0
    for edit in edits:
        facts, kinds, size = facts + edit.cost[0], kinds + edit.cost[1], size + edit.cost[2]
    return facts, kinds, size


def change_size(was: Row, row: Row) -> float:
    """How much a row changes: the relative difference of each number, 1 for any other value."""
    return sum(_difference(a, b) for a, b in zip(was, row, strict=True) if a != b)


def _difference(was: Any, becomes: Any) -> float:
    numbers = isinstance(was, (int, float)) and isinstance(becomes, (int, float))
    return abs(becomes - was) / (abs(becomes) + abs(was)) if numbers else 1.0
