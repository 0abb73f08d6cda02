"""Rules decide, Python acts: a reaction does no I/O of its own and judges no status."""

import ast
from collections.abc import Iterator, Sequence

from tools.house.source import Finding, Source, imported

EFFECTS = (
    "sqlalchemy",
    "psycopg",
    "nats",
    "aiohttp",
    "httpx",
    "os",
    "socket",
    "subprocess",
    "time",
    "requests",
)
JUDGED = frozenset({"status", "liveness", "intent"})


def check(sources: Sequence[Source]) -> Iterator[Finding]:
    for source in sources:
        if not source.is_shipped or "/reactions/" not in source.path:
            continue
        for line, module in imported(source):
            if module.split(".")[0] in EFFECTS:
                message = f"a reaction imports {module}: effects go through the situation"
                yield Finding(source.path, line, message)
        for node in source.nodes:
            if isinstance(node, ast.Compare) and _judges(node):
                yield Finding(
                    source.path, node.lineno, "a reaction judges a status: derive the fact in a rule"
                )


def _judges(comparison: ast.Compare) -> bool:
    sides = [comparison.left, *comparison.comparators]
    return any(isinstance(side, ast.Attribute) and side.attr in JUDGED for side in sides)
