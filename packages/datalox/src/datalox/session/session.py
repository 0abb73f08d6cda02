"""A session: facts, the rules over them, and everything that can be asked about both."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from datalox.check.analysis import Predicate
from datalox.explain.blockers import Blocker, blockers
from datalox.explain.verifier import Verifier
from datalox.maintain.budget import Budget, Meter
from datalox.maintain.network import Network
from datalox.program import Program
from datalox.session.asking import Asking, Question
from datalox.session.changes import Change, Changes, Subscriptions
from datalox.session.door import error
from datalox.session.engine import Engine, pattern_of
from datalox.session.modules import Module, Modules
from datalox.session.reload import reload
from datalox.session.snapshot import Snapshot
from datalox.session.texts import AlsoAsserted
from datalox.session.transaction import Transaction
from datalox.session.watch import Watch, Watches, stirred
from datalox.terms import Row

T = TypeVar("T")


class Session(Asking):
    """Facts that keep changing and the conclusions that follow from them.

    Unknown predicates are errors as soon as any module declares one with `.decl`; without declarations
    a predicate is whatever is asserted. Not thread-safe: one thread at a time.
    """

    def __init__(self, *programs: Program, budget: Budget | None = None) -> None:
        """Raises DatalogError with every error of the programs."""
        self._subscriptions = Subscriptions()
        self._watches = Watches(self)
        self._open: list[Transaction] = []
        network = Network(Meter(budget or Budget()))
        self._engine = Engine(Modules(), network, AlsoAsserted(network))
        self._engine.start(lambda: None)
        with self.transaction():
            self._change_rules(self._engine.modules.plus(programs))

    # -- changing

    def transaction(self, now: float | None = None) -> Transaction:
        """`with db.transaction() as tx:`; `now` sets the clock first."""
        return Transaction(self, now, False)

    def what_if(self, now: float | None = None) -> Transaction:
        """A transaction that is always rolled back; it may be opened inside any other."""
        return Transaction(self, now, True)

    def _begin(self, transaction: Transaction) -> Engine:
        network = self._engine.network
        if self._open:
            if not transaction._what_if:
                raise error("open-transaction", "a transaction is open", "only what_if() may be nested")
            network.propagate()
            self._open[-1]._open = False
        elif network.meter.used:
            network.meter.reset()
        self._open.append(transaction)
        return self._engine

    def _rolled_back(self) -> None:
        self._open.pop()
        if self._open:
            self._open[-1]._open = True
        elif self._engine.network.passed:
            self._engine.network.drop_passed()

    def _committed(self, transaction: Transaction) -> None:
        self._open.pop()
        network = self._engine.network
        log, network.journal = network.journal, []
        if network.passed:
            network.drop_passed()
        if self._watches.waiting or self._subscriptions.callbacks:
            self._tell(transaction, stirred(log, network.design) if self._watches.waiting else None)

    def _tell(self, transaction: Transaction, stir: tuple[bool, bool] | None) -> None:
        changes = transaction.changes
        try:
            if changes and self._subscriptions.callbacks:
                self._subscriptions.announce(changes)
        finally:
            if stir is not None:
                self._watches.notice(changes, *stir)

    def _change_rules(self, modules: Modules) -> Engine:
        """Let other modules be in force, within the open transaction: all of it, or an error and nothing."""
        old = self._engine
        network = old.network
        network.propagate()
        mark, clock = len(network.journal), network.clock
        new = Engine(modules, network, old.also_asserted)
        try:
            reload(old, new, lambda: self._run(old))
            self._run(new)
            network.propagate()
        except BaseException:
            network.roll_back(mark, clock)
            raise
        return new

    def _run(self, engine: Engine) -> None:
        self._engine = engine

    def load(self, program: Program) -> Changes:
        """Add a module: one transaction. If it fails any check or budget, or does not fit the live facts,
        nothing changes and a DatalogError is raised. Costs what it changes, not what there is."""
        with self.transaction() as tx:
            tx.load(program)
        return tx.changes

    def replace(self, name: str, program: Program) -> Changes:
        """Put `program` in the place of the module `name`."""
        with self.transaction() as tx:
            tx.replace(name, program)
        return tx.changes

    def remove(self, name: str) -> Changes:
        """Take a module away, its facts included unless they were also asserted."""
        with self.transaction() as tx:
            tx.remove(name)
        return tx.changes

    def subscribe(self, predicate: str, callback: Callable[[Change], None]) -> Callable[[], None]:
        """Call `callback(change)` after each commit that changes the predicate; returns what ends it.

        Callbacks may commit; everyone hears of the commits in their order. Raises DatalogError:
        unknown-predicate, and mode for what is computed on demand: nothing tells when it changes.
        """
        known = self._engine.predicates.get(predicate)
        if known is None:
            raise self._engine.unknown(predicate)
        if known.demand is not None:
            hint = "watch a goal of it, or subscribe to what its rules read"
            raise error("mode", f"{predicate} is a .demand predicate: its changes are told to nobody", hint)
        return self._subscriptions.add(predicate, callback)

    def watch(self, predicate: str, *pattern: Any, callback: Callable[[Row], None]) -> Watch:
        """Call `callback(row)` once, as soon as a row matches: now, or after the commit that makes it so.

        The goal is looked at again only when a row changes without which it cannot become true. Raises
        DatalogError: unknown-predicate, arity, bad-value, mode, open-transaction.
        """
        if self._open:
            raise error("open-transaction", "a transaction is open", "watch before or after it")
        known = self._engine.predicate(predicate, len(pattern))
        values = self._engine.convert_pattern(known, pattern)
        made = Watch(self._watches, predicate, pattern_of(values, known.arity), callback)
        self._watches.add(made)
        return made

    def _knows(self, predicate: str) -> bool:
        return predicate in self._engine.predicates

    def _blockers(self, predicate: str, pattern: Row) -> frozenset[Blocker]:
        return blockers(self._settled(), predicate, pattern)

    # -- asking

    def _settled(self) -> Engine:
        engine = self._engine
        if self._open:
            engine.network.propagate()
        elif engine.network.meter.used:
            engine.network.meter.reset()
        return engine

    def _asked(self, budget: Budget | None, question: Question[T]) -> T:
        engine = self._settled()
        if budget is None:
            return question(self, engine)
        with engine.network.meter.limited(budget):
            return question(self, engine)

    def _verifier(self) -> Verifier:
        return Verifier(self._settled())

    def snapshot(self) -> Snapshot:
        """The facts as they are now, for readers on other threads. An open transaction's are among them."""
        engine = self._settled()
        bases = {name: engine.base(name).relation for name in engine.predicates}
        asserted = {name: tuple(relation) for name, relation in bases.items() if len(relation)}
        budget = engine.network.meter.budget
        return Snapshot(Session, engine.modules.programs, asserted, engine.texts, self.now, budget)

    # -- looking inside

    @property
    def now(self) -> float | None:
        """What the clock reads, None without one."""
        clock: float | None = self._engine.network.clock
        return clock

    @property
    def diagnostics(self) -> dict[str, dict[str, int]]:
        """rule -> kind of fault -> how often an instance of its body could not be computed."""
        statistics = self._engine.network.statistics.values()
        return {found.label: dict(sorted(found.faults.items())) for found in statistics if found.faults}

    def stats(self) -> dict[str, Any]:
        """Counters: rules (label -> calls, touched, read), their sums, and rows per predicate."""
        network = self._engine.network
        rules = {
            found.label: {"calls": found.calls, "touched": found.touched, "read": found.read}
            for found in network.statistics.values()
        }
        totals = {name: sum(rule[name] for rule in rules.values()) for name in ("calls", "touched", "read")}
        visible = {node.name: len(node.relation) for node in network.nodes.values() if node.visible}
        return {**totals, "rules": rules, "rows": visible}

    def dependencies(self, predicate: str) -> frozenset[str]:
        """Every predicate that rows of `predicate` can depend on, base ones and `now` included."""
        if predicate not in self._engine.predicates:
            raise self._engine.unknown(predicate)
        return self._engine.dependencies(predicate)

    def predicates(self) -> tuple[Predicate, ...]:
        """What is known of every predicate, by name."""
        return tuple(self._engine.predicates[name] for name in sorted(self._engine.predicates))

    def modules(self) -> tuple[Module, ...]:
        """The loaded modules, in order, each with its version."""
        return self._engine.modules.loaded

    def prepare(self) -> None:
        """Plan and compile every rule now, by the facts as they are, not when it first runs."""
        self._settled().prepare()

    def source(self) -> str:
        """The Python text generated so far, each function headed by its rule and its plan."""
        parts = self._engine.network.sources
        return "\n".join(f"# ---- {title}\n{parts[title][1]}" for title in sorted(parts))

    def __repr__(self) -> str:
        network = self._engine.network
        rows = sum(len(node.relation) for node in network.nodes.values() if node.visible)
        modules, predicates = len(self._engine.modules.loaded), len(self._engine.predicates)
        return f"<Session {modules} modules, {predicates} predicates, {rows} facts>"
