"""An `__init__.py` holds a docstring or a public API, never logic."""

import ast
from collections.abc import Iterator, Sequence

from tools.house.source import Finding, Source

ALLOWED = (ast.Import, ast.ImportFrom, ast.Assign, ast.AnnAssign, ast.Expr)


def check(sources: Sequence[Source]) -> Iterator[Finding]:
    for source in sources:
        if source.is_shipped and source.name.name == "__init__.py":
            if ast.get_docstring(source.tree) is None:
                yield Finding(source.path, 1, "say in one sentence what lives in this package")
            for statement in source.tree.body:
                if not isinstance(statement, ALLOWED):
                    yield Finding(
                        source.path, statement.lineno, "logic in __init__.py: give it a file with a name"
                    )
