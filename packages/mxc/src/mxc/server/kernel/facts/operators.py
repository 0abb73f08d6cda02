"""Operators' rules in a live session: each module loaded alone, so that a bad one disables no other."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any, Final, TypeAlias

from datalox import Budget, Change, DatalogError, Diagnostic, Program, Session
from datalox.check import analyse
from datalox.terms import Span
from mxc.server.kernel.facts.answer import diagnostic_document, diagnostic_documents
from mxc.server.kernel.facts.rulebook import OPERATOR_PREFIX, OperatorRule, RuleFault
from mxc.server.kernel.resource.facts import FactRow

Changes: TypeAlias = Mapping[str, Change]
BUDGET_EXCEEDED: Final = "budget"
# What a rehearsal may derive before the rule is taken for one that never ends.
REHEARSAL_LEAST: Final = 50_000
REHEARSAL_PER_FACT: Final = 20


class Operators:
    """The modules operators added to one session, and why some of them are not in it."""

    def __init__(self, session: Session, base: Sequence[Program]) -> None:
        self.faults: dict[str, RuleFault] = {}
        self._session = session
        self._base = tuple(base)
        self._loaded: dict[str, tuple[OperatorRule, Program]] = {}
        self._endless: set[OperatorRule] = set()

    @property
    def programs(self) -> list[Program]:
        """Every loaded module, ours first."""
        return [*self._base, *(program for _, program in self._loaded.values())]

    @property
    def modules(self) -> Collection[str]:
        """The names of the loaded modules that are operators'."""
        return self._loaded.keys()

    @property
    def versions(self) -> dict[str, int]:
        return {rule.name: rule.version for rule, _ in self._loaded.values()}

    def met(self, name: str) -> list[dict[str, Any]]:
        """A warning for each of its rules that met a fault, such as a division by zero, while it ran."""
        return _met(self._session, OPERATOR_PREFIX + name, "while it ran")

    def arity(self, predicate: str) -> int:
        """How many columns a predicate has. Raises KeyError for one that is not known."""
        return {each.name: each.arity for each in self._session.predicates()}[predicate]

    def check(self, name: str, text: str) -> list[dict[str, Any]]:
        """Diagnostics of loading `text` as operator rule `name` beside everything else; changes nothing."""
        module = OPERATOR_PREFIX + name
        others = [program for program in self.programs if program.name != module]
        try:
            analysis = analyse([*others, Program.parse(text, module)])
        except DatalogError as error:
            return diagnostic_documents(error)
        warnings = (each for each in analysis.warnings if each.span and each.span.file == module)
        return [diagnostic_document(each) for each in warnings]

    def rehearse(self, name: str, text: str, now: float, facts: Collection[FactRow]) -> list[dict[str, Any]]:
        """`check`, then a run beside everything else over these facts in a session of its own.

        Adds what only data can show: an error when the rules would derive without end, and a warning for
        every rule of theirs that met a fault, such as a division by zero.
        """
        found = self.check(name, text)
        if any(each["severity"] == "error" for each in found):
            return found
        module = OPERATOR_PREFIX + name
        others = [program for program in self.programs if program.name != module]
        try:
            budget = Budget(REHEARSAL_LEAST + REHEARSAL_PER_FACT * len(facts), computed=REHEARSAL_LEAST)
            scratch = Session(*others, Program.parse(text, module), budget=budget)
            with scratch.transaction(now=now) as tx:
                for predicate, row in facts:
                    tx.assert_(predicate, *row)
        except DatalogError as error:
            return diagnostic_documents(error)
        return [*found, *_met(scratch, module, "over the facts as they are")]

    def load(self, rules: Iterable[OperatorRule]) -> list[Changes]:
        """Makes the loaded modules exactly these, less those that are refused; returns every net change."""
        wanted = {rule.module: rule for rule in rules}
        self.faults = {name: fault for name, fault in self.faults.items() if OPERATOR_PREFIX + name in wanted}
        outdated = [name for name, (rule, _) in self._loaded.items() if wanted.get(name) != rule]
        changes = self._unload(outdated)
        self._endless &= set(wanted.values())
        missing = [rule for name, rule in wanted.items() if name not in self._loaded]
        missing = [rule for rule in missing if rule not in self._endless]
        return changes + self._load_all(missing)

    def without_culprit(
        self, error: DatalogError, attempt: Callable[[], Changes]
    ) -> tuple[list[Changes], Changes]:
        """Takes out the one module without which `attempt` succeeds; raises `error` when there is none."""
        for module, (rule, _) in reversed(list(self._loaded.items())):
            taken = self._unload([module])
            try:
                changes = attempt()
            except DatalogError:
                self._load_all([rule])
                continue
            self._refuse(rule, error)
            return taken, changes
        raise error

    def _load_all(self, rules: Sequence[OperatorRule]) -> list[Changes]:
        """Loads in whatever order works: a module may use predicates another one defines."""
        changes: list[Changes] = []
        waiting = list(rules)
        while waiting:
            refused = [rule for rule in waiting if not self._load_one(rule, changes)]
            if len(refused) == len(waiting):
                break
            waiting = refused
        return changes

    def _load_one(self, rule: OperatorRule, changes: list[Changes]) -> bool:
        try:
            program = Program.parse(rule.text, rule.module)
            changes.append(self._session.load(program))
        except DatalogError as error:
            self._refuse(rule, error)
            return False
        self._loaded[rule.module] = (rule, program)
        self.faults.pop(rule.name, None)
        return True

    def _refuse(self, rule: OperatorRule, error: DatalogError) -> None:
        """One that exhausts the budget is not tried again until it is another rule: a try costs seconds."""
        self.faults[rule.name] = _fault(rule, error)
        if any(each.code == BUDGET_EXCEEDED for each in error.diagnostics):
            self._endless.add(rule)

    def _unload(self, modules: Sequence[str]) -> list[Changes]:
        """Removes modules, last loaded first; those that others need go when the others went."""
        changes: list[Changes] = []
        for module in reversed(modules):
            try:
                changes.append(self._session.remove(module))
            except DatalogError:
                return changes + self._start_over(set(modules))
            del self._loaded[module]
        return changes

    def _start_over(self, unwanted: set[str]) -> list[Changes]:
        """Others depend on what must go: everything is taken out and the rest loaded again."""
        kept = [rule for name, (rule, _) in self._loaded.items() if name not in unwanted]
        changes = [self._session.remove(module) for module in reversed(list(self._loaded))]
        self._loaded.clear()
        return changes + self._load_all(kept)


def _met(session: Session, module: str, when: str) -> list[dict[str, Any]]:
    """What the rules of one module met, as warnings."""
    found = []
    for label, faults in session.diagnostics.items():
        file, line, column = label.partition(" ")[2].rsplit(":", 2)
        if file == module:
            said = ", ".join(f"{fault} ({count} times)" for fault, count in sorted(faults.items()))
            span = Span(module, int(line), int(column), int(line), int(column))
            hint = "where that happens the rule does not hold"
            warning = Diagnostic("met-fault", f"{when}: {said}", hint, span, "warning")
            found.append(diagnostic_document(warning))
    return found


def _fault(rule: OperatorRule, error: DatalogError) -> RuleFault:
    return RuleFault(rule.name, rule.version, tuple(diagnostic_documents(error)))
