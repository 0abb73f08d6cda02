"""Pins carry a version and hashes and no address: everyone installs from the index they have."""

import re
from collections.abc import Iterator, Sequence

from tools.house.source import Finding, Source

PINNED = re.compile(r"[A-Za-z0-9_.\[\]-]+==\S+")


def check(sources: Sequence[Source]) -> Iterator[Finding]:
    for source in sources:
        if source.name.name in ("uv.lock", "poetry.lock", "pylock.toml", "Pipfile.lock"):
            yield Finding(source.path, 1, "lock files name hosts: pins live in constraints.txt")
        if source.path != "constraints.txt":
            continue
        for number, line in enumerate(source.text.splitlines(), 1):
            if "://" in line or " @ " in line or line.startswith("-"):
                yield Finding(
                    source.path, number, "a pin with an address or option: name, version and hashes only"
                )
            elif line[:1].isalnum() and not PINNED.match(line):
                yield Finding(source.path, number, "not pinned to one version")
