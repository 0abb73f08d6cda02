"""Errors teach: a status, a stable code, a message, a hint, a place."""

import pytest

from mxc.server.kernel import errors
from mxc.server.kernel.errors import Conflict, Invalid, MxcError


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        (errors.Invalid, 422),
        (errors.Unauthenticated, 401),
        (errors.Forbidden, 403),
        (errors.NotFound, 404),
        (errors.Conflict, 409),
        (errors.Unavailable, 503),
    ],
)
def test_every_class_has_its_status(kind: type[MxcError], status: int) -> None:
    assert kind.status == status
    assert kind("x").code == kind.default_code
    assert kind.__name__ in (errors.__doc__ or "")


def test_what_an_error_says() -> None:
    error = Conflict("it is gone", code="gone", hint="look elsewhere", place="id", details={"a": 1})
    assert str(error) == "it is gone (look elsewhere)"
    assert (error.code, error.place, error.details) == ("gone", "id", {"a": 1})


def test_an_invalid_request_lists_its_fields() -> None:
    error = Invalid(fields={"cpu": ["too much"], "command": ["is required"]})
    assert str(error) == "cpu: too much; command: is required"
