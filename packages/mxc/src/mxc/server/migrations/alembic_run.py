"""Applies revisions with Alembic; imported only when there is something to do (0.7 s)."""

from collections.abc import Callable
from pathlib import Path
from typing import Final

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, create_engine, text

from mxc.server.kernel.access.tenancy import database_url

FOLDER: Final = Path(__file__).parent
LOCK: Final = 5_219_004_771


def upgrade(dsn: str, revision: str = "head") -> None:
    """Brings the schema up to `revision`; two at once wait for one another."""
    _locked(dsn, lambda config: command.upgrade(config, revision))


def downgrade(dsn: str, revision: str) -> None:
    """Takes the schema back to `revision` (`base`: nothing of ours is left but the two roles)."""
    _locked(dsn, lambda config: command.downgrade(config, revision))


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
    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    config.set_main_option("version_locations", str(FOLDER / "revisions"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config
