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
from mxc.server.migrations.chain import breaks
from mxc.server.migrations.drift import drift, protections
from mxc.server.migrations.repair import backward, forward, literal
from mxc.server.migrations.schema import REVISIONS, head, migrate_now

WIDTH: Final = 105
PARAMETER: Final = re.compile(r"(?<![:\w\\]):([\w$]+)(?![:\w$])")
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
    """As Python source; what SQLAlchemy would take for a parameter is told apart."""
    safe = PARAMETER.sub(r"\\:\1", statement)
    return "\n".join(piece for line in safe.splitlines(keepends=True) for piece in _pieces(line))


def _pieces(line: str) -> list[str]:
    """Literals that together are the line, each as long as a line of source may be."""
    pieces = [""]
    for word in re.findall(r"\S*\s*", line):
        if len(_literal(pieces[-1] + word)) > WIDTH:
            pieces.append("")
        pieces[-1] += word
    return [_literal(each) for each in pieces if each]


def _literal(text: str) -> str:
    return repr(text) if '"' in text else f'"{repr(text)[1:-1]}"'


def main(title: str) -> int:
    """Prints the path of the new revision; the exit code is 1 when there is none."""
    with TemporaryDirectory(prefix="mxc-draft-") as name:
        Path(name).chmod(0o755)  # the server may run as another user
        server = Postgres(Path(name) / "data")
        try:
            refuse_broken()
            dsn = server.start()
            migrate_now(dsn)
            sys.stdout.write(f"{draft(dsn, title)}\n")
        except MxcError as error:
            sys.stderr.write(f"error: {error.message}\n  hint: {error.hint}\n")
            return 1
        finally:
            server.stop()
    return 0


def refuse_broken(folder: Path = REVISIONS) -> None:
    """Raises Conflict where the revisions that are there do not follow one another: no number comes next."""
    found = breaks(folder)
    if found:
        raise Conflict(
            "; ".join(f"{each.file} {each.message}" for each in found),
            code="revisions-broken",
            hint="put one behind the other: its file name, its revision and its down_revision",
        )


if __name__ == "__main__":
    sys.exit(main(" ".join(sys.argv[1:]) or "change the schema"))
