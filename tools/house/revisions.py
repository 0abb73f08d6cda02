"""The schema's revisions are one line: no number twice, none left out, each behind the one before."""

from collections.abc import Iterator, Sequence

from mxc.server.migrations.chain import breaks_among
from tools.house.source import SERVER, Finding, Source

FOLDER = SERVER + "migrations/revisions/"


def check(sources: Sequence[Source]) -> Iterator[Finding]:
    found = [each for each in sources if each.below(FOLDER) and each.name.name.startswith("r")]
    for broken in breaks_among({each.name.name: each.text for each in found}):
        yield Finding(FOLDER + broken.file, 1, broken.message)
