"""Facts and proofs as people write and read them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from datalox import DatalogError, Program
from datalox.explain import render
from datalox.terms import Const, Symbol
from mxc.server.kernel.errors import Invalid
from mxc.server.kernel.facts.answer import diagnostic_documents


@dataclass(frozen=True, slots=True)
class Goal:
    """A predicate with its arguments; `...` stands for anything."""

    predicate: str
    pattern: tuple[Any, ...]


def goal_of(text: str, field: str = "fact") -> Goal:
    """Reads `node_healthy("…")` or `can_place(W, N)`. Raises Invalid with line, column and hint."""
    try:
        program = Program.parse(text.strip().removesuffix(".") + ".", "query")
    except DatalogError as error:
        raise refused(error, field) from None
    if len(program.facts) != 1 or program.rules or program.declarations:
        raise Invalid(
            fields={field: ["must be one fact"]}, hint='for example node_healthy("0f3e…") or can_place(W, N)'
        )
    atom = program.facts[0].atom
    return Goal(atom.predicate, tuple(_argument(term) for term in atom.terms))


def _argument(term: Any) -> Any:
    if not isinstance(term, Const):
        return ...
    return term.value.name if isinstance(term.value, Symbol) else term.value


def refused(error: DatalogError, field: str) -> Invalid:
    """What the engine's language refuses, as our error."""
    found = diagnostic_documents(error)
    first = found[0] if found else {}
    place = f"{first.get('line')}:{first.get('column')}" if first.get("line") else ""
    return Invalid(
        fields={field: [_sentence(each) for each in found] or [str(error)]},
        code=str(first.get("code") or "refused"),
        hint=str(first.get("hint") or ""),
        place=place,
        details={"diagnostics": found},
    )


def _sentence(diagnostic: Mapping[str, Any]) -> str:
    line, column = diagnostic.get("line"), diagnostic.get("column")
    return f"{line}:{column}: {diagnostic['message']}" if line else str(diagnostic["message"])


def proof_text(tree: Mapping[str, Any]) -> str:
    """A proof or a refusal kept as JSON, as the engine writes it."""
    return render(tree)
