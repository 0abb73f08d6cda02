"""What PostgreSQL refuses, as our errors."""

from typing import Final

from psycopg import Error as DriverError
from sqlalchemy.exc import DBAPIError, InterfaceError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from mxc.server.kernel.errors import Conflict, Forbidden, Invalid, MxcError, Unavailable

LEASE_LOST: Final = "MX001"
LAST_OWNER: Final = "MX002"
LIMIT_REACHED: Final = "MX003"
NO_SUCH_ROLE: Final = "MX004"
ROLE_IN_USE: Final = "MX005"
BUSY: Final = frozenset({"40001", "40P01", "55P03"})
AWAY: Final = frozenset({"57P01", "57P02", "57P03", "57P05", "53300"})


def refusal(error: Exception) -> MxcError | None:
    """Our error for a database error; None when it is not one we know, so that it stays what it is."""
    if isinstance(error, PoolTimeout):
        return Unavailable("every database connection is busy", code="database-busy", hint="try again")
    if not isinstance(error, DBAPIError):
        return None
    cause = error.orig
    state = (cause.sqlstate if isinstance(cause, DriverError) else None) or ""
    constraint = (cause.diag.constraint_name if isinstance(cause, DriverError) else None) or ""
    if error.connection_invalidated or isinstance(error, InterfaceError) or state in AWAY or not state:
        return Unavailable("the database does not answer", code="database-away", hint="try again")
    # Other privileges are missing only when our own schema is wrong: that must stay loud.
    if state == "42501" and "row-level security" in str(cause):
        return Forbidden("this belongs to another tenant", code="row-refused")
    if state == LIMIT_REACHED and isinstance(cause, DriverError):
        return Conflict(
            f"the organisation may have {cause.diag.message_primary}", code="limit-reached",
            hint="who runs the installation can change its plan",
        )  # fmt: skip
    return _by_state(state, constraint)


def _by_state(state: str, constraint: str) -> MxcError | None:
    if state == LEASE_LOST:
        return Unavailable(
            "another coordinator leads now", code="lease-lost", hint="nothing was written; ask the new leader"
        )
    if state == LAST_OWNER:
        return Conflict(
            "nobody would own the organisation", code="last-owner", hint="make somebody else its owner first"
        )
    if state == NO_SUCH_ROLE:
        return Invalid(
            fields={"role": ["is none of this organisation's roles"]}, code="no-such-role",
            hint="`mxc roles list` names them, beside viewer, operator, admin and owner",
        )  # fmt: skip
    if state == ROLE_IN_USE:
        return Conflict(
            "somebody has this role",
            code="role-in-use",
            hint="give them another one first: `mxc who-can` names them",
        )
    if state in BUSY:
        return Conflict("somebody else is changing the same rows", code="busy", hint="try again")
    if state == "23505":
        return Conflict(f"there is one like that already ({constraint})", code="already-exists")
    if state == "23514":
        return Invalid(f"the table refuses the value ({constraint})", code="check-failed", place=constraint)
    return None
