"""Every code a diagnostic can carry, explained: the source of the pages in docs/errors."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_NODES = ".decl node(id: text, cpu: int) .decl runs(w: text, n: text) .decl beat(n: text, at: int)\n"


@dataclass(frozen=True, slots=True)
class Explained:
    """`wrong` and `right`: a program, or for `python` what is done with a session `db` of _NODES."""

    title: str
    why: str
    wrong: str
    right: str
    python: bool = False
    warning: bool = False

    @property
    def schema(self) -> str:
        """The declarations the examples stand on."""
        return _NODES


def _program(title: str, why: str, wrong: str, right: str) -> Explained:
    return Explained(title, why, wrong, right)


def _warning(title: str, why: str, wrong: str, right: str) -> Explained:
    return Explained(title, why, wrong, right, warning=True)


def _session(title: str, why: str, wrong: str, right: str) -> Explained:
    return Explained(title, why, wrong, right, python=True)


_LANGUAGE: Final = {
    "syntax": _program(
        "The text cannot be read",
        "Something stands where the language has no place for it. The rest of the text is still read, "
        "so that all "
        "mistakes show at once.",
        "idle(N) :- node(N, C) not runs(_, N)",
        "idle(N) :- node(N, _), not runs(_, N).",
    ),
    "reserved-name": _program(
        "A word of the language is no name",
        "`count sum min max avg collect not` have a meaning of their own in bodies.",
        ".decl count(n: text)",
        ".decl node_count(n: text)",
    ),
    "unknown-predicate": _program(
        "Nobody has heard of this predicate",
        "A body asks for a predicate that no module declares, derives or states: it could never hold. "
        "Mostly a "
        "spelling mistake; if its facts come from outside, declare it. Without any `.decl` in any "
        "module every "
        "predicate is taken for one whose facts will be asserted.",
        "idle(N) :- nodes(N, _), not runs(_, N).",
        "idle(N) :- node(N, _), not runs(_, N).",
    ),
    "arity": _program(
        "A predicate has one number of arguments",
        "The number of arguments is part of what a predicate is, in every module and in the API.",
        "idle(N) :- node(N), not runs(_, N).",
        "idle(N) :- node(N, _), not runs(_, N).",
    ),
    "type-mismatch": _program(
        "These values can never be equal, compared or computed",
        "A constant or a variable stands where a value of its kind cannot stand: the rule would never "
        "hold, or its "
        "condition would always be true. `text` and `symbol` columns hold text, `int float number` numbers, "
        "`string` strings, `scalar` text or numbers.",
        "big(N) :- node(N, C), C >= many.",
        "big(N) :- node(N, C), C >= 64.",
    ),
}

_SAFETY: Final = {
    "unsafe-head-variable": _program(
        "The head says something about a value nobody gives",
        "Every variable of a head gets its value from a positive atom, an assignment or an aggregate of "
        "the body. "
        "For a `.demand` predicate the caller may give it.",
        "idle(N, W) :- node(N, _).",
        "idle(N, C) :- node(N, C).",
    ),
    "unsafe-negation": _program(
        "A negated atom is asked about a value nobody gives",
        "`not` tests values that are known; it cannot find any. Bind the variable with a positive atom, "
        "or write `_` "
        "for 'any value at all'.",
        "idle(N) :- node(N, _), not runs(W, N).",
        "idle(N) :- node(N, _), not runs(_, N).",
    ),
    "unsafe-comparison": _program(
        "A comparison needs values on both sides",
        "`=` can give a value to one side; every other comparison tests two that are known.",
        "big(N) :- node(N, _), C >= 64.",
        "big(N) :- node(N, C), C >= 64.",
    ),
    "unsafe-argument": _program(
        "An argument cannot be computed",
        "An expression in an argument is computed before the atom is asked, so its variables have "
        "values from "
        "elsewhere.",
        "twin(N) :- node(N, _), node(_, C + 1).",
        "twin(N) :- node(N, C), node(_, C + 1).",
    ),
    "unsafe-aggregate": _program(
        "An aggregate ranges over a value nobody gives",
        "The value of `op(value, goal, result)` stands in the goal; that of `N = op(value)` in the rest "
        "of the body.",
        "total(S) :- sum(C, node(_, _), S).",
        "total(S) :- sum(C, node(_, C), S).",
    ),
    "cyclic-assignment": _program(
        "Assignments wait for one another",
        "A variable has one value in a rule; `X = X + 1` asks for a number that is its own successor.",
        "next(N, C) :- node(N, _), C = D + 1, D = C - 1.",
        "next(N, D) :- node(N, C), D = C + 1.",
    ),
    "aggregate-result": _program(
        "An aggregate asks for its own result",
        "The result is what comes out of the rows; if the goal asked for it, too, it would have to be known "
        "beforehand.",
        "full(N, C) :- max(C, node(N, C), C).",
        "full(N, Most) :- max(C, node(N, C), Most).",
    ),
    "long-body": _program(
        "A body has too many goals for one plan",
        "At most eighteen. A longer one is hard to read and to join well. "
        "Give a part of it a name of its own.",
        "p(N) :- " + ", ".join(f"runs(W{number}, N)" for number in range(19)) + ".",
        "p(N) :- node(N, _), runs(_, N).",
    ),
    "cycle-through-negation": _program(
        "A predicate depends on its own absence",
        "If it held it would not hold, and the other way round. The message prints the whole cycle with "
        "its rules.",
        "free(N) :- node(N, _), not taken(N).\ntaken(N) :- node(N, _), not free(N).",
        "taken(N) :- runs(_, N).\nfree(N) :- node(N, _), not taken(N).",
    ),
    "cycle-through-aggregation": _program(
        "A predicate depends on its own total",
        "A total is known once everything it counts is known.",
        "load(N, K) :- node(N, _), count(M, load(M, _), K).",
        "load(N, K) :- node(N, _), count(W, runs(W, N), K).",
    ),
    "clock": _program(
        "The clock is read, once, and never set by rules",
        "`now(T)` stands in a body, at most once, positive. The session sets it.",
        "late(N) :- beat(N, T), now(A), now(B), A - T > 30, B > A.",
        "late(N) :- beat(N, T), now(A), A - T > 30.",
    ),
}

_DEMAND: Final = {
    "mode": _program(
        "A demand predicate is asked without an argument it needs",
        "A `.demand` predicate is computed when asked, from the arguments its `+` places (or its rules) "
        "need.",
        ".demand full(+)\nfull(N) :- count(W, runs(W, N), K), K >= 5.\n.demand any_full/0\n"
        "any_full() :- full(N).",
        ".demand full(+)\nfull(N) :- count(W, runs(W, N), K), K >= 5.\n.demand any_full/0\n"
        "any_full() :- node(N, _), full(N).",
    ),
    "demand-in-materialised": _program(
        "What is kept in memory cannot depend on what is computed when asked",
        "A materialised predicate is kept current as facts change; a demand predicate has no changes to "
        "follow.",
        ".demand full(+)\nfull(N) :- count(W, runs(W, N), K), K >= 5.\nfree(N) :- node(N, _), not full(N).",
        ".demand full(+) .demand free/1\nfull(N) :- count(W, runs(W, N), K), K >= 5.\n"
        "free(N) :- node(N, _), not full(N).",
    ),
}

_DECLARATIONS: Final = {
    "duplicate-declaration": _program(
        "Declared twice",
        "A predicate is declared in one place, so that there is one answer to what it is.",
        ".decl zone(n: text)\n.decl zone(n: text, z: text)",
        ".decl zone(n: text, z: text)",
    ),
    "duplicate-column": _program(
        "Two columns of one name",
        "Columns are told apart by their names.",
        ".decl zone(n: text, n: text)",
        ".decl zone(n: text, z: text)",
    ),
    "unknown-type": _program(
        "There is no such type",
        "Types are symbol, string, text, int, float, number, scalar and any.",
        ".decl zone(n: txt)",
        ".decl zone(n: text)",
    ),
    "unknown-key-column": _program(
        "The key names a column that is not there",
        "A key is made of columns of the declaration it stands behind.",
        ".decl zone(n: text, z: text) key(node)",
        ".decl zone(n: text, z: text) key(n)",
    ),
    "order": _program(
        "An order ranks the rows of its own atom",
        "The expression behind `by` uses the variables of the atom before it.",
        ".order roomiest: node(N, C) by M desc",
        ".order roomiest: node(N, C) by C desc",
    ),
}

_MODULES: Final = {
    "not-extensible": _session(
        "This predicate belongs to another module",
        "A module may add rules to its own predicates and to those their owner declared `.extensible`.",
        'db.load(Program.parse("node(N, 0) :- runs(_, N).", "guest.dl"))',
        'db.load(Program.parse("known(N) :- runs(_, N).", "guest.dl"))',
    ),
    "private": _session(
        "This predicate is private to another module",
        "What a module declares `.private` may change without notice; no other module may use it.",
        'db.load(Program.parse(".private inner/1\\ninner(N) :- node(N, _).", "a.dl"))\n'
        'db.load(Program.parse("mine(N) :- inner(N).", "b.dl"))',
        'db.load(Program.parse("outer(N) :- node(N, _).", "a.dl"))\n'
        'db.load(Program.parse("mine(N) :- outer(N).", "b.dl"))',
    ),
    "duplicate-module": _session(
        "Two modules of one name",
        "A module is replaced and removed by its name.",
        'db.load(Program.parse("a(N) :- node(N, _).", "m.dl"))\n'
        'db.load(Program.parse("b(N) :- node(N, _).", "m.dl"))',
        'db.load(Program.parse("a(N) :- node(N, _).", "m.dl"))\n'
        'db.replace("m.dl", Program.parse("b(N) :- node(N, _).", "m.dl"))',
    ),
    "unknown-module": _session(
        "No module of this name is loaded",
        "Only what was loaded can be replaced or removed.",
        'db.remove("m.dl")',
        'db.load(Program.parse("a(N) :- node(N, _).", "m.dl"))\ndb.remove("m.dl")',
    ),
    "key-conflict": _session(
        "Live facts have the same key",
        "A module declares a key by which two facts that are there would be one. Which of them is meant, "
        "only you can say.",
        'db.load(Program.parse(".decl seen(n: text, at: int)", "m.dl"))\n'
        "with db.transaction() as tx:\n"
        '    tx.assert_all("seen", [("n1", 1), ("n1", 2)])\n'
        'db.replace("m.dl", Program.parse(".decl seen(n: text, at: int) key(n)", "m.dl"))',
        'db.load(Program.parse(".decl seen(n: text, at: int)", "m.dl"))\n'
        "with db.transaction() as tx:\n"
        '    tx.assert_all("seen", [("n1", 1), ("n2", 2)])\n'
        'db.replace("m.dl", Program.parse(".decl seen(n: text, at: int) key(n)", "m.dl"))',
    ),
}

_USE: Final = {
    "bad-value": _session(
        "This value cannot stand in this column",
        "Values are strings, symbols, booleans and finite numbers, of the type the column declares.",
        'with db.transaction() as tx:\n    tx.assert_("node", "n1", float("nan"))',
        'with db.transaction() as tx:\n    tx.assert_("node", "n1", 8)',
    ),
    "no-key": _session(
        "Nothing to replace by",
        "`replace` puts a row in the place of the one with its key: declare one with `.decl … key(…)`.",
        'with db.transaction() as tx:\n    tx.replace("node", key=("n1",), row=("n1", 8))',
        'with db.transaction() as tx:\n    tx.assert_("node", "n1", 8)',
    ),
    "pattern": _session(
        "A row has a value in every column",
        "ANY (`...`) stands in patterns; what is explained is one row.",
        'db.explain("node", "n1", ...)',
        'db.explain("node", "n1", 8)',
    ),
    "unknown-order": _session(
        "No such order is declared",
        "`best` follows an order declared with `.order`.",
        'db.best("node", ..., ..., order="roomiest")',
        'db.load(Program.parse(".order roomiest: node(N, C) by C desc", "orders.dl"))\n'
        'db.best("node", ..., ..., order="roomiest")',
    ),
    "budget": _session(
        "More was derived or read than the budget allows",
        "A recursion that computes new values never ends by itself. What exceeds its budget is rolled back,\n"
        "and the message names the rule or the predicate whose rows were too many. `computed` limits only\n"
        "recursions that compute values; `derived` and `steps` limit everything.",
        'Session(Program.parse("up(0). up(X + 1) :- up(X).", "m.dl"), budget=Budget(derived=1000))',
        'Session(Program.parse("up(0). up(X + 1) :- up(X), X < 9.", "m.dl"), budget=Budget(derived=1000))',
    ),
    "open-transaction": _session(
        "A transaction is open",
        "One transaction at a time; modules change between transactions. `what_if` may be nested.",
        "with db.transaction():\n    with db.transaction():\n        pass",
        "with db.transaction():\n    with db.what_if():\n        pass",
    ),
    "failed-transaction": _session(
        "This transaction failed already",
        "What a budget broke off half-way cannot be asked any more: let the error leave the block.",
        'small = Session(Program.parse("up(X + 1) :- up(X).", "m.dl"), budget=Budget(derived=100))\n'
        "with small.transaction() as tx:\n"
        '    tx.assert_("up", 0)\n'
        "    try:\n"
        '        list(tx.query("up", ...))\n'
        "    except DatalogError:\n"
        '        list(tx.query("up", ...))',
        'small = Session(Program.parse("up(X + 1) :- up(X), X < 9.", "m.dl"), budget=Budget(derived=100))\n'
        "with small.transaction() as tx:\n"
        '    tx.assert_("up", 0)\n'
        '    list(tx.query("up", ...))',
    ),
    "closed-transaction": _session(
        "This transaction is over",
        "Its facts are in the session, or gone.",
        'with db.transaction() as tx:\n    pass\ntx.assert_("node", "n1", 8)',
        'with db.transaction() as tx:\n    tx.assert_("node", "n1", 8)',
    ),
}

_WARNINGS: Final = {
    "cross-product": _warning(
        "A rule pairs everything with everything",
        "The two sides share no variable, so the result has as many rows as the product of both, and "
        "all of them are "
        "kept. Computed on demand it costs only what is asked for.",
        "pair(N, W) :- node(N, _), runs(W, _).",
        ".demand pair/2\npair(N, W) :- node(N, _), runs(W, _).",
    ),
    "dead-rule": _warning(
        "A rule that never holds, or says what another one says",
        "Its conditions contradict one another, or it is written twice.",
        "big(N) :- node(N, C), C = 4, C > 8.",
        "big(N) :- node(N, C), C > 8.",
    ),
    "slow-recursion": _warning(
        "A rule joins all it derives with all it derives",
        "Such a rule finds each row once for every place where it can be cut in two. Adding one step at a "
        "time mostly reaches the same, and finds it once for every last step. "
        "`p(X, Z) :- p(X, Y), p(Y, Z)` alone is evaluated so; with a condition beside it, it is not.",
        "near(N, M) :- runs(N, M).\nnear(N, L) :- near(N, M), near(M, L), N != L.",
        "near(N, M) :- runs(N, M).\nnear(N, L) :- near(N, M), runs(M, L), N != L.",
    ),
    "time-join": _warning(
        "The clock is kept or joined instead of compared",
        "A comparison with the clock costs nothing until it changes; a row that holds the clock is "
        "replaced at every "
        "tick.",
        "age(N, A) :- beat(N, T), now(W), A = W - T.",
        "late(N) :- beat(N, T), now(W), W - T > 30.",
    ),
}

CODES: Final[Mapping[str, Explained]] = {
    **_LANGUAGE,
    **_SAFETY,
    **_DEMAND,
    **_DECLARATIONS,
    **_MODULES,
    **_USE,
    **_WARNINGS,
}


def page(code: str) -> str:
    """The text of docs/errors/datalox-<code>.md."""
    found = CODES[code]
    language = "python" if found.python else "datalox"
    kind = "A warning." if found.warning else "An error."
    return (
        f"# {code}: {found.title[0].lower()}{found.title[1:]}\n\n{kind} {found.why}\n\n"
        f"Not this:\n\n```{language}\n{found.wrong}\n```\n\nBut this:\n\n```{language}\n"
        f"{found.right}\n```\n\n"
        f"The examples stand on these declarations:\n\n```datalox\n{_NODES.rstrip()}\n```\n"
    )


def write_pages(folder: Path) -> None:
    """One page per code."""
    for code in CODES:
        (folder / f"datalox-{code}.md").write_text(page(code), encoding="utf-8")


if __name__ == "__main__":
    write_pages(Path(sys.argv[1]))
