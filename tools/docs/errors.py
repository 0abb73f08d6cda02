"""docs/reference/errors.md: every code an error of ours may have, from the places that raise it."""

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from mxc.server.kernel.errors import MxcError
from tools.docs.writing import GENERATED, row, table
from tools.house.source import SERVER, Source, project_files

PATH = "docs/reference/errors.md"
HEAD = f"""# Errors

Every error of the API has a `code`, short and stable, beside what happened (`error`) and what to do (`hint`).
Programs should look at the code and the status alone. What is written in braces is filled in.

{GENERATED}
"""


@dataclass(frozen=True, slots=True, order=True)
class Said:
    """One place that raises an error."""

    code: str
    status: int
    message: str
    hint: str
    place: str


@dataclass(frozen=True, slots=True)
class Kind:
    """A class of errors."""

    name: str
    status: int
    default_code: str


def pages() -> dict[str, str]:
    """Path → text."""
    found = sorted(set(_all()))
    parts = [HEAD]
    for code in sorted({each.code for each in found}):
        parts += [f"## {code}\n", *table("status", "what happened", "what to do"), *_rows(found, code), ""]
    return {PATH: "\n".join(parts)}


def _rows(found: list[Said], code: str) -> Iterator[str]:
    seen = {(each.status, each.message, each.hint) for each in found if each.code == code}
    yield from (row(str(status), message, hint) for status, message, hint in sorted(seen))


def _all() -> Iterator[Said]:
    sources = [each for each in project_files() if each.is_python and each.below(SERVER)]
    kinds = _kinds(sources)
    for source in sources:
        for node in source.nodes:
            if isinstance(node, ast.Call) and (kind := kinds.get(_name(node.func))) is not None:
                yield from _said(source, node, kind)


def _kinds(sources: Sequence[Source]) -> dict[str, Kind]:
    """The classes of errors by name, those that domains add included: read, not imported."""
    classes = [node for source in sources for node in source.nodes if isinstance(node, ast.ClassDef)]
    kinds = {MxcError.__name__: Kind(MxcError.__name__, MxcError.status, MxcError.default_code)}
    while True:
        more = [
            _kind(node, kinds[base])
            for node in classes
            for base in map(_name, node.bases)
            if base in kinds and node.name not in kinds
        ]
        if not more:
            return kinds
        kinds |= {each.name: each for each in more}


def _kind(node: ast.ClassDef, base: Kind) -> Kind:
    said: dict[str, Any] = {}
    for each in node.body:
        targets = each.targets if isinstance(each, ast.Assign) else [getattr(each, "target", None)]
        target = targets[0]
        value = getattr(each, "value", None)
        if isinstance(target, ast.Name) and isinstance(value, ast.Constant):
            said[target.id] = value.value
    return Kind(node.name, said.get("status", base.status), said.get("default_code", base.default_code))


def _said(source: Source, call: ast.Call, kind: Kind) -> Iterator[Said]:
    given = {each.arg: each.value for each in call.keywords if each.arg}
    positional = list(call.args)
    if kind.name == "StartError":
        given |= dict(zip(("code", "message", "hint"), positional, strict=False))
        positional = positional[1:]
    code = _text(given.get("code")) or kind.default_code
    message = _text(positional[0] if positional else given.get("message")) or _fields(given.get("fields"))
    if "{" not in code and message:
        yield Said(code, kind.status, message, _text(given.get("hint")), source.path)


def _fields(node: ast.expr | None) -> str:
    if not isinstance(node, ast.Dict):
        return ""
    names = [_text(key) for key in node.keys if key is not None]
    return f"in {', '.join(f'`{name}`' for name in names if name)}" if any(names) else ""


def _name(node: ast.expr) -> str:
    return node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""


def _text(node: ast.expr | None) -> str:
    """A literal text, with what is filled in shown in braces; empty for anything else."""
    if isinstance(node, ast.Constant):
        return str(node.value) if isinstance(node.value, str) else ""
    if isinstance(node, ast.JoinedStr):
        return "".join(_part(each) for each in node.values)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        return _text(node.left) + _text(node.right)
    return ""


def _part(node: ast.expr) -> str:
    if isinstance(node, ast.FormattedValue):
        return f"{{{_name(node.value) or '…'}}}"
    return str(node.value) if isinstance(node, ast.Constant) else ""
