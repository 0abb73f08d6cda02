"""One statement on the database, as the application sees it or as its owner, for who has the owner's DSN."""

from typing import Any, Final

import msgspec
import psycopg
from psycopg.rows import dict_row

from mxc.server.kernel.access.tenancy import APP_ROLE
from mxc.server.kernel.errors import Invalid, MxcError, NotFound

TENANT: Final = "select id from tenants where slug = %(name)s or id::text = %(name)s"
BEGIN: Final = "select mxc_begin(%s, null, null)"
LOCK_TIMEOUT_MS: Final = 5000


class Request(msgspec.Struct, forbid_unknown_fields=True):
    """What to run and how; `tenant` is a short name or an id, changes stay only with `write`."""

    statement: str
    tenant: str = ""
    owner: bool = False
    write: bool = False
    timeout_s: float = 10.0
    limit: int = 1000


def run(dsn: str, request: Request) -> dict[str, Any]:
    """Runs the statement as the application or as the owner; what it changes stays with `write` alone.

    Raises Invalid for what PostgreSQL refuses, with its own words and the place; NotFound for the tenant.
    """
    try:
        tenant = _tenant(dsn, request.tenant)
        with _connect(dsn, request) as connection:
            connection.read_only = not request.write
            if tenant is not None and not request.owner:
                connection.execute(BEGIN, (tenant,))
            answer = _answer(connection, request.statement, request.limit)
            if not request.write:
                connection.rollback()
            return answer
    except psycopg.Error as error:
        raise _refused(error, request) from None


def _connect(dsn: str, request: Request) -> psycopg.Connection[Any]:
    limits: dict[str, Any] = {
        "statement_timeout": round(request.timeout_s * 1000),
        "lock_timeout": LOCK_TIMEOUT_MS,
    }
    if not request.owner:
        limits["role"] = APP_ROLE
    options = " ".join(f"-c {name}={value}" for name, value in limits.items())
    return psycopg.connect(dsn, options=options, application_name="mxc dev sql", row_factory=dict_row)


def _tenant(dsn: str, name: str) -> Any:
    """Its id, by its short name or id; None when none is named: then the application sees no row at all."""
    if not name:
        return None
    with psycopg.connect(dsn) as connection:
        found = connection.execute(TENANT, {"name": name}).fetchone()
    if found is None:
        raise NotFound(f"there is no tenant {name!r}", hint="`mxc tenants list` names them")
    return found[0]


def _answer(connection: psycopg.Connection[Any], statement: str, limit: int) -> dict[str, Any]:
    # A prepared statement is one statement: what is written behind a semicolon is refused.
    cursor = connection.execute(statement, prepare=True)
    if cursor.description is None:
        return {"data": [], "columns": [], "changed": cursor.rowcount, "truncated": False}
    rows = cursor.fetchmany(limit + 1)
    columns = [each.name for each in cursor.description]
    return {"data": rows[:limit], "columns": columns, "truncated": len(rows) > limit}


def _refused(error: psycopg.Error, request: Request) -> MxcError:
    hint = error.diag.message_hint or ""
    if isinstance(error, psycopg.errors.ReadOnlySqlTransaction):
        hint = "--write keeps what it changes"
    if isinstance(error, psycopg.errors.InsufficientPrivilege) and not request.owner:
        hint = "--owner runs it as the owner of the database"
    if isinstance(error, psycopg.errors.QueryCanceled):
        hint = "--timeout gives it longer"
    at = error.diag.statement_position
    return Invalid((error.diag.message_primary or str(error)).strip(), code="sql", hint=hint, place=at or "")
