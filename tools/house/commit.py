"""Nobody commits by hand: a transaction ends where it began, in the floor of access or in a unit."""

import ast
from collections.abc import Iterator, Sequence

from tools.house.bare_session import ALLOWED
from tools.house.source import SERVER, Finding, Source


def check(sources: Sequence[Source]) -> Iterator[Finding]:
    for source in sources:
        if not source.below(SERVER) or not source.is_python or source.below(*ALLOWED):
            continue
        for node in source.nodes:
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Attribute)
                and node.func.attr == "commit"
            ):
                message = "commit() by hand splits a transaction: let `async with` end it"
                yield Finding(source.path, node.lineno, message)
