"""Everything that can go wrong, in six classes, so that callers can react by kind.

    MxcError                 code · message · hint · place · details
    ├── Invalid          422 the request is malformed: `fields` says what, per field
    ├── Unauthenticated  401 we do not know who asks
    ├── Forbidden        403 we know, and the answer is no: the message says why
    ├── NotFound         404 no such row, or it belongs to another tenant
    ├── Conflict         409 well formed, but not in this state
    └── Unavailable      503 we cannot do it now: lease lost, database away, overloaded

A code is stable and short (`lease-lost`); the message says what happened, the hint what to do.
"""

from collections.abc import Mapping, Sequence
from typing import ClassVar, Final

NO_DETAILS: Final[Mapping[str, object]] = {}


class MxcError(Exception):
    """What every error of ours carries; `place` is a field, or `file:line:column`."""

    status: ClassVar[int] = 500
    default_code: ClassVar[str] = "error"

    def __init__(
        self,
        message: str,
        *,
        code: str = "",
        hint: str = "",
        place: str = "",
        details: Mapping[str, object] = NO_DETAILS,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.code = code or self.default_code
        self.hint = hint
        self.place = place
        self.details = dict(details)

    def __str__(self) -> str:
        return f"{self.message} ({self.hint})" if self.hint else self.message


class Invalid(MxcError):  # noqa: N818 (the tree above names kinds, not errors)
    """The request is malformed; `fields` maps each field to what is wrong with it."""

    status = 422
    default_code = "invalid"

    def __init__(
        self,
        message: str = "",
        *,
        fields: Mapping[str, Sequence[str]] | None = None,
        code: str = "",
        hint: str = "",
        place: str = "",
        details: Mapping[str, object] = NO_DETAILS,
    ) -> None:
        self.fields = {name: list(complaints) for name, complaints in (fields or {}).items()}
        text = message or "; ".join(f"{name}: {', '.join(found)}" for name, found in self.fields.items())
        super().__init__(text, code=code, hint=hint, place=place, details=details)


class Unauthenticated(MxcError):  # noqa: N818 (the tree above names kinds, not errors)
    """We do not know who asks."""

    status = 401
    default_code = "unauthenticated"


class Forbidden(MxcError):  # noqa: N818 (the tree above names kinds, not errors)
    """We know who asks, and the answer is no."""

    status = 403
    default_code = "forbidden"


class NotFound(MxcError):  # noqa: N818 (the tree above names kinds, not errors)
    """There is no such row for this tenant."""

    status = 404
    default_code = "not-found"


class Conflict(MxcError):  # noqa: N818 (the tree above names kinds, not errors)
    """The request is well formed but does not fit the present state."""

    status = 409
    default_code = "conflict"


class Unavailable(MxcError):  # noqa: N818 (the tree above names kinds, not errors)
    """Not now: try again later, or elsewhere."""

    status = 503
    default_code = "unavailable"
