"""The proof tree: why something holds, read top-down in plain words; rules and values a level deeper."""

from collections.abc import Mapping, Sequence
from typing import Any, Final, TypeAlias

from nicegui import ui

from mxc.server.hosting.design.markup import box, icon, text, with_attributes
from mxc.server.hosting.design.wording import Names, named, step_words

Proof: TypeAlias = Mapping[str, Any]
OPEN_DEPTH: Final = 2
MOST_SIBLINGS: Final = 40
_SIGNS: Final[Mapping[str, str]] = {
    "fact": "description",
    "negation": "block",
    "aggregate": "functions",
    "clock": "schedule",
    "comparison": "calculate",
    "rule": "subdirectory_arrow_right",
}


def proof_tree(proof: Proof, names: Names) -> ui.element:
    """Draws a proof as `Explanation.tree` has it; `names` says what ids are called."""
    with with_attributes(box("m-proof", tag="ul"), aria_label="Proof") as shown:
        _node(proof, names, 0)
    return shown


def _node(proof: Proof, names: Names, depth: int) -> None:
    with box(tag="li"):
        if proof["kind"] != "rule":
            with box("m-step"):
                _words(proof, names)
            _children(proof, names, depth)
            return
        with box(tag="details") as details:
            if depth < OPEN_DEPTH:
                with_attributes(details, open=True)
            with box(tag="summary"):
                _words(proof, names)
            _rule(proof, names)
            _children(proof, names, depth)


def _words(proof: Proof, names: Names) -> None:
    with box("m-proof-kind", tag="span"):
        icon(_SIGNS.get(str(proof["kind"]), "check"))
    with box("m-grow"):
        words, statement = step_words(proof, names), named(str(proof["statement"]), names)
        text(words, "m-proof-words")
        if words != statement:
            text(statement, "m-proof-fact")


def _rule(proof: Proof, names: Names) -> None:
    with box("m-rule-at", tag="details"):
        text(f"rule at {proof['rule']}", "m-quiet m-small", tag="summary")
        with box("m-proof-rule"):
            text(proof["text"], "m-code", tag="pre")
            variables = {name: value for name, value in proof.get("bindings", {}).items() if "#" not in name}
            if variables:
                with box("m-values m-small"):
                    for name, value in variables.items():
                        binding(name, named(str(value), names))


def binding(name: str, value: str) -> None:
    """A variable and its value."""
    with box("m-quiet", tag="span"):
        text(f"{name} = ", tag="span")
        text(value, tag="b")


def _children(proof: Proof, names: Names, depth: int) -> None:
    children: Sequence[Proof] = proof.get("children") or ()
    if not children:
        return
    with box(tag="ul"):
        for each in children[:MOST_SIBLINGS]:
            _node(each, names, depth + 1)
        if len(children) > MOST_SIBLINGS:
            text(f"and {len(children) - MOST_SIBLINGS} more", "m-step m-quiet", tag="li")
