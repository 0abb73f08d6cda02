"""No file names this machine's folders or a package registry's host: the project runs anywhere."""

import re
from collections.abc import Iterator, Sequence

from tools.house.source import Finding, Source

FOLDERS = re.compile(r"(?<![\w.<>*])/(?:" + "|".join(("work", "root", r"home/\w+", r"Users/\w+")) + r")(?=/)")
HOSTS = re.compile(
    "|".join(("pypi" r"\.org", "pythonhosted" r"\.org", "npmjs" r"\.org", "deb" r"\.debian\.org"))
)


def check(sources: Sequence[Source]) -> Iterator[Finding]:
    for source in sources:
        for number, line in enumerate(source.text.splitlines(), 1):
            if FOLDERS.search(line):
                yield Finding(source.path, number, "an absolute path of one machine")
            if HOSTS.search(line):
                yield Finding(source.path, number, "a package registry's host")
