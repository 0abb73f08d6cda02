"""SQL text lives where mechanism lives; domains and surfaces select resources."""

import ast
import re
from collections.abc import Iterator, Sequence

from tools.house.source import SERVER, Finding, Source

STATEMENT = re.compile(
    r"\s*(select\s+\S+.*\sfrom\s|insert\s+into\s|update\s+\w+\s+set\s|delete\s+from\s|with\s+\w+\s+as\s*\(|notify\s+\w|"
    r"create\s+(table|index|role|policy|function|trigger)\s|alter\s+table\s)",
    re.IGNORECASE | re.DOTALL,
)
ALLOWED = (SERVER + "kernel/", SERVER + "migrations/", SERVER + "embedded/")


def check(sources: Sequence[Source]) -> Iterator[Finding]:
    for source in sources:
        if not source.below(SERVER) or not source.is_python or source.below(*ALLOWED):
            continue
        docstrings = _docstrings(source)
        for node in source.nodes:
            if (
                isinstance(node, ast.Constant)
                and id(node) not in docstrings
                and STATEMENT.match(str(node.value))
            ):
                yield Finding(
                    source.path, node.lineno, "SQL text outside the kernel: select resources instead"
                )


def _docstrings(source: Source) -> set[int]:
    bodies = [
        node.body for node in source.nodes if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef)
    ]
    bodies += [node.body for node in source.nodes if isinstance(node, ast.AsyncFunctionDef)]
    first = [body[0] for body in bodies if body]
    return {id(statement.value) for statement in first if isinstance(statement, ast.Expr)}
