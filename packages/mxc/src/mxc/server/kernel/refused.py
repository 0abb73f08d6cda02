"""What a table refuses, in the words of the resource: a second of an identity, a row that others name."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from psycopg import Error as DriverError
from sqlalchemy.exc import DBAPIError

from mxc.server.kernel.deed import Write
from mxc.server.kernel.errors import Conflict, Invalid, MxcError
from mxc.server.kernel.resource import Identity, Spec

UNIQUE: Final = "23505"
FOREIGN: Final = "23503"


@contextmanager
def in_our_words(spec: Spec, write: Write) -> Iterator[None]:
    """Raises Conflict or Invalid for what PostgreSQL refuses of this write; what is not ours passes."""
    try:
        yield
    except DBAPIError as error:
        ours = _told(spec, write, error)
        if ours is None:
            raise
        raise ours from error


def _told(spec: Spec, write: Write, error: DBAPIError) -> MxcError | None:
    cause = error.orig
    if not isinstance(cause, DriverError):
        return None
    constraint, table = cause.diag.constraint_name or "", cause.diag.table_name or ""
    if cause.sqlstate == UNIQUE:
        return _second(spec, constraint)
    if cause.sqlstate == FOREIGN and write.shape.verb in ("insert", "update"):
        return _dangling(spec, write, constraint)
    return _in_use(spec, table) if cause.sqlstate == FOREIGN else None


def _second(spec: Spec, constraint: str) -> MxcError | None:
    for each in spec.identities:
        if constraint == f"uq_{spec.plural}_{each.name}":
            return second(spec, each)
    return None


def second(spec: Spec, identity: Identity) -> Conflict:
    """What is said when a row with the same identity is there."""
    names = [spec.blind.get(name, name) for name in identity.columns]
    return Conflict(
        f"there is a {spec.name} with the same {' and '.join(names)} already",
        code="already-exists",
        details={"identity": identity.name, "fields": names},
    )


def _dangling(spec: Spec, write: Write, constraint: str) -> MxcError | None:
    name = constraint.removeprefix(f"fk_{spec.plural}_")
    reference = next((each.reference for each in spec.fields if each.name == name), None)
    return None if reference is None else unknown_target(name, reference.target, write.after[name])


def unknown_target(field: str, target: str, row_id: object) -> Invalid:
    """What is said when a column names a row that is not there (or another tenant's, which is the same)."""
    return Invalid(fields={field: [f"names {row_id}, which is none of the {target.replace('_', ' ')}"]})


def _in_use(spec: Spec, table: str) -> MxcError:
    return in_use(spec, table)


def in_use(spec: Spec, table: str) -> Conflict:
    """What is said when rows of another table still name this one."""
    others = table.replace("_", " ")
    return Conflict(
        f"the {spec.name} is still named by {others}",
        code="in-use",
        hint=f"remove those {others} first, or let them name another",
        details={"by": table},
    )
