"""What can go wrong for a person at a terminal, each with the exit code a script can test.

0 done · 1 the server failed · 2 wrong usage · 3 not signed in · 4 not allowed · 5 not found · 6 conflict
7 refused as invalid · 8 the API cannot be reached or is not ready · 130 interrupted
"""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Final

EXIT_CODES: Final[Mapping[int, int]] = {
    HTTPStatus.BAD_REQUEST: 7,
    HTTPStatus.UNAUTHORIZED: 3,
    HTTPStatus.FORBIDDEN: 4,
    HTTPStatus.NOT_FOUND: 5,
    HTTPStatus.CONFLICT: 6,
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: 7,
    HTTPStatus.UNPROCESSABLE_ENTITY: 7,
    HTTPStatus.TOO_MANY_REQUESTS: 8,
    HTTPStatus.BAD_GATEWAY: 8,
    HTTPStatus.SERVICE_UNAVAILABLE: 8,
    HTTPStatus.GATEWAY_TIMEOUT: 8,
}
USAGE: Final = 2
NOT_FOUND: Final = 5
INVALID: Final = 7
UNREACHABLE: Final = 8


class Failure(Exception):  # noqa: N818 (it reads as what it is)
    """A command that could not do what it was asked: a message, a hint, an exit code."""

    def __init__(self, message: str, hint: str = "", exit_code: int = 1) -> None:
        super().__init__(message)
        self.message, self.hint, self.exit_code = message, hint, exit_code

    def lines(self) -> list[str]:
        """What to print on standard error."""
        return [f"error: {self.message}", *([f"  hint: {self.hint}"] if self.hint else [])]


class Refusal(Failure):
    """The API answered with an error: its document and status."""

    def __init__(self, status: int, document: Mapping[str, Any]) -> None:
        document = _plain(document)
        error = document.get("error") or f"the API answered {status}"
        self.fields = error if isinstance(error, dict) else {}
        message = "the request is not valid" if self.fields else str(error)
        super().__init__(message, str(document.get("hint") or ""), EXIT_CODES.get(status, 1))
        self.status, self.document = status, document

    def lines(self) -> list[str]:
        """The message, one line per wrong field, and the hint."""
        first, *rest = super().lines()
        wrong = [f"  {name}: {message}" for name, messages in self.fields.items() for message in messages]
        return [first, *wrong, *rest]


def _plain(document: Mapping[str, Any]) -> Mapping[str, Any]:
    """What JSON:API says of an error, as the rest of the API says it."""
    errors = document.get("errors")
    if not isinstance(errors, list) or not errors:
        return document
    fields: dict[str, list[str]] = {}
    for each in errors:
        if pointer := str(each.get("source", {}).get("pointer", "")):
            fields.setdefault(pointer.rsplit("/", 1)[-1], []).append(str(each["detail"]))
    meta = errors[0].get("meta", {})
    return {"error": fields or errors[0]["detail"], "code": errors[0]["code"], "hint": meta.get("hint", "")}
