"""Proofs and refusals as text: one renderer for those at hand and for those kept as JSON."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final, TypeAlias

from datalox.notation import write_number, write_symbol

Tree: TypeAlias = Mapping[str, Any]
_NOTES: Final = {"fact": "  [fact]", "negation": "  [nothing matches]", "clock": "  [clock]"}


def render(tree: Tree) -> str:
    """What `Proof.json()` or `Refusal.json()` gave, as indented text. Depth costs no stack.

    A step by a rule shows its conclusion, `[file:line]`, the rule's comment after `%`, its text after `|`,
    and the values of variables that the conclusion does not show; then what it rests on. What was shown
    in full once is only named from then on.
    """
    lines: list[str] = []
    pending = [(0, tree)]
    shown: set[str] = set()
    while pending:
        depth, step = pending.pop()
        margin = "  " * depth
        if _is_derived(step):
            if step["statement"] in shown:
                lines.append(f"{margin}{step['statement']}  [{step['rule']}, shown above]")
                continue
            shown.add(step["statement"])
        lines.extend(margin + line for line in _lines(step))
        if step.get("search"):
            pending.append((depth, {"repairs of": step}))
        pending.extend((depth + deeper, below) for deeper, below in reversed(list(_below(step))))
    return "\n".join(lines)


def _is_derived(step: Tree) -> bool:
    """Whether a step is a conclusion with a rule and reasons below it."""
    return step.get("kind") == "rule" and bool(step.get("rule"))


def _lines(step: Tree) -> Iterator[str]:
    if "repairs of" in step:
        return _repairs(step["repairs of"])
    if "satisfied" in step:
        return _rule_refusal(step)
    return _refusal(step) if "goal" in step else _proof(step)


def _below(step: Tree) -> Iterator[tuple[int, Tree]]:
    """(how much deeper, step) of everything under a step."""
    if step.get("because"):
        yield 2, step["because"]
    if _is_grouped(step):
        return
    for below in (*step.get("rules", ()), *step.get("children", ())):
        yield 1, below


def _proof(step: Tree) -> Iterator[str]:
    kind = str(step.get("kind"))
    if kind == "aggregate":
        yield f"{step['statement']}  [over {len(step.get('inputs', ()))} rows]"
        return
    if not step.get("rule"):
        yield f"{step.get('statement', '')}{_NOTES.get(kind, '')}"
        return
    yield f"{step['statement']}  {_place(step)}"
    yield from _source(step)
    hidden = _bindings(step.get("bindings", {}), step.get("row", ()))
    if hidden:
        yield f"  with {hidden}"


def _place(step: Tree) -> str:
    comment = step.get("comment")
    return f"[{step['rule']}]" + (f"  % {comment}" if comment else "")


def _source(step: Tree) -> Iterator[str]:
    for line in str(step.get("text") or "").splitlines():
        yield f"  | {line.rstrip()}"


def _bindings(bindings: Mapping[str, Any], shown: Iterable[Any]) -> str:
    told = list(shown)
    hidden = ((name, value) for name, value in bindings.items() if value not in told and name[:1] != "_")
    return ", ".join(f"{name}={_value(value)}" for name, value in hidden)


def _value(value: Any) -> str:
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(map(_value, value))}]"
    return write_symbol(value) if isinstance(value, str) else write_number(value)


def _is_grouped(step: Tree) -> bool:
    return bool(step.get("grouping")) and step["grouping"]["looked"] > 1


def _refusal(step: Tree) -> Iterator[str]:
    if _is_grouped(step):
        yield from _groups(step)
        return
    if step["holds"]:
        yield f"{step['goal']} holds"
        return
    yield f"{step['goal']} does not hold" + (f": {step['note']}" if step.get("note") else "")


def _rule_refusal(step: Tree) -> Iterator[str]:
    yield _place(step)
    yield from (f"  yes  {held}" for held in step["satisfied"])
    yield f"  NO   {step['reason']}"
    yield from (f"       there is {row}" for row in step.get("near", ()))
    yield from _source(step)


def _groups(step: Tree) -> Iterator[str]:
    """One line or two per group: how many, why, which, and what would help the nearest."""
    grouping = step["grouping"]
    looked = f"{_count(grouping['looked'])} candidates"
    if grouping["looked"] < grouping["candidates"]:
        looked += f", the first of {_count(grouping['candidates'])}"
    if step["holds"]:
        yield f"{step['goal']} holds for {_count(grouping['holding'])} of {looked}"
    else:
        yield f"{step['goal']} does not hold for any of {looked}"
    for group in grouping["groups"]:
        yield from (f"  {line}" for line in _group(group, step["pattern"]))
    if grouping["rest"]:
        yield f"  {_count(grouping['rest'])}: for other reasons"


def _group(group: Tree, pattern: list[Any]) -> Iterator[str]:
    above = "".join(f"{literal} does not hold: " for literal in group["path"])
    yield f"{_count(group['count'])}: {above}{group['reason']}"
    names = [_candidate(row, pattern) for row in group["examples"]]
    lacks = f" (lacks {_value(group['gap'])})" if group["gap"] is not None else ""
    if group["count"] > len(names):
        yield (
            f"    nearest {names[0]}{lacks}; also {', '.join(names[1:])}"
            if lacks
            else (f"    for example {', '.join(names)}")
        )
    else:
        yield f"    {', '.join(names)}{lacks if len(names) == 1 else ''}"


def _candidate(row: list[Any], pattern: list[Any]) -> str:
    return ", ".join(_value(value) for value, asked in zip(row, pattern, strict=True) if asked is None)


def _count(number: int) -> str:
    return f"{number:,}".replace(",", " ")


def _repairs(step: Tree) -> Iterator[str]:
    repairs = step["repairs"]
    if not repairs:
        search = step["search"]
        tries = f" in {search['trials']} tries" if search["cut_short"] else ""
        yield f"  no repair of at most {search['most_edits']} changes was found{tries}"
        return
    yield "  it would hold with"
    for number, repair in enumerate(repairs, 1):
        which = f" makes {repair['makes']}" if None in step["pattern"] else ""
        yield f"    {number}. {repair['words']}{which and ','}{which}"
