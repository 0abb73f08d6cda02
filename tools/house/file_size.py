"""A file of code has at most 400 lines: past that it holds two nouns."""

from collections.abc import Iterator, Sequence

from tools.house.source import Finding, Source

LIMIT = 400


def check(sources: Sequence[Source]) -> Iterator[Finding]:
    for source in sources:
        lines = source.text.count("\n")
        if source.path.endswith((".py", ".dl", ".css")) and lines > LIMIT:
            yield Finding(
                source.path, LIMIT, f"{lines} lines, at most {LIMIT}: find the second noun and move it out"
            )
