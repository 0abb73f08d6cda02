"""Applies and drafts revisions with Alembic; imported only when there is something to do (0.7 s)."""

from collections.abc import Callable
from pathlib import Path
from typing import Final

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import Connection, create_engine, text
from sqlalchemy.schema import SchemaItem

from mxc.server.kernel import records
from mxc.server.kernel.access.tenancy import database_url
from mxc.server.kernel.resource import Row, catalogue

FOLDER: Final = Path(__file__).parent
LOCK: Final = 5_219_004_771


def upgrade(dsn: str, revision: str = "head") -> None:
    """Brings the schema up to `revision`; two at once wait for one another."""
    _locked(dsn, lambda config: command.upgrade(config, revision))


def downgrade(dsn: str, revision: str) -> None:
    """Takes the schema back to `revision` (`base`: nothing of ours is left but the two roles)."""
    _locked(dsn, lambda config: command.downgrade(config, revision))


def draft(dsn: str, message: str, number: str) -> None:
    """Writes the revision file that leads from the database's schema to the declared one."""
    _locked(dsn, lambda config: command.revision(config, message, autogenerate=True, rev_id=number))


def differences(dsn: str) -> list[object]:
    """What autogenerate would change; empty when the schema is as declared."""
    engine = create_engine(database_url(dsn))
    with engine.connect() as connection:
        options = {"compare_type": True, "compare_server_default": True, "include_object": _is_ours}
        declared_tables()
        found = compare_metadata(MigrationContext.configure(connection, opts=options), Row.metadata)
    engine.dispose()
    return list(found)


def declared_tables() -> frozenset[str]:
    """Every table of the product, the catalogue's and the kernel's own; reading it loads the declarations."""
    own = (records.audit, records.decisions, records.outbox, records.changes, records.leases)
    return frozenset({spec.plural for spec in catalogue()} | {table.name for table in own})


def _is_ours(item: SchemaItem, name: str | None, kind: str, reflected: bool, other: object) -> bool:
    owner: str | None = name if kind == "table" else item.table.name  # type: ignore[attr-defined]
    return reflected or owner in declared_tables()


def _locked(dsn: str, run: Callable[[Config], object]) -> None:
    engine = create_engine(database_url(dsn))
    try:
        with engine.connect() as connection:
            connection.execute(text("select pg_advisory_lock(:key)"), {"key": LOCK})
            connection.commit()
            run(_config(connection))
            connection.commit()
            connection.execute(text("select pg_advisory_unlock(:key)"), {"key": LOCK})
            connection.commit()
    finally:
        engine.dispose()


def _config(connection: Connection) -> Config:
    declared_tables()
    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    config.set_main_option("version_locations", str(FOLDER / "revisions"))
    config.set_main_option("path_separator", "os")
    config.set_main_option("file_template", "r%%(rev)s_%%(slug)s")
    config.attributes["connection"] = connection
    config.attributes["include_object"] = _is_ours
    return config
