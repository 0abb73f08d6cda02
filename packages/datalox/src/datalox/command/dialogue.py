"""What can be said in the REPL, and what is answered. Knows no terminal."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import islice
from pathlib import Path
from typing import Any, Final

from datalox.command.explain import read_atom
from datalox.diagnostics import DatalogError, Diagnostic
from datalox.explain.wording import write_fact, write_value
from datalox.program import Program
from datalox.session.changes import Change
from datalox.session.session import Session
from datalox.store.ordering import sorted_rows
from datalox.terms import Atom, Const, Fact
from datalox.testing.judge import ground
from datalox.testing.reader import read_tests
from datalox.testing.script import Change as Changing

MODULE: Final = "typed"
"""The module of the rules that are typed."""
SHOWN: Final = 50
HELP: Final = """\
facts and rules end with a full stop; a question begins with ?
  p(a).   q(X) :- p(X).   .decl p(x: text)     say it; what follows from it is shown
  ? q(X), X != a                               ask: every answer
  + p(a). - p(b). replace k(a, 2). at +30.     one transaction
  assert p(a)    retract p(a)
  what-if - p(a). at +30.                      what would change; nothing does
  why q(a)       why-all q(a)                  the proof of a fact, or every one
  why-not q(b)                                 what stands in the way, and what would help
  best ORDER p(X, _)                           rows by a declared order
  now 100        now +30       now never       set the clock, move it, take it away
  load FILE      remove MODULE                 modules; loading one again replaces it
  modules        predicates    stats           what is there
  plan NAME      compile NAME                  how the rules of a predicate are joined; the Python of them
  help           quit"""


class Dialogue:
    """A session, and the module of what was typed."""

    def __init__(self, session: Session, write: Callable[[str], object]) -> None:
        self.session = session
        self._write = write
        self._typed = ""

    def take(self, entry: str) -> None:
        """Do or answer what an entry says. Raises DatalogError, OSError."""
        entry = entry.strip()
        word, _, rest = entry.partition(" ")
        if entry.startswith("?"):
            self._ask(entry.removeprefix("?").removeprefix("-").strip())
        elif entry.startswith(("+", "-", "replace ", "at ")):
            self._change(_stopped(entry))
        elif word in VERBS:
            VERBS[word](self, rest.strip())
        else:
            self._say(entry)

    def completions(self, text: str) -> list[str]:
        names = [*VERBS, *(predicate.name for predicate in self.session.predicates())]
        return sorted(name for name in set(names) if name.startswith(text))

    # -- changing

    def _say(self, text: str) -> None:
        """Facts are asserted; rules and declarations join the module of what was typed."""
        program = Program.parse(text, MODULE)
        if program.rules or program.declarations:
            self._load(Program.parse(f"{self._typed}{text}\n", MODULE))
            self._typed += f"{text}\n"
            return
        with self.session.transaction() as tx:
            for fact in program.facts:
                self._assert(tx, fact)
        self._show(tx.changes)

    def _assert(self, tx: Any, fact: Fact) -> None:
        tx.assert_(fact.atom.predicate, *ground(fact.atom))

    def _load(self, program: Program) -> None:
        known = any(module.name == program.name for module in self.session.modules())
        changes = self.session.replace(program.name, program) if known else self.session.load(program)
        self._show(changes)

    def _change(self, text: str, rehearsed: bool = False) -> None:
        (test,) = read_tests(f"change {{ {text} }}", "<typed>", "typed")
        (step,) = test.steps
        assert isinstance(step, Changing)
        with self.session.what_if() if rehearsed else self.session.transaction() as tx:
            for operation in step.operations:
                if operation.clock is not None:
                    moved = (self.session.now or 0) + (operation.clock.value or 0)
                    tx.set_now(moved if operation.clock.relative else operation.clock.value)
                elif operation.atom is not None:
                    self._operate(tx, operation.kind, operation.atom)
        self._show(tx.changes)

    def _operate(self, tx: Any, kind: str, atom: Atom) -> None:
        name, row = atom.predicate, ground(atom)
        if kind == "+":
            tx.assert_(name, *row)
        elif kind == "-":
            told = tx.retract(name, *row)
            if told != "retracted":
                self._write(f"{atom} is {'derived, not asserted' if told == 'derived' else 'not there'}\n")
        else:
            known = {predicate.name: predicate.key for predicate in self.session.predicates()}
            tx.replace(name, tuple(row[place] for place in known.get(name, ())), row)

    def assert_(self, rest: str) -> None:
        self._change(f"+ {_stopped(rest)}")

    def retract(self, rest: str) -> None:
        self._change(f"- {_stopped(rest)}")

    def what_if(self, rest: str) -> None:
        self._change(_stopped(rest), rehearsed=True)

    def now(self, rest: str) -> None:
        if rest:
            self._change(f"at {_stopped(rest)}")
        else:
            self._write(f"{'never' if self.session.now is None else self.session.now}\n")

    def load(self, rest: str) -> None:
        path = Path(rest)
        self._load(Program.parse(path.read_text(encoding="utf-8"), rest))

    def remove(self, rest: str) -> None:
        self._show(self.session.remove(rest))
        self._typed = "" if rest == MODULE else self._typed

    # -- asking

    def _ask(self, goals: str) -> None:
        answers = list(self.session.ask(goals))
        for answer in answers[:SHOWN]:
            values = ", ".join(f"{name} = {write_value(value)}" for name, value in answer.items())
            self._write(f"{values or 'yes'}\n")
        if not answers:
            self._write("no\n")
        elif len(answers) > SHOWN:
            self._write(f"… {len(answers) - SHOWN} more\n")

    def why(self, rest: str) -> None:
        self._explain(rest, 1)

    def why_all(self, rest: str) -> None:
        self._explain(rest, SHOWN)

    def _explain(self, rest: str, limit: int) -> None:
        atom = read_atom(rest)
        row = next(iter(self.session.query(atom.predicate, *_pattern(atom))), None)
        if row is None:
            self.why_not(rest)
            return
        for proof in islice(self.session.proofs(atom.predicate, *row), limit):
            self._write(f"{proof.text()}\n")

    def why_not(self, rest: str) -> None:
        atom = read_atom(rest)
        self._write(f"{self.session.why_not(atom.predicate, *_pattern(atom)).text()}\n")

    def best(self, rest: str) -> None:
        order, _, goal = rest.partition(" ")
        atom = read_atom(goal)
        for row in islice(self.session.best(atom.predicate, *_pattern(atom), order=order), SHOWN):
            self._write(f"{write_fact(atom.predicate, row)}\n")

    # -- looking

    def modules(self, _: str) -> None:
        for module in self.session.modules():
            rules, facts = len(module.program.rules), len(module.program.facts)
            self._write(f"{module.name}, version {module.version}: {rules} rules, {facts} facts\n")

    def predicates(self, _: str) -> None:
        rows = self.session.stats()["rows"]
        for predicate in self.session.predicates():
            count = "on demand" if predicate.demand is not None else f"{rows.get(predicate.name, 0)} rows"
            self._write(f"{predicate.name}/{predicate.arity}: {count}, {len(predicate.rules)} rules\n")

    def stats(self, _: str) -> None:
        for name, value in self.session.stats().items():
            if isinstance(value, int):
                self._write(f"{name}: {value}\n")

    def plan(self, rest: str) -> None:
        self._compiled(rest, "#")

    def compile(self, rest: str) -> None:
        self._compiled(rest, "")

    def _compiled(self, name: str, start: str) -> None:
        self.session.prepare()
        parts = self.session.source().split("# ---- ")
        found = [part for part in parts if part.startswith((f"{name}/", f"{name} "))]
        if not found:
            raise _error(f"no rules of {name} were compiled", "predicates lists what there is")
        for part in found:
            self._write("".join(f"{line}\n" for line in f"# {part}".splitlines() if line.startswith(start)))

    def help(self, _: str) -> None:
        self._write(f"{HELP}\n")

    # -- answering

    def _show(self, changes: Mapping[str, Change]) -> None:
        lines = [
            f"{sign} {write_fact(name, row)}"
            for name, change in sorted(changes.items())
            for sign, rows in (("+", change.appeared), ("-", change.vanished))
            for row in sorted_rows(rows)
        ]
        self._write("".join(f"{line}\n" for line in lines[:SHOWN]) or "nothing changed\n")
        if len(lines) > SHOWN:
            self._write(f"… {len(lines) - SHOWN} more\n")


def _stopped(text: str) -> str:
    return text if text.endswith(".") else f"{text}."


def _pattern(atom: Atom) -> list[Any]:
    return [term.value if isinstance(term, Const) else ... for term in atom.terms]


def _error(message: str, hint: str) -> DatalogError:
    return DatalogError([Diagnostic("unknown-predicate", message, hint)])


VERBS: Final[dict[str, Callable[[Dialogue, str], None]]] = {
    "assert": Dialogue.assert_, "retract": Dialogue.retract, "what-if": Dialogue.what_if, "now": Dialogue.now,
    "why": Dialogue.why, "why-all": Dialogue.why_all, "why-not": Dialogue.why_not, "best": Dialogue.best,
    "load": Dialogue.load, "remove": Dialogue.remove, "modules": Dialogue.modules,
    "predicates": Dialogue.predicates, "stats": Dialogue.stats, "plan": Dialogue.plan,
    "compile": Dialogue.compile, "help": Dialogue.help,
}  # fmt: skip
