"""Every rule file of ours has given/expect tests an operator can read, and a comment on top."""

import re
from collections.abc import Iterator, Sequence

from tools.house.source import Finding, Source

TESTS = "packages/mxc/tests/rules/"


def check(sources: Sequence[Source]) -> Iterator[Finding]:
    tested = {source.name.stem for source in sources if source.below(TESTS)}
    for source in sources:
        found = re.fullmatch(r"packages/mxc/src/mxc/server/domains/\w+/rules/(\w+)\.dl", source.path)
        if found is None:
            continue
        if found.group(1) not in tested:
            yield Finding(source.path, 1, f"write {TESTS}{found.group(1)}.dlt: given …, expect …")
        if not source.text.lstrip().startswith("%"):
            yield Finding(source.path, 1, "begin with a comment that says what these rules conclude")
