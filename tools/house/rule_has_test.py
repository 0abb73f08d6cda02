"""Every rule file of ours has given/expect tests an operator can read, and a comment on top."""

import re
from collections.abc import Iterator, Sequence

from tools.house.source import Finding, Source

TESTS = "packages/mxc/tests/rules/"


def check(sources: Sequence[Source]) -> Iterator[Finding]:
    tests = [source.path for source in sources if source.below(TESTS)]
    for source in sources:
        found = re.fullmatch(r"packages/mxc/src/mxc/server/domains/(\w+)/rules/(\w+)\.dl", source.path)
        if found is None:
            continue
        domain, topic = found.groups()
        if not any(domain in path and topic in path for path in tests):
            yield Finding(source.path, 1, f"no test below {TESTS} names {domain} and {topic}")
        if not source.text.lstrip().startswith("%"):
            yield Finding(source.path, 1, "begin with a comment that says what these rules conclude")
