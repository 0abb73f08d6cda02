"""Nothing unfinished stays: no marks to come back later."""

import re
from collections.abc import Iterator, Sequence

from tools.house.source import Finding, Source

MARKS = re.compile(r"(?:#|%|//|<!--)\s*(?:" + "|".join(("TODO", "FIXME", "XXX", "HACK")) + r")\b")


def check(sources: Sequence[Source]) -> Iterator[Finding]:
    for source in sources:
        for number, line in enumerate(source.text.splitlines(), 1):
            if MARKS.search(line):
                yield Finding(source.path, number, "unfinished: finish it, leave it out, or open an issue")
