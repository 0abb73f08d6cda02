"""Write the revision from what the newest one leaves to what is declared: `mxc dev migration "add sites"`.

A PostgreSQL of our own is migrated to the newest revision and compared; nothing of yours is touched.
"""

import re
import sys
import textwrap
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from mxc.server.embedded.postgres import Postgres
from mxc.server.kernel.errors import Conflict, Invalid, MxcError
from mxc.server.kernel.resource import Row
from mxc.server.kernel.resource.columns import default_of
from mxc.server.migrations.drift import drift, protections
from mxc.server.migrations.repair import backward, forward, literal
from mxc.server.migrations.schema import REVISIONS, head, migrate_now

WIDTH: Final = 96
TEMPLATE: Final = '''"""{title}."""

from alembic import op

revision = "{number}"
down_revision = "{before}"
branch_labels = None
depends_on = None

UP = (
{up}
)
DOWN = (
{down}
)


def upgrade() -> None:
    """{title}."""
    for statement in UP:
        op.execute(statement)


def downgrade() -> None:
    """Back to {before}."""
    for statement in DOWN:
        op.execute(statement)
'''


def draft(dsn: str, title: str, folder: Path = REVISIONS) -> Path:
    """Writes the revision file for a database at the newest revision. Raises Conflict when none is needed."""
    found = drift(dsn)
    if not found:
        raise Conflict("the newest revision leaves nothing undone", code="no-drift")
    kinds = protections()
    number = f"{int(head()) + 1:04}"
    text = TEMPLATE.format(
        title=title[0].upper() + title[1:].rstrip("."),
        number=number,
        before=head(),
        up=_listed(forward(found, kinds, _filling)),
        down=_listed(backward(found, kinds)),
    )
    path = folder / f"r{number}_{re.sub('[^a-z0-9]+', '_', title.lower()).strip('_')}.py"
    path.write_text(text, encoding="utf-8")
    return path


def _filling(table: str, column: str, kind: str) -> str:
    default = default_of(Row.metadata.tables[table].c[column])
    if default is None:
        raise Invalid(
            f"{table}.{column} may not be empty, and nothing says what present rows have there",
            code="no-default",
            hint="give the column a default, or let it be None",
        )
    return literal(default)


def _listed(statements: Sequence[str]) -> str:
    return "\n".join(textwrap.indent(_quoted(each) + ",", "    ") for each in statements)


def _quoted(statement: str) -> str:
    """As Python source: a colon before a word would be taken for a parameter."""
    safe = re.sub(r"(?<!:):(?=\w)", r"\\:", statement)
    lines = [line for each in safe.split("\n") for line in _broken(each + "\n")]
    lines[-1] = lines[-1].removesuffix("\n")
    return "\n".join(repr(line) if '"' in line else f'"{repr(line)[1:-1]}"' for line in lines)


def _broken(line: str) -> list[str]:
    """Pieces that together are the line, each short enough for a line of source."""
    pieces = re.findall(rf".{{1,{WIDTH}}}(?:(?<=\s)|$)|.{{{WIDTH}}}", line, re.DOTALL)
    assert "".join(pieces) == line
    return pieces


def main(title: str) -> int:
    """Prints the path of the new revision; the exit code is 1 when there is none."""
    with TemporaryDirectory(prefix="mxc-draft-") as name:
        Path(name).chmod(0o755)  # the server may run as another user
        server = Postgres(Path(name) / "data")
        try:
            dsn = server.start()
            migrate_now(dsn)
            sys.stdout.write(f"{draft(dsn, title)}\n")
        except MxcError as error:
            sys.stderr.write(f"mxc: {error.message}\n{error.hint}\n")
            return 1
        finally:
            server.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main(" ".join(sys.argv[1:]) or "change the schema"))
