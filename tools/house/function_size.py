"""A function has at most 40 lines, its docstring not counted; frozen migrations are data."""

import ast
from collections.abc import Iterator, Sequence

from tools.house.source import SERVER, Finding, Source, python_files

LIMIT = 40
Function = ast.FunctionDef | ast.AsyncFunctionDef


def check(sources: Sequence[Source]) -> Iterator[Finding]:
    for source in python_files(sources):
        if source.below(SERVER + "migrations/revisions/"):
            continue
        for node in source.nodes:
            if isinstance(node, Function) and _lines(node) > LIMIT:
                message = f"{node.name} has {_lines(node)} lines, at most {LIMIT}: name its parts"
                yield Finding(source.path, node.lineno, message)


def _lines(function: Function) -> int:
    length = (function.end_lineno or function.lineno) - function.lineno + 1
    first = function.body[0]
    has_docstring = ast.get_docstring(function) is not None
    return length - ((first.end_lineno or first.lineno) - first.lineno + 1 if has_docstring else 0)
