"""Tables of resources that a test declares: made in its own database, protected like ours."""

from typing import Any

import psycopg
from sqlalchemy import create_engine, text

from mxc.server.kernel.access.tenancy import database_url
from mxc.server.kernel.resource import Row, catalogue, spec_of
from mxc.server.migrations.drift import kind_of


def create_tables(dsn: str, *resources: type[Any]) -> None:
    """Makes the tables of these resources as a migration would."""
    catalogue()
    engine = create_engine(database_url(dsn))
    with engine.begin() as connection:
        Row.metadata.create_all(connection, [each.__table__ for each in resources])
        for each in resources:
            values = {"table": each.__tablename__, "kind": kind_of(spec_of(each))}
            connection.execute(text("select mxc_protect(cast(:table as regclass), :kind)"), values)
    engine.dispose()


def run_sql(dsn: str, *statements: str) -> None:
    """Statements of the database's owner, whom row-level security does not concern."""
    with psycopg.connect(dsn) as connection:
        for statement in statements:
            connection.execute(statement.encode())
