"""The refusal card: why something is not so, nearest to true first, with the values that stood in the way."""

from collections.abc import Mapping, Sequence
from typing import Any, Final, TypeAlias

from nicegui import ui

from mxc.server.hosting.design.markup import box, text, with_attributes
from mxc.server.hosting.design.proof_tree import binding, proof_tree
from mxc.server.hosting.design.wording import Names, named

Refusal: TypeAlias = Mapping[str, Any]
MOST_DEPTH: Final = 4


def refusal_card(refusals: Mapping[str, Refusal], names: Names) -> ui.element:
    """Draws one refusal per subject (a node, say), as `Refused.tree` has them."""
    with box("m-refusals", tag="ul") as shown:
        for subject, refusal in sorted(refusals.items(), key=lambda pair: (_distance(pair[1]), pair[0])):
            with box("m-refusal", tag="li"):
                _draw(subject, refusal, names)
    return shown


def _distance(refusal: Refusal) -> int:
    """How many conditions of its nearest rule are left."""
    return min((rule["length"] - rule["progress"] for rule in refusal["rules"]), default=99)


def _draw(subject: str, refusal: Refusal, names: Names) -> None:
    rules: Sequence[Mapping[str, Any]] = refusal["rules"]
    nearest = rules[0] if rules else None
    with box("m-row m-spread"):
        text(subject, "m-strong")
        if nearest is not None:
            _progress(nearest["progress"], nearest["length"])
    if nearest is None:
        text(named(refusal["note"] or "no rule speaks of it", names), "m-refusal-what")
        return
    _objection(nearest, names)
    with box(tag="details"):
        text(f"rule at {nearest['rule']}", "m-quiet m-small", tag="summary")
        text(nearest["text"], "m-code m-proof-rule", tag="pre")


def _objection(rule: Mapping[str, Any], names: Names, depth: int = 0) -> None:
    """Follows what is missing down to what is known: that is where it can be repaired."""
    because = rule.get("because")
    text(named(rule["reason"], names), "m-refusal-what")
    for near in rule["near"]:
        text(f"there is {named(near, names)}", "m-quiet")
    if rule["bindings"]:
        with box("m-values m-small"):
            for name, value in rule["bindings"].items():
                binding(name, named(str(value), names))
    if because is None or depth >= MOST_DEPTH:
        return
    with box("m-refusal-because"):
        if "rules" not in because:
            proof_tree(because, names)
        elif because["rules"]:
            _objection(because["rules"][0], names, depth + 1)


def _progress(done: int, steps: int) -> None:
    words = f"{done} of {steps} conditions hold"
    with with_attributes(box("m-progress", tag="span"), role="img", aria_label=words, title=words):
        for step in range(min(steps, 12)):
            box("m-done" if step < done else "m-failed" if step == done else "", tag="i")
