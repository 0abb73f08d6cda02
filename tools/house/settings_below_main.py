"""Settings are read once, in main, and passed down as values: nothing below reads them or the environment."""

import ast
from collections.abc import Iterator, Sequence

from tools.house.source import SERVER, Finding, Source, dotted, imported

ALLOWED = tuple(
    SERVER + name for name in ("start.py", "main.py", "nats_config.py", "keys.py", "sql.py", "settings/")
)


def check(sources: Sequence[Source]) -> Iterator[Finding]:
    for source in sources:
        if not source.below(SERVER) or not source.is_python or source.below(*ALLOWED):
            continue
        for line, module in imported(source):
            if module.startswith("mxc.server.settings"):
                yield Finding(source.path, line, "settings are main's: take the value as an argument")
        for node in source.nodes:
            if isinstance(node, ast.Attribute) and dotted(node) in ("os.environ", "os.getenv"):
                yield Finding(
                    source.path, node.lineno, f"{dotted(node)} below main: take the value as an argument"
                )
