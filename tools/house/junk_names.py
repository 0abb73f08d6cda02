"""A file or class is named for its noun; names that fit anything attract everything."""

import ast
from collections.abc import Iterator, Sequence

from tools.house.source import Finding, Source, python_files

FILES = frozenset(
    {"utils", "util", "helpers", "helper", "common", "misc", "base", "manager", "types", "constants"}
)
SUFFIXES = ("Service", "Manager", "Handler", "Helper", "Utils")


def check(sources: Sequence[Source]) -> Iterator[Finding]:
    for source in python_files(sources):
        for part in (*source.name.parent.parts, source.name.stem):
            if part in FILES:
                yield Finding(source.path, 1, f"{part!r} names no noun: call it what it holds")
        for node in source.nodes:
            if isinstance(node, ast.ClassDef) and node.name.endswith(SUFFIXES):
                yield Finding(
                    source.path, node.lineno, f"{node.name}: name the thing, without the role suffix"
                )
