"""A test waits for a condition with a deadline; a sleep wastes fast machines and fails on slow ones."""

import ast
from collections.abc import Iterator, Sequence

from tools.house.source import Finding, Source, calls


def check(sources: Sequence[Source]) -> Iterator[Finding]:
    for source in sources:
        if not (source.is_python and "/tests/" in source.path):
            continue
        polled = {id(inner) for loop in _loops(source) for inner in ast.walk(loop)}
        for name, call in calls(source):
            is_sleep = name in ("time.sleep", "asyncio.sleep", "sleep") and not _is_zero(call)
            if is_sleep and id(call) not in polled:
                message = "a test sleeps: wait for the condition, in a loop with a deadline"
                yield Finding(source.path, call.lineno, message)


def _loops(source: Source) -> list[ast.AST]:
    return [node for node in source.nodes if isinstance(node, ast.While | ast.For | ast.AsyncFor)]


def _is_zero(call: ast.Call) -> bool:
    return len(call.args) == 1 and ast.unparse(call.args[0]) in ("0", "0.0")
