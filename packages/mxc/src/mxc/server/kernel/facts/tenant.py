"""One tenant's engine session: what we hold of its rows, as facts, and everything that follows from them."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import chain, islice
from typing import Any, Final, TypeAlias
from uuid import UUID

from datalox import Budget, Change, DatalogError, Program, Session, Transaction
from datalox.explain import edits
from datalox.explain.policy import Changeable
from mxc.server.kernel.facts.answer import PlainRow, Refused, plain_binding, predicate_document
from mxc.server.kernel.facts.answers import QUESTION, Answers, pattern_of
from mxc.server.kernel.facts.clock import Clock
from mxc.server.kernel.facts.frontier import Frontier, frontier
from mxc.server.kernel.facts.operators import Operators
from mxc.server.kernel.facts.rulebook import OperatorRule, RuleFault
from mxc.server.kernel.facts.supposition import Supposition
from mxc.server.kernel.resource.facts import FactRow

Key: TypeAlias = tuple[str, UUID]
Facts: TypeAlias = frozenset[FactRow]
Changes: TypeAlias = Mapping[str, Change]
Edit: TypeAlias = Callable[[Transaction], None]
NOTHING: Final[Facts] = frozenset()
# What one transaction may derive before it is taken for a rule that never ends: seconds of work, and half a
# second where recursion computes values, since nothing else bounds that.
BUDGET: Final = Budget(derived=1_000_000, computed=100_000)
CHUNK: Final = 5_000


class TenantFacts(Answers):
    """Synchronous and in memory. Rows come in by (relation, id); each `apply` is one engine transaction.

    Who reacts to the facts says through `reaction_faults` what of that fails at the moment, oldest first:
    {reaction, row, message, failures, at}.
    """

    def __init__(
        self, tenant_id: UUID, programs: Sequence[Program], clock: Clock, static: Collection[FactRow] = ()
    ) -> None:
        self.tenant_id = tenant_id
        self.listeners: list[Callable[[Changes], None]] = []
        self.on_rules: list[Callable[[], None]] = []
        self.on_release: list[Callable[[str], None]] = []
        self.reaction_faults: Callable[[], list[dict[str, Any]]] = list
        self.transactions = 0
        self._clock = clock
        self._session = Session(*programs, budget=BUDGET)
        super().__init__(self._session)
        self._operators = Operators(self._session, programs)
        self._held: dict[Key, Facts] = {}
        self._reserved: dict[Key, bool] = {}
        self._static = (*static, ("core_started", (clock.started,)))
        self._transact(lambda tx: _assert(tx, self._static))

    # ── facts in ───────────────────────────────────────────────────────────────────────────────────────

    def apply(self, rows: Mapping[Key, Facts]) -> set[Key]:
        """Makes each row's facts exactly these (nothing for a row that is gone); returns what differed.

        A reserved row waits: it is remembered as noted and must be read again when it is released.
        """
        for key in self._reserved.keys() & rows.keys():
            self._reserved[key] = True
        changed = {key: facts for key, facts in rows.items() if self._differs(key, facts)}
        for keys in batched(changed, CHUNK):
            self._write({key: changed[key] for key in keys})
        return set(changed)

    def tick(self) -> None:
        """Lets the engine see what time it is."""
        self._transact(lambda _: None)

    def reserve(self, key: Key, after: Facts) -> None:
        """Asserts what a row will be once a decision just made is written, and keeps it so until released."""
        self._write({key: after})
        self._reserved[key] = False

    def release(self, key: Key) -> bool:
        """Ends a reservation; True when the row was noted meanwhile and has to be read again."""
        was_noted = self._reserved.pop(key, False)
        for tell in self.on_release:
            tell(str(key[1]))
        return was_noted

    def is_reserved(self, key: Key) -> bool:
        return key in self._reserved

    def is_written(self, row: Iterable[Any]) -> bool:
        """Whether nothing this row speaks of is reserved: what it says is in PostgreSQL, too."""
        return not self._reserved or {str(key[1]) for key in self._reserved}.isdisjoint(map(str, row))

    def held(self) -> Mapping[Key, Facts]:
        """What we hold, by row."""
        return self._held

    def _differs(self, key: Key, facts: Facts) -> bool:
        return key not in self._reserved and self._held.get(key, NOTHING) != facts

    def _write(self, changed: Mapping[Key, Facts]) -> None:
        self._transact(lambda tx: self._edit(tx, changed))
        for key, facts in changed.items():
            if facts:
                self._held[key] = facts
            else:
                self._held.pop(key, None)

    def _edit(self, tx: Transaction, changed: Mapping[Key, Facts]) -> None:
        held = {key: self._held.get(key, NOTHING) for key in changed}
        for key, facts in changed.items():
            _retract(tx, held[key] - facts)
        _assert(tx, chain.from_iterable(facts - held[key] for key, facts in changed.items()))

    def _transact(self, edit: Edit) -> None:
        """One transaction; an operator's rule that makes it fail is taken out and it runs again."""
        try:
            changes = self._commit(edit)
        except DatalogError as error:
            taken, changes = self._operators.without_culprit(error, lambda: self._commit(edit))
            for each in taken:
                self._announce(each)
        self._announce(changes)

    def _commit(self, edit: Edit) -> Changes:
        with self._session.transaction(now=self._clock.unix()) as tx:
            edit(tx)
        self.transactions += 1
        return tx.changes

    def _announce(self, changes: Changes) -> None:
        if changes:
            for listener in self.listeners:
                listener(changes)

    # ── answers out ────────────────────────────────────────────────────────────────────────────────────

    def rows(self, predicate: str) -> list[PlainRow]:
        """Every row of a stored predicate."""
        return self.query(predicate, *[...] * self._operators.arity(predicate))

    def ask(self, text: str, limit: int | None = None) -> list[dict[str, Any]]:
        """The bindings that satisfy a conjunction; DatalogError when it is malformed or asks for too much."""
        return [plain_binding(found) for found in islice(self._session.ask(text, QUESTION), limit)]

    def repairs(
        self,
        predicate: str,
        *pattern: Any,
        changeable: Changeable,
        accept: Callable[[edits.Edit], bool],
        most: int = 5,
    ) -> Refused:
        """The same, with `...` in the pattern for every candidate in groups, and the nearest repairs."""
        refusal = self._session.why_not(
            predicate, *pattern_of(pattern), repairs=most, changeable=changeable, accept=accept, every=True,
            budget=QUESTION,
        )  # fmt: skip
        return Refused(refusal.text(), refusal.json())

    @contextmanager
    def supposing(self) -> Iterator[Supposition]:
        """The facts as they would be; nothing of it remains, and nobody is told. Do not await inside."""
        with self._session.what_if(now=self._clock.unix()) as world:
            yield Supposition(world, self._operators.modules)

    def predicates(self) -> list[dict[str, Any]]:
        """Every predicate: name, arity, columns [{name, type}], derived, demand, count (None on demand)."""
        counts = self._session.stats()["rows"]
        return [predicate_document(each, counts.get(each.name)) for each in self._session.predicates()]

    def frontier(self, predicate: str) -> Frontier:
        """The stored facts on which an answer of this predicate depends, with the rules as they are now."""
        return frontier(self._operators.programs, predicate)

    def stats(self) -> Mapping[str, Any]:
        return self._session.stats()

    # ── operators' rules ───────────────────────────────────────────────────────────────────────────────

    @property
    def rule_faults(self) -> Mapping[str, RuleFault]:
        """The operators' modules that are not loaded, and why."""
        return self._operators.faults

    @property
    def rule_versions(self) -> Mapping[str, int]:
        """The operators' modules that are loaded."""
        return self._operators.versions

    def rule_warnings(self, name: str) -> list[dict[str, Any]]:
        """What the operators' module of that name met since it was loaded: one warning per rule."""
        return self._operators.met(name)

    def check(self, name: str, text: str) -> list[dict[str, Any]]:
        """Every diagnostic that loading this text under this name would give; changes nothing."""
        return self._operators.check(name, text)

    def rehearse(self, name: str, text: str) -> list[dict[str, Any]]:
        """`check`, and a run over the facts as they are, in a session of its own; changes nothing here."""
        facts = [*self._static, *chain.from_iterable(self._held.values())]
        return self._operators.rehearse(name, text, self._clock.unix(), facts)

    def load_rules(self, rules: Iterable[OperatorRule]) -> None:
        """Makes the operators' modules exactly these; a refused one is a fault and disturbs no other."""
        for changes in self._operators.load(rules):
            self._announce(changes)
        for tell in self.on_rules:
            tell()


def batched(keys: Collection[Key], size: int) -> Iterator[tuple[Key, ...]]:
    """The keys in runs of at most `size`."""
    waiting = iter(keys)
    while run := tuple(islice(waiting, size)):
        yield run


def _assert(tx: Transaction, facts: Iterable[FactRow]) -> None:
    rows: dict[str, list[PlainRow]] = defaultdict(list)
    for predicate, row in facts:
        rows[predicate].append(row)
    for predicate, of_predicate in rows.items():
        tx.assert_all(predicate, of_predicate)


def _retract(tx: Transaction, facts: Iterable[FactRow]) -> None:
    for predicate, row in facts:
        tx.retract(predicate, *row)
